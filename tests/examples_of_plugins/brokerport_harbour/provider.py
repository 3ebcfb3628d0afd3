"""Short volume, from a library that blocks and gives everything at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from threading import Lock
from typing import ClassVar

import harbour_sdk
from brokerport import (
    BadReplyError,
    Capability,
    ConnectError,
    Market,
    QuotaError,
    RejectedError,
    ShortVolume,
    ShortVolumeHistory,
    ShortVolumeProvider,
    Source,
    Symbol,
    SyncProvider,
    UnsupportedError,
)
from brokerport.kit.page import page_of
from brokerport_harbour import HarbourSettings

MOST = 100  # days that the library gives


class HarbourProvider(SyncProvider, ShortVolumeProvider):
    """Asks the library, in threads."""

    threads: ClassVar[int] = 2

    def __init__(self, settings: HarbourSettings) -> None:
        self._settings = settings
        self._client: harbour_sdk.Client | None = None
        self._making = Lock()

    async def short_volume(self, symbol: Symbol, *, limit: int | None, after: str | None) -> ShortVolumeHistory:
        """All the days there are, cut into pages here."""
        if symbol.market is not Market.HK:
            raise UnsupportedError(f"harbour has HK symbols only, not {symbol}")
        page = page_of(await self.blocking(self._rows, symbol.code), limit=limit, after=after)
        return ShortVolumeHistory(symbol=symbol, rows=page.rows, cursor=page.cursor, source=Source("harbour", datetime.now(UTC)))

    def capabilities(self) -> tuple[Capability, ...]:
        """The same as the manifest says."""
        return (Capability("short_volume", frozenset({Market.HK})),)

    def close(self) -> None:
        """It blocks too: called in a thread."""
        if self._client is not None:
            self._client.close()

    def _rows(self, code: str) -> list[ShortVolume]:
        with _told(self._settings.host):
            return [_row(trade) for trade in self._connected().short_trades(code, count=MOST)]

    def _connected(self) -> harbour_sdk.Client:
        with self._making:  # two calls may be the first
            if self._client is None:
                self._client = harbour_sdk.Client(self._settings.host, self._settings.key.reveal())
            return self._client


def _row(trade: dict[str, str]) -> ShortVolume:
    """Numbers come as text, and nothing as an empty one."""
    return ShortVolume(
        day=date.fromisoformat(trade["date"].replace(".", "-")),
        short_volume=int(trade["amount"]),
        volume=int(trade["total_amount"]) if trade["total_amount"] else None,
    )


@contextmanager
def _told(host: str) -> Iterator[None]:
    """The library's errors become brokerport's."""
    try:
        yield
    except OSError as error:
        raise ConnectError(f"nobody answers at {host}: {error}; look at the setting host") from error
    except harbour_sdk.HarbourError as error:
        if error.code == 429:
            raise QuotaError(f"harbour has had too many questions: {error.text}", retry_after=30.0) from error
        raise RejectedError(f"harbour says no: {error.text}", code=error.code, text=error.text) from error
    except (LookupError, ValueError) as error:
        raise BadReplyError(f"harbour's answer makes no sense: {error!r}") from error
