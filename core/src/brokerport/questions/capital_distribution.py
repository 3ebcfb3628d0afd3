"""Where the day's money went, by the size of the orders that moved it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import datetime

from attrs import field, frozen

from brokerport.models import Header, Result, Source, Symbol
from brokerport.models.headers import MONEY
from brokerport.questions.provider import Provider
from brokerport.questions.question import Question


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


class CapitalProvider(Provider, ABC):
    """Answers where the day's money went."""

    @abstractmethod
    async def capital_distribution(self, symbol: Symbol) -> CapitalDistribution:
        """The day's turnover in ``symbol`` by direction and order size."""


def capital_distribution(symbol: str | Symbol, *, timeout: float | None = None) -> CapitalDistribution:
    """The day's turnover by direction and order size.

    Args:
        symbol: ``"HK.00700"``, ``"US.TSLA"``, or a ``Symbol``.
        timeout: Seconds that the call may take, with its wait for quota, the connection, every attempt and every page; None: what the
            client was opened with.

    Returns:
        What flowed in and out by orders of each size, in the currency of the market, and the time of it in the market's zone. A value is
        None where the broker says nothing.

    Raises:
        InvalidRequestError: An argument cannot be right; nothing was sent.
        UnsupportedError: The broker has no such data, or not of this market.
        ConnectError, HandshakeError: The broker cannot be reached.
        DeadlineError: The time is up.
        QuotaError, RejectedError: The broker says no.
        BadReplyError: The broker's answer makes no sense.
        ClientClosedError: The client was closed, before the call or while it ran.
    """
    raise NotImplementedError


CAPITAL_DISTRIBUTION = Question(
    capital_distribution,
    CapitalProvider,
    example="US.TSLA",
    columns={
        "inflow_extra_large": Header("Inflow, extra large", MONEY),
        "inflow_large": Header("Inflow, large", MONEY),
        "inflow_medium": Header("Inflow, medium", MONEY),
        "inflow_small": Header("Inflow, small", MONEY),
        "outflow_extra_large": Header("Outflow, extra large", MONEY),
        "outflow_large": Header("Outflow, large", MONEY),
        "outflow_medium": Header("Outflow, medium", MONEY),
        "outflow_small": Header("Outflow, small", MONEY),
        "updated_at": Header("Updated"),
        "order_size": Header("Order size"),
        "inflow": Header("Inflow", MONEY),
        "outflow": Header("Outflow", MONEY),
        "net": Header("Net", MONEY),
    },
)
