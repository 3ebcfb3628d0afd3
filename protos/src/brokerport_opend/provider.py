"""The four providers, answered by one gateway."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from attrs import frozen

from brokerport import (
    ArkDynamic,
    ArkProvider,
    BrokerRanking,
    BrokerRankingProvider,
    Capability,
    CapitalDistribution,
    CapitalProvider,
    Quota,
    ShortInterestHistory,
    ShortProvider,
    ShortVolumeHistory,
    Source,
    Symbol,
)
from brokerport.questions.checks import Step
from brokerport.quotas.account import local, shared
from brokerport.quotas.leases import Log
from brokerport.quotas.limiter import Limiter
from brokerport_opend import key_file
from brokerport_opend.checks import Checks, global_state
from brokerport_opend.endpoint import Endpoint
from brokerport_opend.endpoints import ARK_DYNAMIC, BROKER_RANKING, CAPITAL_DISTRIBUTION, ENDPOINTS, SHORT_INTEREST, SHORT_VOLUME
from brokerport_opend.handshake import Welcome
from brokerport_opend.replies import payload
from brokerport_opend.session import Session

if TYPE_CHECKING:
    from brokerport_opend.brand import Brand
    from brokerport_opend.messages import global_state_pb2
    from brokerport_opend.sandbox import Sandbox
    from brokerport_opend.settings import OpenDSettings
    from brokerport_opend.wire.rsa import Rsa

R = TypeVar("R")


class OpenDProvider(ArkProvider, CapitalProvider, BrokerRankingProvider, ShortProvider):
    """Asks the questions of one brand's gateway, each within its quota."""

    reply_within = 12.0  # seconds; what takes a healthy gateway longer was lost

    def __init__(self, brand: Brand, settings: OpenDSettings) -> None:
        self._brand = brand
        self._settings = settings
        self._opening = asyncio.Lock()
        self._session: Session | None = None
        self._sandbox: Sandbox | None = None
        self._limiters: dict[tuple[str, int], Limiter] = {}  # by account and protocol id

    async def ark_dynamic(self, symbol: Symbol) -> ArkDynamic:
        """Protocol 3424."""
        return await self.ask(ARK_DYNAMIC, symbol)

    async def capital_distribution(self, symbol: Symbol) -> CapitalDistribution:
        """Protocol 3212."""
        return await self.ask(CAPITAL_DISTRIBUTION, symbol)

    async def broker_ranking(self, symbol: Symbol, *, days_before: int) -> BrokerRanking:
        """Protocol 3247."""
        return await self.ask(BROKER_RANKING, symbol, daysBefore=days_before or None)

    async def short_volume(self, symbol: Symbol, *, limit: int | None, after: str | None) -> ShortVolumeHistory:
        """Protocol 3248."""
        return await self.ask(SHORT_VOLUME, symbol, num=SHORT_VOLUME.rows(limit), nextKey=after)

    async def short_interest(self, symbol: Symbol, *, limit: int | None, after: str | None) -> ShortInterestHistory:
        """Protocol 3249."""
        return await self.ask(SHORT_INTEREST, symbol, num=SHORT_INTEREST.rows(limit), nextKey=after)

    async def ask(self, endpoint: Endpoint[R], symbol: Symbol, **fields: object) -> R:
        """One request of ``endpoint``'s, within its quota, and its reply as the endpoint reads it; ``fields`` are C2S's own."""
        asked = f"{endpoint.question}('{symbol}')"
        request = endpoint.body(symbol, **fields)
        session = self._session or await self._open()
        # Connected first: a slot of the quota is not spent on a gateway that is not there.
        async with self._slot(endpoint, session, await session.ready()):
            # Asked again: while the slot was waited for, another gateway may have taken the place of the first.
            welcome = await session.ready()
            # Read within the slot, which thus learns of a refusal.
            answer = payload(endpoint, asked, await session.request(endpoint.proto_id, request))
        source = Source(self._brand.name, datetime.now(UTC), welcome.sandbox)
        return endpoint.read(answer, symbol, source)

    async def global_state(self) -> global_state_pb2.S2C:
        """What the gateway tells of itself and the markets: protocol 1002, which has no quota."""
        return await global_state(self._session or await self._open())

    def capabilities(self) -> tuple[Capability, ...]:
        """What the table of endpoints holds."""
        return tuple(Capability(each.question, each.markets, each.quota, each.page_size) for each in ENDPOINTS)

    def checks(self, question: str, symbol: Symbol) -> tuple[Step, ...]:
        """The key, the gateway, its login, and what is left of the quota."""
        endpoint = next(each for each in ENDPOINTS if each.question == question)
        limiter = partial(self._limiter, endpoint) if self._settings.quotas else None
        return Checks(self._brand.gateway, self._key, self._open, limiter).steps()

    async def aclose(self) -> None:
        """Close the connection, and the embedded sandbox with it."""
        if self._session is not None:
            await self._session.aclose()
        if self._sandbox is not None:
            await self._sandbox.aclose()

    def _slot(self, endpoint: Endpoint[R], session: Session, welcome: Welcome) -> AbstractAsyncContextManager[None]:
        return self._limiter(endpoint, session, welcome).slot() if self._settings.quotas else nullcontext()

    def _limiter(self, endpoint: Endpoint[R], session: Session, welcome: Welcome) -> Limiter:
        account = _account(self._brand, session, welcome)
        key = (account.name, endpoint.proto_id)
        if key not in self._limiters:
            log = account.log(account.name, str(endpoint.proto_id), endpoint.quota)
            self._limiters[key] = Limiter(endpoint.quota, log=log, name=f"{self._brand.name}.{endpoint.question}")
        return self._limiters[key]

    async def _open(self) -> Session:
        async with self._opening:
            if self._session is None:
                key = await self._key()
                host, port = await self._start_sandbox() if self._settings.sandbox else (self._settings.host, self._settings.port)
                hint = f"start {self._brand.gateway}, or set host and port ({self._brand.manual})"
                self._session = Session(host, port, hint, key=key)
        return self._session

    async def _key(self) -> Rsa | None:
        path = self._settings.rsa_key
        return None if path is None else await asyncio.to_thread(key_file.read, path)

    async def _start_sandbox(self) -> tuple[str, int]:
        from brokerport_opend.sandbox import Sandbox

        self._sandbox = Sandbox(rsa_key=self._settings.rsa_key)
        await self._sandbox.start()
        return self._sandbox.host, self._sandbox.port


@frozen
class _Account:
    """Whose quotas a request uses up."""

    name: str
    log: Callable[[str, str, Quota], Log]


def _account(brand: Brand, session: Session, welcome: Welcome) -> _Account:
    """The user who is logged in, through whichever gateway; a sandbox counts for itself, and nothing of it outlives this process."""
    if welcome.sandbox:
        return _Account(f"sandbox at {session.address}", local)
    return _Account(f"{brand.name} user {welcome.user_id}", shared)
