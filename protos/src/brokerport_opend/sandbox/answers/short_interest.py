"""GetShortInterest, 3249."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from brokerport_opend.messages import short_interest_pb2 as messages
from brokerport_opend.sandbox.answers.pages import DEFAULT_ROWS, page
from brokerport_opend.sandbox.answers.requests import text
from brokerport_opend.sandbox.world.calendar import last_finished
from brokerport_opend.sandbox.world.markets import HK, US
from brokerport_opend.sandbox.world.shorts import counts, open_short
from brokerport_opend.sandbox.world.stock import Stock, trading_day


def answer(c2s: messages.C2S, stock: Stock, now: datetime) -> messages.S2C:
    """A page of the counts that have been published."""
    published = () if stock.silent else counts(stock.market, last_finished(stock.market, now))
    rows = c2s.num if c2s.HasField("num") else DEFAULT_ROWS
    days, key = page(stock.market, published, text(c2s.nextKey), rows)
    field, row = _ROWS[stock.market.name]
    s2c = messages.S2C(nextKey=key)
    getattr(s2c, field).extend(row(stock, day) for day in days)
    return s2c


def _hk_row(stock: Stock, day: date) -> messages.HkShortInterestItem:
    count, trading = open_short(stock, day), trading_day(stock, day)
    return messages.HkShortInterestItem(
        timestamp=stock.market.timestamp(day),
        timestampStr=day.isoformat(),
        closePrice=trading.close,
        lastClosePrice=trading.previous_close,
        aggregatedShort=count.shares,
        aggregatedShortRatio=count.percent,
    )


def _us_row(stock: Stock, day: date) -> messages.UsShortInterestItem:
    count, trading = open_short(stock, day), trading_day(stock, day)
    return messages.UsShortInterestItem(
        timestamp=stock.market.timestamp(day),
        timestampStr=day.isoformat(),
        sharesShort=count.shares,
        shortPercent=count.percent,
        avgDailyShareVolume=count.average_volume,
        daysToCover=count.days_to_cover,
        closePrice=trading.close,
        lastClosePrice=trading.previous_close,
    )


_ROWS: dict[str, tuple[str, Callable[[Stock, date], Any]]] = {
    HK.name: ("hkItemList", _hk_row),
    US.name: ("usItemList", _us_row),
}
