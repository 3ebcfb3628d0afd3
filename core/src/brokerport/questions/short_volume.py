"""Daily short volume: what was sold short each trading day."""

from __future__ import annotations

from datetime import date

from attrs import frozen

from brokerport.models.history import History


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
