"""One page of a symbol's rows, found in the files of successive days."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, Generic, TypeVar

from attrs import frozen

from brokerport.calls.call import stage, unhurried
from brokerport.kit.clock import Clock, utc_now
from brokerport.kit.cursor import day_of
from brokerport.kit.day_files.archive import Archive
from brokerport.kit.day_files.cache import MOST, Cache
from brokerport.kit.day_files.search import Search
from brokerport.kit.day_files.source import DaySource
from brokerport.logs import log
from brokerport.models import Symbol
from brokerport.settings.home import UNKNOWN

Row = TypeVar("Row")


@frozen
class DayPage(Generic[Row]):
    """What an answer takes from it."""

    rows: tuple[Row, ...]  #: newest first
    cursor: str | None  #: the day of the last row; None when there is nothing older
    fetched_at: datetime  #: when the newest of the files arrived, UTC
    missing: tuple[date, ...] = ()  #: days that should have a file and have none, newest first: pass them on as the history's


class DayFiles(Generic[Row]):
    """The files of ``source``. A file is had once: by all who need it at the same time, then from memory, and, where ``folder`` is set,
    from the files there, once they change no more. Those are at most ``most`` bytes; the oldest days go first.

    Raises:
        InvalidRequestError: The folder is that of a user who has none.
    """

    def __init__(self, source: DaySource[Row], *, folder: Path | str | None = None, most: int = MOST, now: Clock = utc_now) -> None:
        self._source = source
        self._now = now
        self._archive = Archive(source, _cache(folder, source, most), now)

    async def page(self, symbol: Symbol, *, limit: int | None, after: str | None) -> DayPage[Row]:
        """At most ``limit`` rows of ``symbol``, newest first, of the days before the cursor ``after``.

        One file a row; a day without a file or without the symbol has none.

        Raises:
            InvalidRequestError: The cursor is no day.
            RejectedError: There is no such symbol, or no file at all, in the newest days; or the clock is before the first of all.
            ConnectionLostError: More files are missing than can be: what answers is not the source, or it lets nobody in.
        """
        last = self._last(after)
        search = await self._searched(symbol, limit, after, last)
        if (later := self._last(after)) > last:  # this machine's clock is behind the source's
            search = await self._searched(symbol, limit, after, later)
        if after is None and not search.rows:
            raise search.nothing()
        if search.missing:
            days = ", ".join(map(str, search.missing))
            log("day_files").warning("%s: there is no file of %s's for %s, and should be", symbol, self._source.title, days)
        elif search.newest:
            await self._archive.believe(search.holidays)
        return DayPage(tuple(search.rows.values()), search.cursor, search.fetched_at, tuple(search.missing))

    async def aclose(self) -> None:
        """End the downloads, and give back what the source holds."""
        await self._archive.aclose()

    async def _searched(self, symbol: Symbol, limit: int | None, after: str | None, last: date) -> Search[Row]:
        wanted = min(limit or self._source.page, self._source.page)
        search = Search(self._source, symbol, wanted, self._now(), last, first=after is None)
        # A page is many replies, and none of them hangs: the source has a limit for each.
        with stage(f"fetching files of {self._source.title}"), unhurried():
            while not search.over and (batch := list(islice(self._source.days(search.last), search.lacking))):
                search.add(await self._archive.looks(batch, symbol.code))
            if search.seems_to_end and not await self._lets_in(search.newest, after):
                raise search.refused()
        search.end()
        return search

    async def _lets_in(self, seen: date | None, after: str | None) -> bool:
        """Whether the source gives a file that it has: the one that was there just now; or that of the cursor, or one of the newest."""
        if seen:
            return await self._archive.has(seen)
        newest = islice(self._source.days(self._last(None)), self._source.missing + 1)
        for day in (*([day_of(after)] if after else []), *newest):
            if await self._archive.has(day):
                return True
        return False

    def _last(self, after: str | None) -> date:
        """The newest day that may have a row: by this machine's clock or the source's, whichever is ahead."""
        before = None if after is None else day_of(after)
        now = self._now()
        newest = self._source.newest(max(now, self._source.time() or now))
        if newest < self._source.since:
            raise self._source.too_early(newest)
        return newest if before is None else min(max(before, self._source.since) - timedelta(days=1), newest)


def _cache(folder: Path | str | None, source: DaySource[Any], most: int) -> Cache | None:
    """The folder, where there is one: a home that nobody knows costs downloads, and no call."""
    try:
        return None if folder is None else Cache(Path(folder).expanduser(), source, most)
    except RuntimeError:
        log("day_files").warning("the cache %s cannot be used, and every file is fetched: %s", folder, UNKNOWN)
        return None
