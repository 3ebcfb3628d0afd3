"""Whether the days and times of an answer can be: in order, on days of trading, none to come, and further back when asked for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Any

from brokerport import History, Market, Question
from brokerport.models import columns
from brokerport.testing.about import market
from brokerport.testing.figures import MANY, described
from brokerport.testing.shape import leaves

AHEAD = timedelta(hours=1)  # that the broker's clock may be before ours
#: where nobody trades on a Saturday or a Sunday
FREE_AT_WEEKENDS = frozenset(map(Market, ("HK", "US", "SH", "SZ", "SG", "JP", "AU", "MY", "CA")))
_FRIDAY = 4  # by ``weekday``
_WORKING = frozenset(range(_FRIDAY + 1))


def out_of_order(question: Question[..., Any], answer: Any) -> Iterator[str]:
    """Rows of a history that are newer than the one before, and rows that come a second time."""
    keys = [key for row in answer.rows if any(key := tuple(getattr(row, name, None) for name in question.rows))]
    if isinstance(answer, History):
        times = [time for key in keys if (time := next((each for each in key if isinstance(each, date)), None))]
        yield from (f"after {before} comes {after}" for before, after in pairwise(times) if after > before)
    yield from (f"{', '.join(map(str, key))} comes again" for place, key in enumerate(keys) if key in keys[:place])


def shifted(question: Question[..., Any], answer: Any) -> Iterator[str | None]:
    """For a daily history: a day of a weekend, though some weekday never comes, as when midnight is read in another zone; else None.

    Calendar days without a gap, weekends too, are somebody's made-up data and tell nothing.
    """
    days = [day for row in getattr(answer, "rows", ()) for name in question.rows if type(day := getattr(row, name, None)) is date]
    if market(answer) in FREE_AT_WEEKENDS and len(days) >= MANY and abs(median(_gaps(days))) == 1:
        weekend = next((day for day in days if day.weekday() not in _WORKING), None)
        missing = _WORKING - {day.weekday() for day in days}
        yield f"it has {weekend}, a {weekend:%A}, and some day of the working week never" if weekend and missing else None


def elsewhere(answer: Any) -> Iterator[str | None]:
    """For each time that an answer tells: that it is in another zone than its market's; None where it is in it."""
    for path, time in leaves(answer, type(answer).__name__):
        if isinstance(time, datetime) and ".source." not in path and market(answer):
            there = time.astimezone(columns.zone(answer))
            yield f"{path} is {time}, which in its market's zone is {there}" if time.utcoffset() != there.utcoffset() else None


def ahead_of_time(question: Question[..., Any], answer: Any, now: datetime) -> Iterator[str]:
    """Days and times that are to come, by the calendar of the market."""
    latest = now + AHEAD
    today = latest.astimezone(columns.zone(answer)).date()
    for path, name, value in described(question, answer):
        if isinstance(value, date) and name not in question.sense.ahead and value > (latest if isinstance(value, datetime) else today):
            yield f"{path} is {value}, which is to come"


def _gaps(days: list[date]) -> list[int]:
    return [(before - after).days for before, after in pairwise(days)]
