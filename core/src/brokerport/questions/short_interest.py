"""Short interest: what is still short, by report."""

from __future__ import annotations

from datetime import date

from attrs import frozen

from brokerport.models.history import History


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


@frozen(kw_only=True)
class ShortInterestHistory(History[ShortInterest]):
    """Short interest by report, newest first; HK reports weekly, US twice a month."""

    rows: tuple[ShortInterest, ...] = ()
