"""One provider made of several brokers: whoever can answer does.

A route asks its brokers in order, those first that were healthy a moment ago, and goes on to the next when one is down, out of quota or
has no such data. One answer is one broker's: a history begun with one is never ended with another.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

from attrs import define, evolve, field

from brokerport import call
from brokerport.client import PAGE, AsyncClient
from brokerport.errors import (
    BrokerportError,
    ConnectError,
    DeadlineError,
    HandshakeError,
    InvalidRequestError,
    PluginError,
    QuotaError,
    RouteError,
)
from brokerport.logs import log
from brokerport.models import ArkDynamic, BrokerRanking, CapitalDistribution, ShortInterestHistory, ShortVolumeHistory, Symbol
from brokerport.providers import ArkProvider, BrokerRankingProvider, CapitalProvider, Capability, ShortProvider

R = TypeVar("R")
H = TypeVar("H", ShortVolumeHistory, ShortInterestHistory)

PATIENCE = 5.0  # seconds that a broker has while another can be asked
AWAY = 10.0  # seconds that a broker which was not there is asked last
DOWN = (ConnectError, HandshakeError, DeadlineError, PluginError)  # the errors of a broker that is not there

Ask = Callable[[AsyncClient, float], Awaitable[R]]


@define(eq=False)
class Stop:
    """One broker of a route."""

    name: str
    capabilities: Callable[[], tuple[Capability, ...]]
    _open: Callable[[], AsyncClient]
    clock: Callable[[], float] = time.monotonic
    _client: AsyncClient | None = field(init=False, default=None)
    _away_until: float | None = field(init=False, default=None)

    @property
    def away(self) -> bool:
        """Whether it was not there a moment ago."""
        return self._away_until is not None and self.clock() < self._away_until

    async def ask(self, ask: Ask[R], seconds: float) -> R:
        """Its answer; remembers whether it was there."""
        if self._away_until is not None:
            self._away_until = self.clock() + AWAY  # one call finds out for the others
        try:
            answer = await ask(self._opened(), seconds)
        except DOWN:
            self._away_until = self.clock() + AWAY
            raise
        self._away_until = None
        return answer

    def page_size(self, question: str) -> int:
        """The rows of one request."""
        return next((each.page_size for each in self.capabilities() if each.question == question and each.page_size), PAGE)

    async def aclose(self) -> None:
        """Close its client, if it was ever asked."""
        if self._client is not None:
            await self._client.aclose()

    def _opened(self) -> AsyncClient:
        if self._client is None:
            try:
                self._client = self._open()
            except InvalidRequestError as error:  # of its settings: the caller's own request may be right
                raise PluginError(f"{self.name} cannot be opened: {error}") from error
        return self._client


class Route(ArkProvider, CapitalProvider, BrokerRankingProvider, ShortProvider):
    """Asks the first of its brokers that is able to answer."""

    def __init__(self, stops: Sequence[Stop]) -> None:
        self._stops = {stop.name: stop for stop in stops}

    async def ark_dynamic(self, symbol: Symbol) -> ArkDynamic:
        """The first broker's that has it."""
        return await self._first("ark_dynamic", symbol, lambda client, seconds: client.ark_dynamic(symbol, timeout=seconds))

    async def capital_distribution(self, symbol: Symbol) -> CapitalDistribution:
        """The first broker's that has it."""
        return await self._first(
            "capital_distribution", symbol, lambda client, seconds: client.capital_distribution(symbol, timeout=seconds)
        )

    async def broker_ranking(self, symbol: Symbol, *, days_before: int) -> BrokerRanking:
        """The first broker's that has it."""
        return await self._first(
            "broker_ranking", symbol, lambda client, seconds: client.broker_ranking(symbol, days_before=days_before, timeout=seconds)
        )

    async def short_volume(self, symbol: Symbol, *, limit: int | None, after: str | None) -> ShortVolumeHistory:
        """The first broker's that has it; what is asked ``after`` a cursor, that of the broker which gave it."""
        return await self._page("short_volume", AsyncClient.short_volume, symbol, limit, after)

    async def short_interest(self, symbol: Symbol, *, limit: int | None, after: str | None) -> ShortInterestHistory:
        """The first broker's that has it; what is asked ``after`` a cursor, that of the broker which gave it."""
        return await self._page("short_interest", AsyncClient.short_interest, symbol, limit, after)

    def capabilities(self) -> tuple[Capability, ...]:
        """What any of the brokers answers; quotas and pages are each broker's own."""
        merged: dict[str, Capability] = {}
        for each in (each for stop in self._stops.values() for each in stop.capabilities()):
            before = merged.get(each.question, each)
            markets = None if None in (before.markets, each.markets) else (before.markets or frozenset()) | (each.markets or frozenset())
            merged[each.question] = Capability(each.question, markets)
        return tuple(merged.values())

    async def aclose(self) -> None:
        """Close every broker's client."""
        await asyncio.gather(*(stop.aclose() for stop in self._stops.values()))

    async def _page(self, question: str, ask: Callable[..., Awaitable[H]], symbol: Symbol, limit: int | None, after: str | None) -> H:
        name, cursor = (None, None) if after is None else self._split(after)

        async def page(client: AsyncClient, seconds: float) -> H:
            rows = limit or self._stops[client.broker].page_size(question)
            history = await ask(client, symbol, limit=rows, after=cursor, timeout=seconds)
            return history if history.cursor is None else evolve(history, cursor=f"{client.broker}:{history.cursor}")

        return await self._first(question, symbol, page, only=name)

    def _split(self, cursor: str) -> tuple[str, str]:
        name, _, own = cursor.partition(":")
        if name in self._stops and own:
            return name, own
        raise InvalidRequestError(f"after={cursor!r} is no cursor of this route's; pass the .cursor of an earlier history of its own")

    async def _first(self, question: str, symbol: Symbol, ask: Ask[R], *, only: str | None = None) -> R:
        """The answer of the first broker that has one; of those whose quota is used up, at last that of the one it is back for first."""
        reasons: dict[str, BrokerportError] = {}
        waiting = [self._stops[only]] if only else sorted(self._stops.values(), key=lambda stop: stop.away)
        while waiting:
            stop = waiting.pop(0)
            alone = not waiting and not any(isinstance(reason, QuotaError) for reason in reasons.values())
            try:
                return await _patiently(stop, ask) if alone else await _briefly(stop, ask)
            except InvalidRequestError:
                raise
            except BrokerportError as error:
                reasons[stop.name] = error
                log().debug("%s of %s: %s did not answer: %s", question, symbol, stop.name, error)
        if free_first := self._free_first(reasons):
            try:
                return await _patiently(free_first, ask)
            except BrokerportError as error:
                reasons[free_first.name] = error
        raise _nobody(question, symbol, reasons)

    def _free_first(self, reasons: Mapping[str, BrokerportError]) -> Stop | None:
        """The broker whose quota is back first, if the call has so much time."""
        waits = [(error.retry_after, name) for name, error in reasons.items() if isinstance(error, QuotaError)]
        wait, name = min(waits, default=(0.0, None))
        left = call.remaining()
        return self._stops[name] if name is not None and (left is None or wait < left) else None


async def _patiently(stop: Stop, ask: Ask[R]) -> R:
    return await stop.ask(ask, _left())


async def _briefly(stop: Stop, ask: Ask[R]) -> R:
    with call.impatient():
        return await stop.ask(ask, min(PATIENCE, _left() / 2))


def _left() -> float:
    """Seconds that the call has, a little less, so that the broker's own error comes before the route's deadline."""
    left = call.remaining()
    return 60.0 if left is None else max(left - 0.01, 0.001)


def _nobody(question: str, symbol: Symbol, reasons: Mapping[str, BrokerportError]) -> RouteError:
    told = "; ".join(f"{name}: {type(error).__name__}: {error}" for name, error in reasons.items())
    return RouteError(f"no broker answered {question} of {symbol}; {told}", reasons=reasons)
