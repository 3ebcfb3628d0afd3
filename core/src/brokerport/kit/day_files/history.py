"""One page of a symbol's rows, found in the files of successive days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any, Generic, TypeVar

from attrs import frozen

from brokerport.calls.call import stage, unhurried
from brokerport.kit.clock import Clock, utc_now
from brokerport.kit.cursor import day_of
from brokerport.kit.day_files.archive import Archive
from brokerport.kit.day_files.cache import Cache
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


class DayFiles(Generic[Row]):
    """The files of ``source``. A file is had once: by all who need it at the same time, then from memory, and, where ``folder`` is set,
    from the files there, once they change no more.
    """

    def __init__(self, source: DaySource[Row], *, folder: Path | None = None, now: Clock = utc_now) -> None:
        self._source = source
        self._now = now
        self._archive = Archive(source, _cache(folder, source), now)

    async def page(self, symbol: Symbol, *, limit: int | None, after: str | None) -> DayPage[Row]:
        """At most ``limit`` rows of ``symbol``, newest first, of the days before the cursor ``after``.

        One file a row; a day without a file or without the symbol has none.

        Raises:
            InvalidRequestError: The cursor is no day.
            RejectedError: There is no such symbol, or no file at all, in the newest days.
        """
        search = Search(self._source, symbol, min(limit or self._source.page, self._source.page), self._now())
        days = self._days(after)
        while not search.over and (batch := list(islice(days, search.missing))):
            # A page is many replies, and none of them hangs: the source has a limit for each.
            with stage(f"fetching files of {self._source.title}"), unhurried():
                search.add(await self._archive.files(batch))
        if after is None and not search.rows:
            raise search.nothing()
        return DayPage(tuple(search.rows.values()), search.cursor, search.fetched_at)

    async def aclose(self) -> None:
        """End the downloads, and give back what the source holds."""
        await self._archive.aclose()

    def _days(self, after: str | None) -> Iterator[date]:
        """Those that may have a row, the newest first."""
        newest = self._source.newest(self._now())
        if after is None:
            return self._source.days(newest)
        before = day_of(after)
        return (day for day in self._source.days(min(before, newest)) if day < before)


def _cache(folder: Path | None, source: DaySource[Any]) -> Cache | None:
    """The folder, where there is one: a home that nobody knows costs downloads, and no call."""
    try:
        return None if folder is None else Cache(folder.expanduser(), source)
    except RuntimeError:
        log("day_files").warning("the cache %s cannot be used, and every file is fetched: %s", folder, UNKNOWN)
        return None
