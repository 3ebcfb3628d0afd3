"""Daily short volume: what was sold short each trading day."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import date

from attrs import frozen

from brokerport.models import Header, History, Symbol
from brokerport.models.headers import MONEY, PERCENT, PRICE, SHARES
from brokerport.questions.arguments import PAGE, After, Limit
from brokerport.questions.provider import Provider
from brokerport.questions.question import Question
from brokerport.questions.sense import Sense


@frozen
class ShortVolume:
    """One trading day's short selling. Broker pages: "Get Daily Short Volume"."""

    day: date | None = None  #: trading day, in the market's own time zone
    short_volume: int | float | None = None  #: shares sold short; a float only where the broker counts parts of shares
    volume: int | float | None = None  #: shares traded, as ``short_volume``
    short_percent: float | None = None  #: as the broker reports it (US); 12.34 means 12.34 %
    average_short_percent: float | None = None  #: over the 20 trading days that end on this one; 12.34 means 12.34 %
    open: float | None = None  #: price (HK)
    close: float | None = None  #: price
    previous_close: float | None = None  #: price
    turnover: float | None = None  #: in the currency of the market (HK)
    short_turnover: float | None = None  #: turnover of the shares sold short, in the currency of the market (HK)
    nasdaq_short_volume: int | None = None  #: shares, of ``short_volume`` (US)
    nyse_short_volume: int | None = None  #: shares, of ``short_volume`` (US)
    short_exempt_volume: int | float | None = None  #: shares, of ``short_volume``: sold short exempt from the price test (US)

    @property
    def short_share(self) -> float | None:
        """Short volume over volume, as a part of 1: 0.1234 means 12.34 %. None where either is not told, or nothing was traded.

        It is reckoned here, in the same way for every broker and market; ``short_percent`` is what the broker reports, where it does.
        """
        return None if self.short_volume is None or not self.volume else self.short_volume / self.volume


@frozen(kw_only=True)
class OpenShort:
    """What is still short, by the latest report (HK)."""

    shares: int | None = None
    percent: float | None = None  #: of the shares outstanding; 0.56 means 0.56 %
    day: date | None = None  #: of the report, in the market's own time zone


@frozen(kw_only=True)
class ShortVolumeHistory(History[ShortVolume]):
    """Daily short volume, newest first."""

    rows: tuple[ShortVolume, ...] = ()
    open_short: OpenShort | None = None


class ShortVolumeProvider(Provider, ABC):
    """Answers what was sold short each day.

    Its method gives one page: rows newest first, those after the cursor ``after`` (None: from the newest on), at most ``limit`` of them
    (None: as many as one request gives) and possibly fewer. The page's ``cursor`` leads to the next page and is None on the last.
    """

    @abstractmethod
    async def short_volume(self, symbol: Symbol, *, limit: int | None, after: str | None) -> ShortVolumeHistory:
        """One page of daily short volume."""


def short_volume(symbol: str | Symbol, *, limit: Limit = PAGE, after: After = None, timeout: float | None = None) -> ShortVolumeHistory:
    """Daily short volume, newest first.

    Args:
        symbol: ``"HK.00700"``, ``"US.TSLA"``, or a ``Symbol``.
        limit: At most so many rows; None for all that there are.
        after: The ``cursor`` of an earlier answer, to go on behind its rows; None to begin with the newest.
        timeout: Seconds that the call may take, with its wait for quota, the connection, every attempt and every page; None: what the
            client was opened with.

    Returns:
        A row a trading day, by the market's own: shares, prices and turnover in the currency of the market, and percent, of which 12.34
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


SHORT_VOLUME = Question(
    short_volume,
    ShortVolumeProvider,
    example="HK.00700",
    columns={
        "day": Header("Day"),
        "short_volume": Header("Short volume", SHARES),
        "volume": Header("Volume", SHARES),
        "short_percent": Header("Short", PERCENT),
        "average_short_percent": Header("20-day short", PERCENT),
        "open": Header("Open", PRICE),
        "close": Header("Close", PRICE),
        "previous_close": Header("Previous close", PRICE),
        "turnover": Header("Turnover", MONEY),
        "short_turnover": Header("Short turnover", MONEY),
        "nasdaq_short_volume": Header("Nasdaq short", SHARES),
        "nyse_short_volume": Header("NYSE short", SHARES),
        "short_exempt_volume": Header("Short exempt", SHARES),
        "open_short_shares": Header("Open short", SHARES),
        "open_short_percent": Header("Open short", PERCENT),
        "open_short_day": Header("Open short, day"),
    },
    sense=Sense(
        sparse=frozenset({"nasdaq_short_volume", "nyse_short_volume", "short_exempt_volume"}),  # on one exchange, or of one kind
        parts={"short_volume": "volume", "short_turnover": "turnover"},
        percents={"short_percent": ("short_volume", "volume")},
    ),
)
