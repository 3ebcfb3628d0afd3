"""One gateway, and what it answers: each question that has an endpoint."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, nullcontext
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from attrs import frozen

from brokerport import Capability, Provider, Quota, Source, Step, Symbol
from brokerport.quotas.account import local, shared
from brokerport.quotas.limiter import Limiter
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
        self._limiters: dict[tuple[str, int], Limiter] = {}  # by account and protocol id

    def answering(self, question: str) -> Callable[..., Awaitable[Any]] | None:
        """Whatever has an endpoint is answered."""
        endpoint = _ENDPOINTS.get(question)
        return None if endpoint is None else partial(self._answer, endpoint)

    async def ask(self, endpoint: Endpoint[R], symbol: Symbol, **fields: object) -> R:
        """One request of ``endpoint``'s, within its quota, and its reply as the endpoint reads it; ``fields`` are C2S's own."""
        asked = f"{endpoint.question}('{symbol}')"
        request = endpoint.body(symbol, **fields)
        async with await self._slot(endpoint):
            session = self._session or await self._open()
            # After the wait for the slot: meanwhile another gateway may have taken the place of the first.
            welcome = await session.ready()
            # Read within the slot, which thus learns of a refusal.
            answer = payload(endpoint, asked, await session.request(endpoint.proto_id, request))
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
        """The key, the gateway, its login, and what is left of the quota."""
        limiter = partial(self._limiter, _ENDPOINTS[question]) if self._settings.quotas else None
        return Checks(self._gateway, partial(shared_key, self._settings.rsa_key), self._open, limiter).steps()

    async def aclose(self) -> None:
        """Close the connection, and the embedded sandbox with it."""
        if self._session is not None:
            await self._session.aclose()
        if self._sandbox is not None:
            await self._sandbox.aclose()

    def _answer(self, endpoint: Endpoint[R], symbol: Symbol, **arguments: object) -> Coroutine[Any, Any, R]:
        """What ``endpoint`` answers when its question is asked with these arguments."""
        return self.ask(endpoint, symbol, **endpoint.write(**arguments))

    async def _slot(self, endpoint: Endpoint[R]) -> AbstractAsyncContextManager[None]:
        """A turn of the quota's. Connects first: none is spent on a gateway that is not there."""
        return (await self._limiter(endpoint)).slot() if self._settings.quotas else nullcontext()

    async def _limiter(self, endpoint: Endpoint[R]) -> Limiter:
        account = await self.account()
        key = (account.name, endpoint.proto_id)
        if key not in self._limiters:
            log = (local if account.local else shared)(account.name, str(endpoint.proto_id), endpoint.quota)
            self._limiters[key] = Limiter(endpoint.quota, log=log, name=f"{self._name}.{endpoint.question}")
        return self._limiters[key]

    async def _open(self) -> Session:
        async with self._opening:
            if self._session is None:
                key = await shared_key(self._settings.rsa_key)
                host, port = await self._start_sandbox() if self._settings.sandbox else (self._settings.host, self._settings.port)
                self._session = Session(host, port, self._hint, key=key)
        return self._session

    async def _start_sandbox(self) -> tuple[str, int]:
        from brokerport_opend.sandbox import Sandbox

        self._sandbox = Sandbox(rsa_key=self._settings.rsa_key)
        await self._sandbox.start()
        return self._sandbox.host, self._sandbox.port


@frozen
class Account:
    """Whose quotas a request uses up."""

    name: str
    local: bool = False  #: counted in this process alone
