"""A broker that does what a test says, asked through a registry."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from brokerport import ArkDynamic, ArkProvider, AsyncClient, Client, Registry, Source, Symbol
from brokerport.events import Event

TSLA = Symbol.parse("US.TSLA")
ANSWER = ArkDynamic(symbol=TSLA, source=Source("toy", datetime(2024, 5, 2, tzinfo=UTC)))

#: what one attempt does: raises the error, does the work, or nothing; then it answers
Doing = BaseException | Callable[[], Awaitable[object]] | None


class Toy(ArkProvider):
    """Does one thing an attempt, and nothing when all are done."""

    def __init__(self, *doings: Doing) -> None:
        self._doings = list(doings)

    async def ark_dynamic(self, symbol: Symbol) -> ArkDynamic:
        doing = self._doings.pop(0) if self._doings else None
        if isinstance(doing, BaseException):
            raise doing
        if doing is not None:
            await doing()
        return ANSWER


def brokers(*doings: Doing) -> Registry:
    """A registry with one broker, ``toy``."""
    registry = Registry()
    registry.register("toy", lambda _: Toy(*doings))
    return registry


def asks(*doings: Doing) -> AsyncClient:
    return brokers(*doings).get_async("toy", share=False)


def blocks(*doings: Doing) -> Client:
    return brokers(*doings).get("toy", share=False)


def heard(registry: Registry) -> list[Event]:
    """What the registry tells from now on."""
    events: list[Event] = []
    registry.observe(events.append)
    return events


async def until(holds: Callable[[], bool]) -> None:
    """Let the event loop go round until it does."""
    while not holds():  # noqa: ASYNC110  # whatever it is, nobody sets an event when it comes
        await asyncio.sleep(0)


def kinds(events: list[Any]) -> list[str]:
    return [type(event).__name__ for event in events]
