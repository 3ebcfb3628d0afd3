"""One provider made of several brokers: whoever can answer does.

A route asks its brokers in order, those first that were there a moment ago, and goes on to the next when one is down, out of quota or
has no such data. One answer is one broker's: a history begun with one is never ended with another.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from functools import partial
from math import inf
from typing import TypeVar

from attrs import evolve

from brokerport.calls import call, paging
from brokerport.client.client import AsyncClient
from brokerport.errors import BrokerportError, DeadlineError, InvalidRequestError, QuotaError, RouteError
from brokerport.logs import log
from brokerport.models import Symbol
from brokerport.questions import ArkDynamic, BrokerRanking, CapitalDistribution, ShortInterestHistory, ShortVolumeHistory
from brokerport.questions.providers import ArkProvider, BrokerRankingProvider, Capability, CapitalProvider, ShortProvider
from brokerport.routing.stop import HALF, PATIENCE, QUICK, REST, Ask, Share, Stop, left

R = TypeVar("R")
H = TypeVar("H", ShortVolumeHistory, ShortInterestHistory)


class Route(ArkProvider, CapitalProvider, BrokerRankingProvider, ShortProvider):
    """Asks the first of its brokers that is able to answer."""

    def __init__(self, stops: Sequence[Stop]) -> None:
        self._stops = {stop.name: stop for stop in stops}

    async def ark_dynamic(self, symbol: Symbol) -> ArkDynamic:
        """The first broker's that has it."""
        return await self._first("ark_dynamic", symbol, lambda client, share: share.of(partial(client.ark_dynamic, symbol)))

    async def capital_distribution(self, symbol: Symbol) -> CapitalDistribution:
        """The first broker's that has it."""
        return await self._first(
            "capital_distribution", symbol, lambda client, share: share.of(partial(client.capital_distribution, symbol))
        )

    async def broker_ranking(self, symbol: Symbol, *, days_before: int) -> BrokerRanking:
        """The first broker's that has it."""
        return await self._first(
            "broker_ranking", symbol, lambda client, share: share.of(partial(client.broker_ranking, symbol, days_before=days_before))
        )

    async def short_volume(self, symbol: Symbol, *, limit: int | None, after: str | None) -> ShortVolumeHistory:
        """The first broker's that has it; what is asked ``after`` a cursor, that of the broker which gave it."""
        return await self._history("short_volume", AsyncClient.short_volume, symbol, limit, after)

    async def short_interest(self, symbol: Symbol, *, limit: int | None, after: str | None) -> ShortInterestHistory:
        """The first broker's that has it; what is asked ``after`` a cursor, that of the broker which gave it."""
        return await self._history("short_interest", AsyncClient.short_interest, symbol, limit, after)

    def capabilities(self) -> tuple[Capability, ...]:
        """What any of the brokers answers; quotas and pages are each broker's own."""
        merged: dict[str, Capability] = {}
        for each in (each for stop in self._stops.values() for each in stop.capabilities()):
            before = merged.get(each.question, each).markets
            markets = None if before is None or each.markets is None else before | each.markets
            merged[each.question] = Capability(each.question, markets)
        return tuple(merged.values())

    async def aclose(self) -> None:
        """Close every broker's client."""
        await asyncio.gather(*(stop.aclose() for stop in self._stops.values()))

    async def _history(self, question: str, ask: Callable[..., Awaitable[H]], symbol: Symbol, limit: int | None, after: str | None) -> H:
        """All of ``limit`` rows, from one broker; without a limit, one page of its."""
        giver, first = (None, None) if after is None else self._split(after)

        async def history(client: AsyncClient, share: Share) -> H:
            size = self._stops[client.broker].page_size(question)

            async def page(*, limit: int | None, after: str | None) -> H:
                asked = partial(ask, client, symbol, limit=min(limit or size, size), after=after)
                try:
                    return await share.of(asked)
                except QuotaError:
                    if after == first:
                        raise
                    return await REST.of(asked)  # worth the wait: another would have to begin again

            whole = await paging.whole(page, limit=limit or size, after=first)
            return whole if whole.cursor is None else evolve(whole, cursor=f"{client.broker}:{whole.cursor}")

        return await self._first(question, symbol, history, only=giver)

    def _split(self, cursor: str) -> tuple[Stop, str]:
        """The broker that gave a cursor of the route's, and what it gave."""
        for name, stop in self._stops.items():
            if cursor.startswith(f"{name}:") and (own := cursor.removeprefix(f"{name}:")):
                return stop, own
        raise InvalidRequestError(f"after={cursor!r} is no cursor of this route's; pass the .cursor of an earlier history of its own")

    async def _first(self, question: str, symbol: Symbol, ask: Ask[R], *, only: Stop | None = None) -> R:
        """The answer of the first broker that has one, or of the ``only`` one that may be asked."""
        reasons: dict[str, BrokerportError] = {}
        with call.unhurried():  # each broker has a time of its own
            for stop, share in [(only, REST)] if only else self._turns(question, symbol, reasons):
                try:
                    return await stop.ask(ask, share)
                except BrokerportError as error:
                    if only and isinstance(error, InvalidRequestError):  # it gave no such cursor
                        raise
                    reasons[stop.name] = error.with_traceback(None)  # which holds this frame, and this frame it
                    log().debug("%s of %s: %s did not answer: %s", question, symbol, stop.name, error)
        raise _nobody(question, symbol, reasons)

    def _turns(self, question: str, symbol: Symbol, reasons: Mapping[str, BrokerportError]) -> Iterator[tuple[Stop, Share]]:
        """Whom to ask next, and with how much of the time, by the ``reasons`` of those that did not answer so far.

        None is waited for while another can be asked. Then come once more those for whom a wait may help.
        """
        stops = self._stops.values()
        able = sorted((stop for stop in stops if stop.answers(question, symbol)), key=lambda stop: stop.away)
        quickly: list[Stop] = []
        for place, stop in enumerate([*able, *(stop for stop in stops if stop not in able)], 1):
            share = QUICK if able[place:] else _last(quickly, reasons)
            if share is QUICK:
                quickly.append(stop)
            yield stop, share
        yield from ((stop, REST) for stop in _again(quickly, reasons, left()))


def _last(before: Sequence[Stop], reasons: Mapping[str, BrokerportError]) -> Share:
    """The share of one after which nobody is left but those asked ``before``."""
    if any(isinstance(reasons[stop.name], QuotaError) for stop in _again(before, reasons, left())):
        return QUICK
    return HALF if _again(before, reasons, left() / 2) else REST


def _again(stops: Sequence[Stop], reasons: Mapping[str, BrokerportError], seconds: float) -> list[Stop]:
    """Those that it may help to ask once more, with so many seconds: first whose quota is back first, last those that did not answer."""
    waits = {stop: _wait(reasons[stop.name]) for stop in stops}
    in_time = [stop for stop in stops if waits[stop] < seconds]
    return sorted(in_time, key=lambda stop: (isinstance(reasons[stop.name], DeadlineError), waits[stop]))


def _wait(error: BrokerportError) -> float:
    """Seconds that the call needs before it helps to ask once more: until the quota is back, or longer than before for an answer."""
    return error.retry_after if isinstance(error, QuotaError) else PATIENCE if isinstance(error, DeadlineError) else inf


def _nobody(question: str, symbol: Symbol, reasons: Mapping[str, BrokerportError]) -> RouteError:
    told = "; ".join(f"{name}: {type(error).__name__}: {error}" for name, error in reasons.items())
    return RouteError(f"no broker answered {question} of {symbol}; {told}", reasons=reasons)
