"""Which brokers bought and sold most of a stock on a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import lru_cache

from attrs import frozen

from brokerport_opend.sandbox.world import draws
from brokerport_opend.sandbox.world.stock import Stock, trading_day

RANKED = 10  # on each side

_LOT = 100  # shares

# Invented, all of them.
_NAMES = tuple(
    f"{place} {trade}"
    for trade in ("Securities", "Brokerage", "Capital Markets")
    for place in (
        "Harbour",
        "Lantau",
        "Peak",
        "Star Ferry",
        "Jade Court",
        "Silver Junk",
        "Nine Dragons",
        "Typhoon Shelter",
        "Victoria Gap",
        "Pearl Bay",
    )
)


@frozen
class RankedBroker:
    """One broker's trading in one stock."""

    name: str
    net_volume: int  #: shares bought less shares sold
    total_volume: int  #: shares bought and sold
    average_price: float

    @property
    def total_turnover(self) -> float:
        """Money of what was bought and sold."""
        return round(self.average_price * self.total_volume, 2)


@lru_cache(maxsize=256)
def ranking(stock: Stock, day: date, traded: float = 1.0) -> tuple[RankedBroker, ...]:
    """The ten largest net buyers, then the ten largest net sellers, when a part of the day's trading is over.

    What the ones bought the others sold: net volumes add up to zero.
    """
    share = draws.between(0.1, 0.3, *stock.key, "ranked", day)
    lots = round(trading_day(stock, day).volume * share * traded / _LOT)
    names = _shuffled(stock, day)
    bought, sold = _split(stock, day, "bought", lots), _split(stock, day, "sold", lots)
    nets = [_LOT * lot for lot in bought] + [-_LOT * lot for lot in sold]
    return tuple(_broker(stock, day, name, net) for name, net in zip(names, nets, strict=False) if net)


def _broker(stock: Stock, day: date, name: str, net: int) -> RankedBroker:
    total = abs(net) + _LOT * int(abs(net) * draws.between(0, 1.5, *stock.key, "total", day, name) / _LOT)
    price = trading_day(stock, day).average_price * draws.between(0.997, 1.003, *stock.key, "broker", day, name)
    return RankedBroker(name, net, total, round(price, 6))


def _shuffled(stock: Stock, day: date) -> Sequence[str]:
    return sorted(_NAMES, key=lambda name: draws.draw(*stock.key, "rank", day, name))


def _split(stock: Stock, day: date, side: str, lots: int) -> list[int]:
    """``lots`` in ten parts, largest first, that add up to it."""
    weights = [draws.magnitude(1, 40, *stock.key, side, day, rank) for rank in range(RANKED)]
    parts = sorted((int(lots * weight / sum(weights)) for weight in weights), reverse=True)
    parts[0] += lots - sum(parts)
    return parts
