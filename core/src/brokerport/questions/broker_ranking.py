"""Which brokers bought most and which sold most."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal, get_args

from attrs import field, frozen

from brokerport.models import Header, Result, Source, Symbol
from brokerport.models.headers import MONEY, PRICE, SHARES
from brokerport.questions import arguments
from brokerport.questions.arguments import Argument, DaysBefore
from brokerport.questions.provider import Provider
from brokerport.questions.question import Question
from brokerport.questions.sense import Ranks, Sense


class Side(StrEnum):
    """Which list a broker is on."""

    UNKNOWN = "unknown"  #: a side that this version does not know
    BUY = "buy"  #: net buyers
    SELL = "sell"  #: net sellers


class Basis(StrEnum):
    """What brokers are ranked by."""

    TRADES = "trades"  #: shares that each broker's customers bought and sold
    HOLDINGS = "holdings"  #: the change of the shares that each broker holds in custody, which moves without trades too


#: trading days that one ranking sums up
Days = Literal[1, 5, 20, 60]


@frozen
class RankedBroker:
    """One broker's trading in the stock, or the change of its holding; the last three figures are of the present day only."""

    name: str | None = None
    side: Side | None = None
    net_volume: int | None = None  #: shares bought less shares sold, or the change of the shares held; negative is net sold
    average_price: float | None = None  #: in the currency of the market
    total_volume: float | None = None  #: shares bought and sold
    total_turnover: float | None = None  #: in the currency of the market
    broker_id: str | None = None  #: the broker's number at the exchange or clearing house, such as ``"C00019"``


@frozen(kw_only=True)
class BrokerRanking(Result):
    """The ten largest net buyers and the ten largest net sellers, in the broker's order.

    Broker pages: "Get Top Ten Buy/Sell Brokers".
    """

    symbol: Symbol
    real_time: bool | None = None  #: True for the present day, False for a past one
    as_of: datetime | None = None  #: in the market's own time zone
    basis: Basis | None = None  #: whether trades are ranked or changes of holdings
    days: int | None = None  #: trading days that the figures sum up: 1, 5, 20 or 60
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


class BrokerRankingProvider(Provider, ABC):
    """Answers who bought and who sold most.

    A caller may ask for ``days=5``, 20 or 60, which sum up so many trading days. A provider that can tell has ``days: int = 1`` among the
    arguments of its method; one day is not passed.
    """

    @abstractmethod
    async def broker_ranking(self, symbol: Symbol, *, days_before: int) -> BrokerRanking:
        """The largest net buyers and sellers of ``symbol``; ``days_before`` 0 is the present day, n the n-th trading day before it."""


def _days(value: object) -> int:
    days: int = arguments.choice("days", value, get_args(Days))
    return days


def broker_ranking(
    symbol: str | Symbol,
    *,
    days_before: DaysBefore = 0,
    days: Annotated[Days, Argument(_days, "Trading days to sum up: 1, 5, 20 or 60.", added=True)] = 1,
    timeout: float | None = None,
) -> BrokerRanking:
    """The largest net buyers and sellers of a day.

    Args:
        symbol: ``"HK.00700"``, ``"US.TSLA"``, or a ``Symbol``.
        days_before: 0 for the present day, n for the n-th trading day before it.
        days: Trading days to sum up, where the broker can: 1, 5, 20 or 60.
        timeout: Seconds that the call may take, with its wait for quota, the connection, every attempt and every page; None: what the
            client was opened with.

    Returns:
        Brokers in the order of the broker that tells: shares, negative where net sold, prices and turnover in the currency of the market;
        and what time they are of, in the market's zone. A value is None where the broker says nothing.

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


BROKER_RANKING = Question(
    broker_ranking,
    BrokerRankingProvider,
    rows=("side", "name"),
    example="HK.00700",
    columns={
        "real_time": Header("Real time"),
        "as_of": Header("As of"),
        "basis": Header("Ranked by"),
        "days": Header("Days"),
        "name": Header("Name"),
        "side": Header("Side"),
        "net_volume": Header("Net volume", SHARES),
        "average_price": Header("Average price", PRICE),
        "total_volume": Header("Total volume", SHARES),
        "total_turnover": Header("Total turnover", MONEY),
        "broker_id": Header("Broker id"),
    },
    sense=Sense(
        signed=frozenset({"net_volume"}),
        present=frozenset({"real_time", "average_price", "total_volume", "total_turnover"}),
        ranks=Ranks(figure="net_volume", side="side", signs={Side.BUY: 1, Side.SELL: -1}),
    ),
)
