"""Work that all who need it at the same time share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Generic, TypeVar

from attrs import define, field

from brokerport.kit.finishing import begin, outcome

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@define(eq=False)
class _Flight(Generic[V]):
    work: asyncio.Task[V]
    waiting: int = 0


@define(eq=False)
class Flights(Generic[K, V]):
    """What is under way, by key; a flight that nobody waits for any more is cancelled."""

    _flights: dict[K, _Flight[V]] = field(init=False, factory=dict)

    async def join(self, key: K, work: Callable[[], Coroutine[Any, Any, V]]) -> V:
        """The outcome of the work under way for ``key``, which is begun if there is none."""
        flight = self._flights.get(key)
        if flight is None or flight.work.done():
            flight = self._flights[key] = _Flight(begin(work()))
        flight.waiting += 1
        try:
            return await outcome(flight.work)  # one who leaves must not end it for the others
        finally:
            flight.waiting -= 1
            if not flight.waiting:
                await self._land(key, flight)

    async def aclose(self) -> None:
        """End all that is under way."""
        await asyncio.gather(*(self._land(key, flight) for key, flight in list(self._flights.items())))

    async def _land(self, key: K, flight: _Flight[V]) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]
        if not flight.work.done():
            flight.work.cancel()
            await asyncio.wait([flight.work])
