"""The files, each had once: from memory, from the cache on disk, or from the source, for all who need it at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Generic, TypeVar

from attrs import define, field, frozen

from brokerport.kit.clock import Clock
from brokerport.kit.day_files.cache import Cache
from brokerport.kit.day_files.memory import Memory
from brokerport.kit.day_files.source import Absent, DayFile, DaySource
from brokerport.kit.flights import Flights

Row = TypeVar("Row")

FRESH = timedelta(minutes=5)  # for what may still change: the present day's file, and a holiday
LATE = timedelta(days=7)  # after which the file of a holiday will not come


@frozen
class Look(Generic[Row]):
    """What a look into one file found: the file itself is not held any longer than that."""

    day: date
    fetched_at: datetime
    there: bool  #: whether there is a file
    absent: Absent | None  #: where there should be one
    row: Row | None


@define(eq=False)
class Archive(Generic[Row]):
    """Files by day."""

    source: DaySource[Row]
    cache: Cache | None
    now: Clock
    _memory: Memory = field(init=False, factory=Memory)
    _flights: Flights[date, DayFile] = field(init=False, factory=Flights)
    _turns: asyncio.Semaphore = field(init=False)
    _checking: asyncio.Lock = field(init=False, factory=asyncio.Lock)  # a check costs as much again as its file: one at a time

    @_turns.default
    def _as_many(self) -> asyncio.Semaphore:
        return asyncio.Semaphore(self.source.at_once)

    async def looks(self, days: Sequence[date], code: str) -> list[Look[Row]]:
        """What is in the files of ``days``, in that order; the first failure ends the other downloads, those that are done are kept."""
        asked = [asyncio.create_task(self._look(day, code)) for day in days]
        try:
            return await asyncio.gather(*asked)
        finally:
            for task in asked:
                task.cancel()
            await asyncio.gather(*asked, return_exceptions=True)

    async def believe(self, holidays: Iterable[Look[Row]]) -> None:
        """Keep what was said of days without a file, for the source did let one in when it said so."""
        for look in holidays:
            if self._memory.get(look.day, self.now()) is None:
                await self._keep(DayFile(look.day, look.fetched_at, None))

    async def has(self, day: date) -> bool:
        """Whether the source gives a file of ``day`` now, whatever is kept of it."""
        async with self._turns:
            return isinstance(await self.source.fetch(day), bytes)

    async def aclose(self) -> None:
        """End what is under way, and give back what the source holds."""
        await self._flights.aclose()
        await self.source.aclose()

    async def _look(self, day: date, code: str) -> Look[Row]:
        file = self._memory.get(day, self.now()) or await self._flights.join(day, partial(self._had, day))
        row = None if file.text is None else self.source.row(file, code)
        return Look(day, file.fetched_at, file.text is not None, file.absent, row)

    async def _had(self, day: date) -> DayFile:
        async with self._turns:
            if file := await self._cached(day):
                self._remember(file)
                return file
            return await self._fetched(day)

    async def _cached(self, day: date) -> DayFile | None:
        if self.cache is None:
            return None
        async with self._checking:
            return await asyncio.to_thread(self.cache.read, day)

    async def _fetched(self, day: date) -> DayFile:
        found, fetched_at = await self.source.fetch(day), self.now()
        if isinstance(found, Absent):
            return DayFile(day, fetched_at, None, found)
        if found is None:
            return DayFile(day, fetched_at, None)
        file = DayFile(day, fetched_at, await self._checked(day, found))
        await self._keep(file)
        return file

    async def _keep(self, file: DayFile) -> None:
        self._remember(file)
        if self.cache and self._is_settled(file):
            await asyncio.to_thread(self.cache.write, file)

    def _remember(self, file: DayFile) -> None:
        self._memory.keep(file, None if self._is_settled(file) else file.fetched_at + FRESH)

    async def _checked(self, day: date, text: bytes) -> bytes:
        async with self._checking:
            return await asyncio.to_thread(self.source.whole, day, text)

    def _is_settled(self, file: DayFile) -> bool:
        """Whether what is known will not change: by this machine's clock, and by the source's."""
        late, now = LATE if file.text is None else timedelta(), self.now()
        return self.source.due(file.day) + late < min(now, self.source.time() or now).astimezone(self.source.zone).date()
