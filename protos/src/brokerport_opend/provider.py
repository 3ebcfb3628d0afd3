"""One gateway, and what it answers: each question that has an endpoint."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from brokerport import Account, Capability, Provider, Quota, RejectedError, Source, Step, Symbol, forks
from brokerport.models.symbol import did_you_mean
from brokerport_opend.checks import Checks, global_state
from brokerport_opend.connecting.session import Session
from brokerport_opend.connecting.shared_key import shared_key
from brokerport_opend.endpoints import ENDPOINTS
from brokerport_opend.endpoints.endpoint import Endpoint
from brokerport_opend.endpoints.replies import payload

if TYPE_CHECKING:
    from brokerport_opend.messages import global_state_pb2
    from brokerport_opend.sandbox import Sandbox
    from brokerport_opend.settings import OpenDSettings
    from brokerport_opend.wire.rsa import Rsa

R = TypeVar("R")

_ENDPOINTS: dict[str, Endpoint[Any]] = {each.question: each for each in ENDPOINTS}


class OpenDProvider(Provider):
    """Answers the questions of the table of endpoints by one brand's gateway; the arguments beside the settings are the brand's fields."""

    reply_within: ClassVar[float | None] = 12.0  # seconds, as in the official SDK

    def __init__(self, settings: OpenDSettings, *, name: str, gateway: str, manual: str) -> None:
        self._settings = settings
        self._name = name
        self._gateway = gateway
        self._hint = f"start {gateway}, or set host and port ({manual})"
        self._opening = asyncio.Lock()
        self._session: Session | None = None
        self._sandbox: Sandbox | None = None

    def answering(self, question: str) -> Callable[..., Awaitable[Any]] | None:
        """Whatever has an endpoint is answered."""
        endpoint = _ENDPOINTS.get(question)
        return None if endpoint is None else partial(self._answer, endpoint)

    def ask(self, endpoint: Endpoint[R], symbol: Symbol, **fields: object) -> Coroutine[Any, Any, R]:
        """The same with C2S's own ``fields``."""
        return self.send(endpoint, symbol, endpoint.body(symbol, **fields))

    async def send(self, endpoint: Endpoint[R], symbol: Symbol, request: bytes) -> R:
        """One request of ``endpoint``'s, and its reply as the endpoint reads it."""
        asked = f"{endpoint.question}('{symbol}')"
        session = self._session or await self._open()
        welcome = await session.ready()  # after a wait for quota another gateway may have taken the place of the first
        try:
            answer = payload(endpoint, asked, await session.request(endpoint.proto_id, request))
        except RejectedError as error:
            if hint := did_you_mean(str(symbol)):  # OpenD writes each code in one way, and calls another unknown
                error.add_note(hint.rstrip())
            raise
        source = Source(self._name, datetime.now(UTC), welcome.sandbox)
        return endpoint.read(answer, symbol, source)

    async def global_state(self) -> global_state_pb2.S2C:
        """What the gateway tells of itself and the markets: protocol 1002, which has no quota."""
        return await global_state(self._session or await self._open())

    async def account(self) -> Account:
        """Whose quotas a request uses up: the user's who is logged in, through whichever gateway; connects to be told.

        A sandbox counts for itself, and nothing of it outlives this process.
        """
        session = self._session or await self._open()
        welcome = await session.ready()
        if welcome.sandbox:
            return Account(f"sandbox at {session.address}", local=True)
        return Account(f"{self._name} user {welcome.user_id}")

    def capabilities(self) -> tuple[Capability, ...]:
        """What the table of endpoints holds."""
        return tuple(Capability(each.question, each.markets, each.quota, each.page_size) for each in ENDPOINTS)

    def limits(self, question: str) -> tuple[Quota, ...]:
        """The endpoint's."""
        return (_ENDPOINTS[question].quota,)

    def checks(self, question: str, symbol: Symbol) -> tuple[Step, ...]:
        """The key, the gateway, and its login."""
        return Checks(self._gateway, self._key, self._open, since=_ENDPOINTS[question].since).steps()

    async def aclose(self) -> None:
        """Close the connection, and the embedded sandbox with it."""
        if self._session is not None:
            await self._session.aclose()
        if self._sandbox is not None:
            await self._sandbox.aclose()

    def forked(self) -> None:
        """In a forked child: the embedded sandbox goes on in the parent alone."""
        if self._sandbox is not None:
            self._sandbox.forsake(forks.let_go)

    def _answer(self, endpoint: Endpoint[R], symbol: Symbol, **arguments: object) -> Coroutine[Any, Any, R]:
        """What ``endpoint`` answers when its question is asked with these arguments; what cannot be sent is refused at once."""
        return self.send(endpoint, symbol, endpoint.body(symbol, **endpoint.write(**arguments)))

    async def _key(self) -> Rsa | None:
        return await shared_key(self._settings.rsa_key, mounted=self._settings.rsa_key_mounted)

    async def _open(self) -> Session:
        async with self._opening:
            if self._session is None:
                key = await self._key()
                host, port = await self._start_sandbox() if self._settings.sandbox else (self._settings.host, self._settings.port)
                self._session = Session(host, port, self._hint, key=key)
        return self._session

    async def _start_sandbox(self) -> tuple[str, int]:
        from brokerport_opend.sandbox import Sandbox

        forks.watch(self)
        self._sandbox = Sandbox(rsa_key=self._settings.rsa_key, rsa_key_mounted=self._settings.rsa_key_mounted)
        await self._sandbox.start()
        return self._sandbox.host, self._sandbox.port
