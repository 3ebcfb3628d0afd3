"""What was sold short on a day, and what is short on the days that are counted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise
from statistics import fmean

from attrs import frozen

from brokerport_opend.sandbox.world import draws
from brokerport_opend.sandbox.world.calendar import history, last_days
from brokerport_opend.sandbox.world.markets import Market
from brokerport_opend.sandbox.world.stock import Stock, TradingDay, trading_day, volume

AVERAGED = 20  # trading days

_LOT = 100  # shares

_RATIO_SWINGS = {1: 0.15, 9: 0.15, 61: 0.2}
_INTEREST_SWINGS = {1: 0.02, 61: 0.25}


@frozen
class ShortDay:
    """The short selling of one trading day."""

    trading: TradingDay
    shares: int
    nasdaq_shares: int  #: of ``shares``; the rest were sold on the NYSE
    turnover: float

    @property
    def percent(self) -> float:
        """Of the shares traded, to two places."""
        return round(100 * self.shares / self.trading.volume, 2)


@frozen
class OpenShort:
    """What is short by one count."""

    shares: int
    percent: float  #: of all shares, to two places
    average_volume: int  #: shares a day, over the 20 trading days that end with the count

    @property
    def days_to_cover(self) -> float:
        """How many average days it would take to buy everything back, to two places."""
        return round(self.shares / self.average_volume, 2)


@lru_cache(maxsize=16384)
def short_day(stock: Stock, day: date) -> ShortDay:
    """The short selling of a trading day."""
    trading = trading_day(stock, day)
    ratio = draws.between(0.04, 0.25, *stock.key, "short") * stock.swing(day, _RATIO_SWINGS, "short")
    shares = int(trading.volume * ratio / _LOT) * _LOT
    nasdaq = int(shares * draws.between(0.55, 0.75, *stock.key, "nasdaq", day))
    price = trading.average_price * draws.between(0.998, 1.002, *stock.key, "short price", day)
    return ShortDay(trading, shares, nasdaq, round(shares * price, 2))


@lru_cache(maxsize=16384)
def average_percent(stock: Stock, day: date) -> float:
    """The mean of the short percents of the 20 trading days that end with a day, to two places."""
    return round(fmean(short_day(stock, each).percent for each in last_days(stock.market, day, AVERAGED)), 2)


@lru_cache(maxsize=4096)
def open_short(stock: Stock, day: date) -> OpenShort:
    """What is short on the evening of a trading day."""
    usual = stock.shares * draws.magnitude(0.002, 0.08, *stock.key, "interest")
    shares = round(usual * stock.swing(day, _INTEREST_SWINGS, "interest"))
    average = fmean(volume(stock, each) for each in last_days(stock.market, day, AVERAGED))
    return OpenShort(shares, round(100 * shares / stock.shares, 2), round(average))


@lru_cache(maxsize=64)
def counts(market: Market, last: date) -> tuple[date, ...]:
    """The days remembered on the evening of ``last`` whose open shorts have been counted and published, newest first."""
    lag, ends_period = _COUNTS[market.name]
    # Newest first, so the day that follows a day stands before it.
    ends = (day for following, day in pairwise(history(market, last)) if ends_period(day, following))
    return tuple(day for day in ends if day <= last - lag)


def _ends_week(day: date, following: date) -> bool:
    return day.isocalendar()[:2] != following.isocalendar()[:2]


def _ends_half_month(day: date, following: date) -> bool:
    # Settlement is on the 15th or the trading day before, and on the last trading day of the month.
    return (day.month, day.day > 15) != (following.month, following.day > 15)


# Hong Kong counts weekly, the United States twice a month; both take their time to publish.
_COUNTS: dict[str, tuple[timedelta, Callable[[date, date], bool]]] = {
    "HK": (timedelta(days=7), _ends_week),
    "US": (timedelta(days=10), _ends_half_month),
}
