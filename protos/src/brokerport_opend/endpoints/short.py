"""What is sold short: protocol 3248 by trading day, 3249 by report."""

from __future__ import annotations

from typing import Any

from brokerport import (
    Market,
    OpenShort,
    Quota,
    ShortInterest,
    ShortInterestHistory,
    ShortVolume,
    ShortVolumeHistory,
    Source,
    Symbol,
)
from brokerport_opend.endpoints.endpoint import Endpoint
from brokerport_opend.endpoints.fields import Day, reader, row_reader, said, text
from brokerport_opend.messages import short_interest_pb2, short_volume_pb2

_MARKETS = frozenset({Market.HK, Market.US})
_LAST_PAGE = "-1"
_PAGE = 50  # rows, at most
_LISTS = ("usItemList", "hkItemList")

_us_volume = row_reader(
    ShortVolume,
    day=Day("timestampStr", "timestamp"),
    short_volume="totalSharesShort",
    volume="volume",
    short_percent="shortPercent",
    average_short_percent="dailyTradeAvgRatio",
    close="closePrice",
    previous_close="lastClosePrice",
    nasdaq_short_volume="nasdaqSharesShort",
    nyse_short_volume="nyseSharesShort",
)
_hk_volume = row_reader(
    ShortVolume,
    day=Day("timestampStr", "timestamp"),
    short_volume="shortSellSharesTraded",
    volume="sharesTraded",
    average_short_percent="dailyTradeAvgRatio",
    open="openPrice",
    close="closePrice",
    previous_close="lastClosePrice",
    turnover="turnover",
    short_turnover="shortSellTurnover",
)
_us_interest = row_reader(
    ShortInterest,
    day=Day("timestampStr", "timestamp"),
    short_shares="sharesShort",
    short_percent="shortPercent",
    average_daily_volume="avgDailyShareVolume",
    days_to_cover="daysToCover",
    close="closePrice",
    previous_close="lastClosePrice",
)
_hk_interest = row_reader(
    ShortInterest,
    day=Day("timestampStr", "timestamp"),
    short_shares="aggregatedShort",
    short_percent="aggregatedShortRatio",
    close="closePrice",
    previous_close="lastClosePrice",
)
_open_short = reader(OpenShort, shares="aggregatedShort", percent="aggregatedShortRatio", day="newTimeStr")

_NOTHING_OPEN = OpenShort()


def _write(*, limit: int | None, after: str | None) -> dict[str, object]:
    """One page: as many rows as are missing, from where the page before ended."""
    return {"num": _PAGE if limit is None else min(limit, _PAGE), "nextKey": after}


def _read_volume(s2c: Any, symbol: Symbol, source: Source) -> ShortVolumeHistory:
    zone = symbol.market.zone
    rows = [_us_volume(item, zone) for item in s2c.usItemList] + [_hk_volume(item, zone) for item in s2c.hkItemList]
    open_short = _open_short(s2c, zone)
    return ShortVolumeHistory(
        symbol=symbol,
        rows=tuple(rows),
        cursor=_cursor(s2c),
        open_short=None if open_short == _NOTHING_OPEN else open_short,
        source=source,
    )


def _read_interest(s2c: Any, symbol: Symbol, source: Source) -> ShortInterestHistory:
    zone = symbol.market.zone
    rows = [_us_interest(item, zone) for item in s2c.usItemList] + [_hk_interest(item, zone) for item in s2c.hkItemList]
    return ShortInterestHistory(symbol=symbol, rows=tuple(rows), cursor=_cursor(s2c), source=source)


def _cursor(s2c: Any) -> str | None:
    """The key of the next page; the last one says "-1", or nothing."""
    key = said(s2c, "nextKey")
    return None if key is None or key == _LAST_PAGE else text(key)


SHORT_VOLUME = Endpoint(
    question="short_volume",
    proto_id=3248,
    request=short_volume_pb2.Request,
    response=short_volume_pb2.Response,
    write=_write,
    read=_read_volume,
    quota=Quota(30, 30.0),
    markets=_MARKETS,
    page_size=_PAGE,
    lists=_LISTS,
    since=1006,
    page="Get Daily Short Volume",
)

SHORT_INTEREST = Endpoint(
    question="short_interest",
    proto_id=3249,
    request=short_interest_pb2.Request,
    response=short_interest_pb2.Response,
    write=_write,
    read=_read_interest,
    quota=Quota(30, 30.0),
    markets=_MARKETS,
    page_size=_PAGE,
    lists=_LISTS,
    since=1006,
    page="Get Short Interest",
)
