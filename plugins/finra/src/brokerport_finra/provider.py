"""Daily short volume, from one file a trading day."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import islice
from urllib.parse import urlsplit

from attrs import define, field

from brokerport import (
    Capability,
    Market,
    RejectedError,
    ShortVolume,
    ShortVolumeHistory,
    ShortVolumeProvider,
    Source,
    Symbol,
    UnsupportedError,
)
from brokerport.calls.call import stage, unhurried
from brokerport_finra.archive import Archive
from brokerport_finra.cache import Cache
from brokerport_finra.day_file import DayFile, spellings
from brokerport_finra.days import SINCE, start, weekdays
from brokerport_finra.download import Download
from brokerport_finra.settings import FinraSettings

PAGE = 20  # rows, and so files: about a month
ABSENT = 40  # files in a row without a symbol, after which it is taken to be in no older one
SILENT = 10  # weekdays in a row without a file, after which there are no older ones; the longest closing since 1933 was four


def _utc_now() -> datetime:
    return datetime.now(UTC)


class FinraProvider(ShortVolumeProvider):
    """Reads FINRA's consolidated files. Its cursors are days: the rows older than that follow."""

    def __init__(self, settings: FinraSettings, *, now: Callable[[], datetime] = _utc_now) -> None:
        cache = None if settings.cache is None else Cache(settings.cache.expanduser())
        self._archive = Archive(Download(settings.url, settings.concurrency), cache, now)
        self._fetching = f"fetching from {urlsplit(settings.url).netloc}"
        self._now = now

    async def short_volume(self, symbol: Symbol, *, limit: int | None, after: str | None) -> ShortVolumeHistory:
        """One file a row; a day without a file or without the symbol has none.

        Raises:
            RejectedError: There is no such symbol, or no file at all, in the newest days.
        """
        if symbol.market is not Market.US:
            raise UnsupportedError(f"finra has short volume of US symbols only, not of {symbol}")
        spellings(symbol.code)
        page = await self._page(symbol.code, min(limit or PAGE, PAGE), after)
        if after is None and not page.rows:
            raise _nothing(symbol, page)
        return ShortVolumeHistory(symbol=symbol, rows=tuple(page.rows), cursor=page.cursor, source=Source("finra", page.fetched_at))

    def capabilities(self) -> tuple[Capability, ...]:
        """One question."""
        return (Capability("short_volume", frozenset({Market.US}), page_size=PAGE, since=SINCE),)

    async def aclose(self) -> None:
        """End the downloads, and close the connections."""
        await self._archive.aclose()

    async def _page(self, code: str, wanted: int, after: str | None) -> _Page:
        page = _Page(code, wanted, self._now())
        days = weekdays(start(after, self._now()))
        while not page.over and (batch := list(islice(days, page.missing))):
            # A page is many replies, and none of them hangs: each has a limit of its own for silence.
            with stage(self._fetching), unhurried():
                page.add(await self._archive.files(batch))
        return page


@define
class _Page:
    """The rows found so far, going back in time."""

    code: str
    wanted: int
    fetched_at: datetime  #: when the newest of its files arrived
    rows: list[ShortVolume] = field(init=False, factory=list)
    looked_at: list[DayFile] = field(init=False, factory=list)
    _absent: int = field(init=False, default=0)  # files in a row without the symbol
    _silent: int = field(init=False, default=0)  # weekdays in a row without a file

    @property
    def missing(self) -> int:
        """How many days to look at next: those for the rows that are missing; the longer nothing is found, the more."""
        return min(max(self.wanted - len(self.rows), self._absent, self._silent), PAGE, ABSENT - self._absent)

    @property
    def full(self) -> bool:
        return len(self.rows) == self.wanted

    @property
    def over(self) -> bool:
        """Whether to look no further."""
        return self.full or self._absent == ABSENT or self._silent == SILENT

    @property
    def cursor(self) -> str | None:
        """The day of the last row, unless there is nothing older."""
        last = self.rows[-1].day if self.full else None
        return last.isoformat() if last and last > SINCE else None

    def add(self, files: Sequence[DayFile]) -> None:
        """Look at ``files``, the newest first, no further than to where the page is over."""
        for file in files:
            if not self.over:
                self._add(file)
        self.fetched_at = max(file.fetched_at for file in self.looked_at)

    def _add(self, file: DayFile) -> None:
        self.looked_at.append(file)
        row = file.row(self.code)
        self._silent = self._silent + 1 if file.text is None else 0
        if row is not None:
            self.rows.append(row)
        self._absent = 0 if row is not None else self._absent + (file.text is not None)


def _nothing(symbol: Symbol, page: _Page) -> RejectedError:
    """Why the newest days have no row."""
    looked = f"from {page.looked_at[-1].day} to {page.looked_at[0].day}"
    if all(file.text is None for file in page.looked_at):
        return RejectedError(f"there is no file of FINRA's for any weekday {looked}; look at the setting url", code=404, text="no file")
    said = f"{symbol} is in none of FINRA's files {looked}; of one that was delisted, ask with after= a day when it was listed"
    return RejectedError(said, code=0, text="no such symbol")
