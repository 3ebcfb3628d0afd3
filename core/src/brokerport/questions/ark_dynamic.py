"""What the ARK funds last did with a stock."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from attrs import field, frozen

from brokerport.models.result import Result
from brokerport.models.source import Source
from brokerport.models.symbol import Symbol


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
