"""Trading days: which there are, which are over, and how far back the sandbox remembers."""

from __future__ import annotations

from calendar import SATURDAY
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import islice, takewhile

from brokerport_opend.sandbox.world.holidays import holidays
from brokerport_opend.sandbox.world.markets import CLOSED, Market

DEPTH = timedelta(days=730)

_ONE_DAY = timedelta(days=1)


def is_trading_day(market: Market, day: date) -> bool:
    """Whether the market trades that day."""
    return day.weekday() < SATURDAY and day not in holidays(market.name, day.year)


@lru_cache(maxsize=16384)
def day_before(market: Market, day: date) -> date:
    """The last trading day before a day."""
    day -= _ONE_DAY
    while not is_trading_day(market, day):
        day -= _ONE_DAY
    return day


def back_from(market: Market, day: date) -> Iterator[date]:
    """A trading day and all before it, newest first."""
    while True:
        yield day
        day = day_before(market, day)


def last_days(market: Market, day: date, n: int) -> tuple[date, ...]:
    """The ``n`` trading days that end with a trading day, newest first."""
    return tuple(islice(back_from(market, day), n))


def last_finished(market: Market, now: datetime) -> date:
    """The newest trading day that is over."""
    local = now.astimezone(market.zone)
    over = is_trading_day(market, local.date()) and local.time() >= market.close
    return local.date() if over else day_before(market, local.date())


def current(market: Market, now: datetime) -> date:
    """The trading day that real-time data are of: today's once it has opened, else the one before."""
    local = now.astimezone(market.zone)
    opened = is_trading_day(market, local.date()) and local.time() >= market.opening
    return local.date() if opened else day_before(market, local.date())


def as_of(market: Market, now: datetime) -> datetime:
    """The moment that real-time data are of: now while trading, else the last close."""
    return min(now.astimezone(market.zone), market.at(current(market, now), market.close))


def state(market: Market, now: datetime) -> int:
    """The market's QotMarketState."""
    local = now.astimezone(market.zone)
    return market.state(local.time()) if is_trading_day(market, local.date()) else CLOSED


@lru_cache(maxsize=64)
def history(market: Market, last: date) -> tuple[date, ...]:
    """The trading days remembered on the evening of ``last``, newest first: about two years."""
    return tuple(takewhile(lambda day: day > last - DEPTH, back_from(market, last)))
