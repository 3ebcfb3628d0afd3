"""The days on which the US stock market is closed: only then is an absent file no row that is missing.

By the rules of the New York Stock Exchange, since 2018; days of mourning have none, and are known afterwards.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

_DAY = timedelta(days=1)
_MONDAY, _THURSDAY, _SATURDAY, _SUNDAY = 0, 3, 5, 6

_JUNETEENTH = 2022  # the first year in which it is one
_MOURNING = frozenset({date(2018, 12, 5), date(2025, 1, 9)})  # for the presidents Bush and Carter


def closed(day: date) -> bool:
    """Whether there was, or will be, no trading on ``day``."""
    return day.weekday() >= _SATURDAY or day in _MOURNING or day in _holidays(day.year)


@cache
def _holidays(year: int) -> frozenset[date]:
    new_year = date(year, 1, 1)
    fixed = [date(year, 7, 4), date(year, 12, 25)] + [date(year, 6, 19)] * (year >= _JUNETEENTH)
    return frozenset(
        {
            new_year + _DAY if new_year.weekday() == _SUNDAY else new_year,  # of a Saturday no Friday is taken: it is the old year's
            _nth(year, 1, _MONDAY, 3),  # Martin Luther King's day
            _nth(year, 2, _MONDAY, 3),  # Washington's birthday
            _easter(year) - 2 * _DAY,  # Good Friday
            _nth(year, 6, _MONDAY, 1) - 7 * _DAY,  # Memorial Day, the last Monday of May
            _nth(year, 9, _MONDAY, 1),  # Labor Day
            _nth(year, 11, _THURSDAY, 4),  # Thanksgiving
            *map(_observed, fixed),
        }
    )


def _observed(day: date) -> date:
    """Of a Saturday the Friday before, of a Sunday the Monday after."""
    return day + {_SATURDAY: -_DAY, _SUNDAY: _DAY}.get(day.weekday(), timedelta())


def _nth(year: int, month: int, weekday: int, number: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (number - 1))


def _easter(year: int) -> date:
    """The Sunday, by the method of Meeus, Jones and Butcher."""
    century, rest = divmod(year, 100)
    moon = (19 * (year % 19) + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    week = (32 + 2 * (century % 4) + 2 * (rest // 4) - moon - rest % 4) % 7
    late = (year % 19 + 11 * moon + 22 * week) // 451
    month, day = divmod(moon + week - 7 * late + 114, 31)
    return date(year, month, day + 1)
