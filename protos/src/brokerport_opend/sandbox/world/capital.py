"""Where a day's money went, by the size of the orders that moved it."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from attrs import frozen

from brokerport_opend.sandbox.world import draws
from brokerport_opend.sandbox.world.stock import Stock, trading_day

_USUAL = (0.2, 0.2, 0.3, 0.3)  # extra large, large, medium, small


@frozen
class Flow:
    """Money in one direction, by order size."""

    extra_large: float
    large: float
    medium: float
    small: float


@frozen
class Capital:
    """Money in both directions; together they are the turnover so far."""

    inflow: Flow
    outflow: Flow


@lru_cache(maxsize=256)
def capital(stock: Stock, day: date, traded: float) -> Capital:
    """Where the money went when a part of the day's trading is over."""
    turnover = trading_day(stock, day).turnover * traded
    inward = draws.between(0.42, 0.58, *stock.key, "inward", day)
    return Capital(_flow(stock, day, "in", turnover * inward), _flow(stock, day, "out", turnover * (1 - inward)))


def _flow(stock: Stock, day: date, direction: str, money: float) -> Flow:
    weights = [usual * draws.between(0.6, 1.4, *stock.key, direction, day, size) for size, usual in enumerate(_USUAL)]
    extra_large, large, medium, small = (round(money * weight / sum(weights), 2) for weight in weights)
    return Flow(extra_large, large, medium, small)
