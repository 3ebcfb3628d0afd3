"""Short volume, from one file a trading day."""

import re
from datetime import date, timedelta
from typing import ClassVar

from brokerport import (
    BadReplyError,
    Capability,
    Market,
    ShortVolume,
    ShortVolumeHistory,
    ShortVolumeProvider,
    Source,
    Symbol,
    UnsupportedError,
)
from brokerport.kit.day_files import DayFile, DayFiles, DaySource
from brokerport.kit.http import Http
from brokerport_almanac import AlmanacSettings

FILE = re.compile(rb"code,short,total\n(\d{5},\d+,\d+\n)*end\n")


class AlmanacFiles(DaySource[ShortVolume]):
    """What is the Almanac's own: names, days, what an absent file looks like, and what stands in one."""

    title: ClassVar = "the Almanac"
    zone: ClassVar = Market.HK.zone
    since: ClassVar = date(2020, 1, 2)
    posted: ClassVar = timedelta(hours=17)  # its page of the files says so

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        self._http = Http("brokerport-almanac", hint="look at the setting url")

    def name(self, day: date) -> str:
        """Such as short-20261120.csv."""
        return f"short-{day:%Y%m%d}.csv"

    async def fetch(self, day: date) -> bytes | None:
        """A 404 is believed where it has the server's own words for it; a proxy that finds nothing has others."""
        reply = await self._http.get(f"{self._url}/{self.name(day)}", answers=(200, 404))
        if reply.status == 200:
            return reply.body
        if reply.body == b"not a trading day":
            return None
        raise reply.error()

    def checked(self, day: date, text: bytes) -> bytes:
        """Whole, to its last line."""
        if not FILE.fullmatch(text):
            raise BadReplyError(f"the Almanac's file of {day} is none, or not whole: {text[:40]!r}")
        return text

    def row(self, file: DayFile, code: str) -> ShortVolume | None:
        """One line."""
        line = re.search(rb"^%s,(\d+),(\d+)$" % re.escape(code.encode()), file.text or b"", re.MULTILINE)
        return line and ShortVolume(day=file.day, short_volume=int(line[1]), volume=int(line[2]))

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()


class AlmanacProvider(ShortVolumeProvider):
    """Cursors are days: the rows before that day follow."""

    def __init__(self, settings: AlmanacSettings) -> None:
        self._files = DayFiles(AlmanacFiles(settings.url), folder=settings.cache)

    async def short_volume(self, symbol: Symbol, *, limit: int | None, after: str | None) -> ShortVolumeHistory:
        """One file a row."""
        if symbol.market is not Market.HK:
            raise UnsupportedError(f"the almanac has HK symbols only, not {symbol}")
        page = await self._files.page(symbol, limit=limit, after=after)
        return ShortVolumeHistory(symbol=symbol, rows=page.rows, cursor=page.cursor, source=Source("almanac", page.fetched_at))

    def capabilities(self) -> tuple[Capability, ...]:
        """The same as the manifest says."""
        return (Capability("short_volume", frozenset({Market.HK}), page_size=AlmanacFiles.page, since=AlmanacFiles.since),)

    async def aclose(self) -> None:
        """End the downloads."""
        await self._files.aclose()
