"""The files, each had once: from memory, from the cache on disk, or from the source, for all who need it at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date, timedelta
from functools import partial
from typing import Any

from attrs import define, field

from brokerport.kit.clock import Clock
from brokerport.kit.day_files.cache import Cache
from brokerport.kit.day_files.memory import Memory
from brokerport.kit.day_files.source import DayFile, DaySource
from brokerport.kit.flights import Flights

FRESH = timedelta(minutes=5)  # for what may still change: the present day's file, and a day that has none yet
LATE = timedelta(days=7)  # after which a file that is not there will not come


@define(eq=False)
class Archive:
    """Files by day."""

    source: DaySource[Any]
    cache: Cache | None
    now: Clock
    _memory: Memory = field(init=False, factory=Memory)
    _flights: Flights[date, DayFile] = field(init=False, factory=Flights)

    async def files(self, days: Sequence[date]) -> list[DayFile]:
        """The files of ``days``, in that order; the first failure ends the other downloads, those that are done are kept."""
        asked = [asyncio.create_task(self.file(day)) for day in days]
        try:
            return await asyncio.gather(*asked)
        finally:
            for task in asked:
                task.cancel()
            await asyncio.gather(*asked, return_exceptions=True)

    async def file(self, day: date) -> DayFile:
        """The file of ``day``, checked."""
        return self._memory.get(day, self.now()) or await self._flights.join(day, partial(self._had, day))

    async def aclose(self) -> None:
        """End what is under way, and give back what the source holds."""
        await self._flights.aclose()
        await self.source.aclose()

    async def _had(self, day: date) -> DayFile:
        file = await self._cached(day) or await self._fetched(day)
        self._memory.keep(file, None if self._is_settled(file) else file.fetched_at + FRESH)
        return file

    async def _cached(self, day: date) -> DayFile | None:
        return await asyncio.to_thread(self.cache.read, day) if self.cache else None

    async def _fetched(self, day: date) -> DayFile:
        text, fetched_at = await self.source.fetch(day), self.now()
        file = DayFile(day, fetched_at, None if text is None else await asyncio.to_thread(self.source.checked, day, text))
        if self.cache and self._is_settled(file):
            await asyncio.to_thread(self.cache.write, file)
        return file

    def _is_settled(self, file: DayFile) -> bool:
        """Whether what is known will not change."""
        late = LATE if file.text is None else timedelta()
        return self.source.due(file.day) + late < self.now().astimezone(self.source.zone).date()
