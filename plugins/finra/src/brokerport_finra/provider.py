"""Daily short volume, from one file a trading day."""

from __future__ import annotations

from brokerport import Capability, Market, ShortVolume, ShortVolumeHistory, ShortVolumeProvider, Source, Symbol, UnsupportedError
from brokerport.kit.clock import Clock, utc_now
from brokerport.kit.day_files import DayFiles
from brokerport_finra.files import FinraFiles
from brokerport_finra.settings import FinraSettings
from brokerport_finra.spelling import spellings

MIB = 1024 * 1024


class FinraProvider(ShortVolumeProvider):
    """Reads FINRA's consolidated files. Its cursors are days: the rows older than that follow."""

    def __init__(self, settings: FinraSettings, *, now: Clock = utc_now) -> None:
        self._files: DayFiles[ShortVolume] = DayFiles(FinraFiles(settings), folder=settings.cache, most=settings.cache_mib * MIB, now=now)

    async def short_volume(self, symbol: Symbol, *, limit: int | None, after: str | None) -> ShortVolumeHistory:
        """One file a row; a holiday, and a day without the symbol, have none.

        Raises:
            RejectedError: There is no such symbol in the newest days.
            ConnectionLostError: More files are not there than can be, or the server lets nobody in.
        """
        if symbol.market is not Market.US:
            raise UnsupportedError(f"finra has short volume of US symbols only, not of {symbol}")
        spellings(symbol.code)
        page = await self._files.page(symbol, limit=limit, after=after)
        source = Source("finra", page.fetched_at)
        return ShortVolumeHistory(symbol=symbol, rows=page.rows, cursor=page.cursor, source=source, missing=page.missing)

    def capabilities(self) -> tuple[Capability, ...]:
        """One question."""
        return (Capability("short_volume", frozenset({Market.US}), page_size=FinraFiles.page, since=FinraFiles.since),)

    async def aclose(self) -> None:
        """End the downloads, and close the connections."""
        await self._files.aclose()
