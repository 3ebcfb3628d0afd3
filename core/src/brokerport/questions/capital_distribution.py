"""Where the day's money went, by the size of the orders that moved it."""

from __future__ import annotations

from datetime import datetime

from attrs import field, frozen

from brokerport.models.result import Result
from brokerport.models.source import Source
from brokerport.models.symbol import Symbol


@frozen(kw_only=True)
class OrderSizes:
    """Turnover by order size, in the currency of the market.

    An order is small below the mean turnover per trade of the previous month (three days for warrants), large
    from ten times that mean, medium between; extra large is the broker's own cut above large, where it makes one.
    """

    extra_large: float | None = None
    large: float
    medium: float
    small: float

    @property
    def total(self) -> float:
        """Turnover of all sizes together."""
        return (self.extra_large or 0.0) + self.large + self.medium + self.small


@frozen(kw_only=True)
class CapitalDistribution(Result):
    """Turnover of the trading day that bought and that sold, by order size; regular hours only.

    Broker pages: "Get Capital Distribution".
    """

    symbol: Symbol
    inflow: OrderSizes  #: turnover that bought
    outflow: OrderSizes  #: turnover that sold
    updated_at: datetime | None = None  #: when the broker made the figures, in the market's own time zone
    source: Source = field(eq=False)

    @property
    def net(self) -> float:
        """Inflow less outflow."""
        return self.inflow.total - self.outflow.total
