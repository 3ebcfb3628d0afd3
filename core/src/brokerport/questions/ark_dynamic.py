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
    """What the ARK funds last did with a stock."""
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
