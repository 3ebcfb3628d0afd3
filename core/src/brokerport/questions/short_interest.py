"""Short interest: what is still short, by report."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import date

from attrs import frozen

from brokerport.models import Header, History, Symbol
from brokerport.models.headers import DAYS, MONEY, PERCENT, PRICE, SHARES
from brokerport.questions.arguments import PAGE, After, Limit
from brokerport.questions.provider import Provider
from brokerport.questions.question import Question
from brokerport.questions.short_volume import ShortVolumeProvider


@frozen
class ShortInterest:
    """Short positions by one report. Broker pages: "Get Short Interest"."""

    day: date | None = None  #: of the report, in the market's own time zone
    short_shares: int | None = None  #: shares sold short and not yet bought back
    short_percent: float | None = None  #: as the broker reports it; 0.56 means 0.56 %
    average_daily_volume: int | None = None  #: shares a day (US)
    days_to_cover: float | None = None  #: short shares over average daily volume (US)
    close: float | None = None  #: price
    previous_close: float | None = None  #: price
    short_value: float | None = None  #: value of the short shares, in the currency of the market
    published: date | None = None  #: when the report became known, in the market's own time zone; days after ``day``


@frozen(kw_only=True)
class ShortInterestHistory(History[ShortInterest]):
    """Short interest by report, newest first; HK reports weekly, US twice a month."""

    rows: tuple[ShortInterest, ...] = ()


class ShortInterestProvider(Provider, ABC):
    """Answers what is still short, by report; in pages, as ShortVolumeProvider."""

    @abstractmethod
    async def short_interest(self, symbol: Symbol, *, limit: int | None, after: str | None) -> ShortInterestHistory:
        """One page of short interest reports."""


class ShortProvider(ShortVolumeProvider, ShortInterestProvider):
    """Answers both: what was sold short, and what is still short."""


def short_interest(symbol: str | Symbol, *, limit: Limit = PAGE, after: After = None, timeout: float | None = None) -> ShortInterestHistory:
    """Short interest by report, newest first.

    Args:
        symbol: ``"HK.00700"``, ``"US.TSLA"``, or a ``Symbol``.
        limit: At most so many rows; None for all that there are.
        after: The ``cursor`` of an earlier answer, to go on behind its rows; None to begin with the newest.
        timeout: Seconds that the call may take, with its wait for quota, the connection, every attempt and every page; None: what the
            client was opened with.

    Returns:
        A row a report, by the market's own day: shares, days to cover, prices in the currency of the market, and percent, of which 12.34
        means 12.34 %. A value is None where the broker says nothing.

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


SHORT_INTEREST = Question(
    short_interest,
    ShortInterestProvider,
    example="US.TSLA",
    columns={
        "day": Header("Day"),
        "short_shares": Header("Short", SHARES),
        "short_percent": Header("Short", PERCENT),
        "average_daily_volume": Header("Average daily volume", SHARES),
        "days_to_cover": Header("To cover", DAYS),
        "close": Header("Close", PRICE),
        "previous_close": Header("Previous close", PRICE),
        "short_value": Header("Short value", MONEY),
        "published": Header("Published"),
    },
)
