"""Which brokers bought most and which sold most."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from attrs import field, frozen

from brokerport.models.result import Result
from brokerport.models.source import Source
from brokerport.models.symbol import Symbol


class Side(StrEnum):
    """Which list a broker is on."""

    UNKNOWN = "unknown"  #: a side that this version does not know
    BUY = "buy"  #: net buyers
    SELL = "sell"  #: net sellers


@frozen
class RankedBroker:
    """One broker's trading in the stock that day; the last three figures are of the present day only."""

    name: str | None = None
    side: Side | None = None
    net_volume: int | None = None  #: shares bought less shares sold; negative is net sold
    average_price: float | None = None  #: in the currency of the market
    total_volume: float | None = None  #: shares bought and sold
    total_turnover: float | None = None  #: in the currency of the market


@frozen(kw_only=True)
class BrokerRanking(Result):
    """The ten largest net buyers and the ten largest net sellers, in the broker's order.

    Broker pages: "Get Top Ten Buy/Sell Brokers".
    """

    symbol: Symbol
    real_time: bool | None = None  #: True for the present day, False for a past one
    as_of: datetime | None = None  #: in the market's own time zone
    rows: tuple[RankedBroker, ...] = ()
    source: Source = field(eq=False)

    @property
    def buyers(self) -> tuple[RankedBroker, ...]:
        """The net buyers."""
        return self._on(Side.BUY)

    @property
    def sellers(self) -> tuple[RankedBroker, ...]:
        """The net sellers."""
        return self._on(Side.SELL)

    def _on(self, side: Side) -> tuple[RankedBroker, ...]:
        return tuple(row for row in self.rows if row.side is side)
