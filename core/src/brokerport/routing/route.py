"""One provider made of several brokers: whoever can answer does.

A route asks its brokers in order, those first that were there a moment ago, and goes on to the next when one is down, out of quota or
has no such data. One answer is one broker's: a history begun with one is never ended with another.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from functools import partial
from math import inf
from typing import Any, TypeVar

from attrs import evolve

from brokerport.calls import call, paging
from brokerport.client.async_client import AsyncClient
from brokerport.errors import BrokerportError, DeadlineError, InvalidRequestError, QuotaError, RouteError
from brokerport.logs import log
from brokerport.models import Paged
from brokerport.questions import Capability, Provider, Question
from brokerport.questions.asked import Asked
from brokerport.questions.known import Known
from brokerport.routing.stop import HALF, PATIENCE, QUICK, REST, Ask, Share, Stop, left

R = TypeVar("R")


class Route(Provider):
    """Asks the first of its brokers that is able to answer."""

    def __init__(self, stops: Sequence[Stop], questions: Known | None = None) -> None:
        self._stops = {stop.name: stop for stop in stops}
        self._questions = questions or Known()

    def answering(self, question: str) -> Callable[..., Awaitable[Any]] | None:
        """Any question: a broker that has no such data is one that does not answer."""
        known = self._questions.find(question)
        return None if known is None else partial(self._history if known.paged else self._answer, known)

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

    async def _answer(self, question: Question[..., Any], *subject: Any, **arguments: Any) -> Any:
        """The first broker's that has it."""
        asked = question.asked(subject, arguments)
        return await self._first(asked, lambda client, share: share.of(partial(client.ask, question, *subject, **arguments)))

    async def _history(
        self, question: Question[..., Any], *subject: Any, limit: int | None, after: str | None, **arguments: Any
    ) -> Paged[Any]:
        """All of ``limit`` rows, from one broker; without a limit, one page of its. What is asked ``after`` a cursor, is its giver's."""
        giver, first = (None, None) if after is None else self._split(after)
        asked = question.asked(subject, {**arguments, "limit": limit, "after": after})

        async def history(client: AsyncClient, share: Share) -> Paged[Any]:
            size = self._stops[client.broker].page_size(question.name)

            async def page(*, limit: int | None, after: str | None) -> Paged[Any]:
                one = partial(client.ask, question, *subject, limit=min(limit or size, size), after=after, **arguments)
                try:
                    return await share.of(one)
                except QuotaError:
                    if after == first:
                        raise
                    return await REST.of(one)  # worth the wait: another would have to begin again

            whole = await paging.whole(page, key=question.rows, limit=limit or size, after=first)
            return whole if whole.cursor is None else evolve(whole, cursor=f"{client.broker}:{whole.cursor}")

        return await self._first(asked, history, only=giver)

    def _split(self, cursor: str) -> tuple[Stop, str]:
        """The broker that gave a cursor of the route's, and what it gave."""
        for name, stop in self._stops.items():
            if cursor.startswith(f"{name}:") and (own := cursor.removeprefix(f"{name}:")):
                return stop, own
        raise InvalidRequestError(f"after={cursor!r} is no cursor of this route's; pass the .cursor of an earlier history of its own")

    async def _first(self, asked: Asked, ask: Ask[R], *, only: Stop | None = None) -> R:
        """The answer of the first broker that has one, or of the ``only`` one that may be asked."""
        reasons: dict[str, BrokerportError] = {}
        with call.unhurried():  # each broker has a time of its own
            for stop, share in [(only, REST)] if only else self._turns(asked, reasons):
                try:
                    return await stop.ask(ask, share)
                except BrokerportError as error:
                    if only and isinstance(error, InvalidRequestError):  # it gave no such cursor
                        raise
                    reasons[stop.name] = error.with_traceback(None)  # which holds this frame, and this frame it
                    log().debug("%s: %s did not answer: %s", asked, stop.name, error)
        raise _nobody(asked, reasons)

    def _turns(self, asked: Asked, reasons: Mapping[str, BrokerportError]) -> Iterator[tuple[Stop, Share]]:
        """Whom to ask next, and with how much of the time, by the ``reasons`` of those that did not answer so far.

        None is waited for while another can be asked. Then come once more those for whom a wait may help.
        """
        stops = self._stops.values()
        able = sorted((stop for stop in stops if stop.answers(asked.question, asked.subject)), key=lambda stop: stop.away)
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


def _nobody(asked: Asked, reasons: Mapping[str, BrokerportError]) -> RouteError:
    what = asked.question if asked.subject is None else f"{asked.question} of {asked.subject}"
    told = "; ".join(f"{name}: {type(error).__name__}: {error}" for name, error in reasons.items())
    return RouteError(f"no broker answered {what}; {told}", reasons=reasons)
