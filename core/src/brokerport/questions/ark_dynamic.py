"""What the ARK funds last did with a stock."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import date
from enum import StrEnum

from attrs import field, frozen

from brokerport.models import Header, Result, Source, Symbol
from brokerport.models.headers import SHARES
from brokerport.questions.provider import Provider
from brokerport.questions.question import Question
from brokerport.questions.sense import Sense


class ArkDynamicKind(StrEnum):
    """What sort of trading the figures sum up."""

    UNKNOWN = "unknown"  #: a kind that this version does not know
    CONSECUTIVE_SAME_DIRECTION = "consecutive_same_direction"  #: several trades in a row, all bought or all sold
    RECENT_TRANSACTION = "recent_transaction"  #: the recent trades, taken together
    LAST_TRANSACTION = "last_transaction"  #: the last trade alone
    NO_DYNAMIC = "no_dynamic"  #: the funds did not trade it


@frozen(kw_only=True)
class ArkDynamic(Result):
    """The ARK funds' latest trading in one stock. Broker pages: "Get ARK Stock Dynamic"."""

    symbol: Symbol
    kind: ArkDynamicKind | None = None
    transactions: int | None = None  #: number of trades that the figures sum up
    net_shares: int | None = None  #: shares bought less shares sold; negative is net sold
    last_transaction: date | None = None  #: day of the last trade, in the market's own time zone
    source: Source = field(eq=False)


class ArkProvider(Provider, ABC):
    """Answers what the ARK funds did."""

    @abstractmethod
    async def ark_dynamic(self, symbol: Symbol) -> ArkDynamic:
        """The ARK funds' latest trading in ``symbol``."""


def ark_dynamic(symbol: str | Symbol, *, timeout: float | None = None) -> ArkDynamic:
    """What the ARK funds last did with a stock.

    Args:
        symbol: ``"HK.00700"``, ``"US.TSLA"``, or a ``Symbol``.
        timeout: Seconds that the call may take, with its wait for quota, the connection, every attempt and every page; None: what the
            client was opened with.

    Returns:
        What they did, on which day, and by how many shares, negative where they sold. A value is None where the broker says nothing.

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


ARK_DYNAMIC = Question(
    ark_dynamic,
    ArkProvider,
    title="ARK dynamic",
    example="US.TSLA",
    columns={
        "kind": Header("Kind"),
        "transactions": Header("Transactions"),
        "net_shares": Header("Net", SHARES),
        "last_transaction": Header("Last transaction"),
    },
    sense=Sense(signed=frozenset({"net_shares"})),
)
