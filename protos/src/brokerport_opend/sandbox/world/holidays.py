"""Weekdays without trading: Hong Kong's and the United States', and New Year's Day elsewhere.

Half days are whole days here, and a typhoon closes nothing.
"""

from __future__ import annotations

from calendar import MONDAY, SATURDAY, SUNDAY, THURSDAY
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import cache

# Those that follow the moon, by year: a table, as no rule in a few lines gives them. Other years go without.
_LUNAR = {
    2023: "01-23 01-24 01-25 04-05 05-26 06-22 10-23",
    2024: "02-12 02-13 04-04 05-15 06-10 09-18 10-11",
    2025: "01-29 01-30 01-31 04-04 05-05 10-07 10-29",
    2026: "02-17 02-18 02-19 04-07 05-25 06-19 10-19",
    2027: "02-08 02-09 04-05 05-13 06-09 09-16 10-08",
    2028: "01-26 01-27 01-28 04-04 05-02 05-29 10-03 10-26",
}


@cache
def holidays(market: str, year: int) -> frozenset[date]:
    """The holidays of a market, by the prefix of its symbols, that fall on weekdays of a year."""
    return frozenset(_RULES.get(market, _elsewhere)(year))


def _hong_kong(year: int) -> Iterator[date]:
    for month, day in ((1, 1), (5, 1), (7, 1), (10, 1), (12, 25), (12, 26)):
        yield _not_on_sunday(date(year, month, day))
    yield easter(year) - timedelta(2)
    yield easter(year) + timedelta(1)
    yield from (date.fromisoformat(f"{year}-{day}") for day in _LUNAR.get(year, "").split())


def _united_states(year: int) -> Iterator[date]:
    yield _not_on_sunday(date(year, 1, 1))  # on a Saturday it closes nothing
    yield _nth(year, 1, MONDAY, 3)  # Martin Luther King
    yield _nth(year, 2, MONDAY, 3)  # presidents
    yield easter(year) - timedelta(2)
    yield _nth(year, 6, MONDAY, 1) - timedelta(7)  # Memorial Day, the last of May
    yield from (_observed(date(year, month, day)) for month, day in ((6, 19), (7, 4), (12, 25)))
    yield _nth(year, 9, MONDAY, 1)  # Labor Day
    yield _nth(year, 11, THURSDAY, 4)  # Thanksgiving


def _elsewhere(year: int) -> Iterator[date]:
    yield date(year, 1, 1)


def easter(year: int) -> date:
    """Easter Sunday, by Gauss's rule as Meeus and Jones gave it."""
    century, of_century = divmod(year, 100)
    golden = year % 19
    epact = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (of_century // 4) - epact - of_century % 4) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def _nth(year: int, month: int, weekday: int, n: int) -> date:
    first = date(year, month, 1)
    return first + timedelta((weekday - first.weekday()) % 7 + 7 * (n - 1))


def _not_on_sunday(day: date) -> date:
    return day + timedelta(day.weekday() == SUNDAY)


def _observed(day: date) -> date:
    return day - timedelta(1) if day.weekday() == SATURDAY else _not_on_sunday(day)


_RULES: dict[str, Callable[[int], Iterator[date]]] = {"HK": _hong_kong, "US": _united_states}
