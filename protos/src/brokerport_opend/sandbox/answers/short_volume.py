"""GetDailyShortVolume, 3248."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from brokerport_opend.messages import short_volume_pb2 as messages
from brokerport_opend.sandbox.answers.pages import DEFAULT_ROWS, page
from brokerport_opend.sandbox.answers.requests import text
from brokerport_opend.sandbox.world.calendar import history, last_finished
from brokerport_opend.sandbox.world.markets import HK, US
from brokerport_opend.sandbox.world.shorts import average_percent, counts, open_short, short_day
from brokerport_opend.sandbox.world.stock import Stock


def answer(c2s: messages.C2S, stock: Stock, now: datetime) -> messages.S2C:
    """A page of the trading days that are over; for Hong Kong, what is short by the newest count too."""
    last = last_finished(stock.market, now)
    remembered = () if stock.silent else history(stock.market, last)
    rows = c2s.num if c2s.HasField("num") else DEFAULT_ROWS
    days, key = page(stock.market, remembered, text(c2s.nextKey), rows)
    field, row = _ROWS[stock.market.name]
    s2c = messages.S2C(nextKey=key)
    getattr(s2c, field).extend(row(stock, day) for day in days)
    if stock.market is HK and not stock.silent:
        s2c.MergeFrom(_newest_count(stock, counts(HK, last)[0]))
    return s2c


def _newest_count(stock: Stock, day: date) -> messages.S2C:
    count = open_short(stock, day)
    # Documented as YYYY-MM-DD; this is what the gateway sends.
    return messages.S2C(aggregatedShort=count.shares, aggregatedShortRatio=count.percent, newTimeStr=f"{day:%d/%m/%Y}")


def _hk_row(stock: Stock, day: date) -> messages.HkDailyShortVolumeItem:
    short = short_day(stock, day)
    return messages.HkDailyShortVolumeItem(
        timestamp=stock.market.timestamp(day),
        timestampStr=day.isoformat(),
        sharesTraded=short.trading.volume,
        turnover=short.trading.turnover,
        shortSellSharesTraded=short.shares,
        shortSellTurnover=short.turnover,
        openPrice=short.trading.open,
        closePrice=short.trading.close,
        lastClosePrice=short.trading.previous_close,
        dailyTradeAvgRatio=average_percent(stock, day),
    )


def _us_row(stock: Stock, day: date) -> messages.UsDailyShortVolumeItem:
    short = short_day(stock, day)
    return messages.UsDailyShortVolumeItem(
        timestamp=stock.market.timestamp(day),
        timestampStr=day.isoformat(),
        totalSharesShort=short.shares,
        nasdaqSharesShort=short.nasdaq_shares,
        nyseSharesShort=short.shares - short.nasdaq_shares,
        shortPercent=short.percent,
        volume=short.trading.volume,
        closePrice=short.trading.close,
        lastClosePrice=short.trading.previous_close,
        dailyTradeAvgRatio=average_percent(stock, day),
    )


_ROWS: dict[str, tuple[str, Callable[[Stock, date], Any]]] = {
    HK.name: ("hkItemList", _hk_row),
    US.name: ("usItemList", _us_row),
}
