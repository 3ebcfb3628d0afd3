"""Which days may have a file, and what a cursor says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from brokerport import InvalidRequestError, Market

SINCE = date(2018, 8, 1)  # of the consolidated files, by FINRA's own page of them
POSTED = time(18)  # in New York: FINRA promises the day's file by then

_DAY = timedelta(days=1)
_SATURDAY = 5


def today(now: datetime) -> date:
    """The day in New York."""
    return now.astimezone(Market.US.zone).date()


def newest(now: datetime) -> date:
    """The last day whose file is due."""
    there = now.astimezone(Market.US.zone)
    return there.date() if there.time() >= POSTED else there.date() - _DAY


def weekdays(last: date) -> Iterator[date]:
    """From ``last`` back to the first day of all, without Saturdays and Sundays."""
    for back in range((last - SINCE).days + 1):
        day = last - back * _DAY
        if day.weekday() < _SATURDAY:
            yield day


def start(after: str | None, now: datetime) -> date:
    """The first day to look at: that before the cursor, or the newest.

    Raises:
        InvalidRequestError: The cursor is no day.
    """
    return newest(now) if after is None else min(_day(after) - _DAY, newest(now))


def _day(after: str) -> date:
    try:
        day = date.fromisoformat(after)
    except ValueError:
        day = None
    if day is None or day == date.min or day.isoformat() != after:  # fromisoformat reads 20261119 and 2026-W47-4 too
        raise InvalidRequestError(f"after={after!r} is no cursor of FINRA's; it is a day, such as '2026-11-19': older rows follow")
    return day
