"""A security of the made-up world, and how each of its trading days went."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from math import exp

from attrs import frozen

from brokerport_opend.sandbox.world import draws
from brokerport_opend.sandbox.world.calendar import day_before
from brokerport_opend.sandbox.world.markets import Market

# How far the logarithm of a price swings, by the days a swing takes. A sum of swings, unlike a walk, stays within bounds
# and gives any day's price without those before it.
_PRICE_SWINGS = {1: 0.012, 7: 0.03, 31: 0.08, 183: 0.2, 731: 0.3}
_VOLUME_SWINGS = {1: 0.35, 11: 0.25}


@frozen(cache_hash=True)
class Stock:
    """A code of a market, in the world of a seed."""

    seed: int
    market: Market
    code: str

    @property
    def key(self) -> tuple[int, str, str]:
        """What its figures are drawn by."""
        return self.seed, self.market.name, self.code

    @property
    def silent(self) -> bool:
        """Whether there is nothing to tell of it."""
        return self.code.startswith("NODATA")

    @property
    def shares(self) -> int:
        """How many shares may be traded, the base of every volume."""
        return 0 if self.silent else round(draws.magnitude(3e8, 1e10, *self.key, "shares"))

    def swing(self, day: date, swings: dict[int, float], figure: str) -> float:
        """The factor of one figure on a day: around 1."""
        return exp(sum(size * draws.drift(day.toordinal(), period, *self.key, figure) for period, size in swings.items()))


@frozen
class TradingDay:
    """A finished trading day of one stock. Prices and turnover are money of the market's currency."""

    open: float
    close: float
    previous_close: float
    average_price: float
    volume: int

    @property
    def turnover(self) -> float:
        """The money that changed hands."""
        return round(self.volume * self.average_price, 2)


@lru_cache(maxsize=16384)
def trading_day(stock: Stock, day: date) -> TradingDay:
    """How a trading day went, or will have gone."""
    close, previous_close = close_price(stock, day), close_price(stock, day_before(stock.market, day))
    opened = round(previous_close + (close - previous_close) * draws.between(-0.4, 0.9, *stock.key, "open", day), 2)
    average = (opened + close) / 2 * draws.between(0.998, 1.002, *stock.key, "average", day)
    return TradingDay(opened, close, previous_close, round(average, 6), volume(stock, day))


@lru_cache(maxsize=16384)
def close_price(stock: Stock, day: date) -> float:
    """The price at the end of a trading day."""
    usual = draws.magnitude(4, 500, *stock.key, "price")
    return round(usual * stock.swing(day, _PRICE_SWINGS, "price"), 2)


def volume(stock: Stock, day: date) -> int:
    """The shares traded on a trading day."""
    usual = stock.shares * draws.magnitude(0.001, 0.01, *stock.key, "volume")
    return round(usual * stock.swing(day, _VOLUME_SWINGS, "volume"))
