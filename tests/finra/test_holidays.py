"""The days on which the US market is closed, as the exchange published them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from brokerport_finra.holidays import closed

PUBLISHED = {
    2018: "01-01 01-15 02-19 03-30 05-28 07-04 09-03 11-22 12-05 12-25",
    2019: "01-01 01-21 02-18 04-19 05-27 07-04 09-02 11-28 12-25",
    2020: "01-01 01-20 02-17 04-10 05-25 07-03 09-07 11-26 12-25",
    2021: "01-01 01-18 02-15 04-02 05-31 07-05 09-06 11-25 12-24",
    2022: "01-17 02-21 04-15 05-30 06-20 07-04 09-05 11-24 12-26",  # New Year's Day was a Saturday
    2023: "01-02 01-16 02-20 04-07 05-29 06-19 07-04 09-04 11-23 12-25",
    2024: "01-01 01-15 02-19 03-29 05-27 06-19 07-04 09-02 11-28 12-25",
    2025: "01-01 01-09 01-20 02-17 04-18 05-26 06-19 07-04 09-01 11-27 12-25",
    2026: "01-01 01-19 02-16 04-03 05-25 06-19 07-03 09-07 11-26 12-25",
    2027: "01-01 01-18 02-15 03-26 05-31 06-18 07-05 09-06 11-25 12-24",
}


@pytest.mark.parametrize(("year", "days"), PUBLISHED.items())
def test_the_holidays_of_a_year_are_those_that_were_published(year: int, days: str) -> None:
    weekdays = [day for number in range(366) if (day := date(year, 1, 1) + timedelta(days=number)).year == year and day.weekday() < 5]
    assert [f"{day:%m-%d}" for day in weekdays if closed(day)] == days.split()


def test_saturdays_and_sundays_are_closed() -> None:
    assert [closed(date(2026, 11, day)) for day in range(20, 24)] == [False, True, True, False]


@pytest.mark.parametrize("year", [1, 1583, 9998, 9999])
def test_any_year_has_some(year: int) -> None:
    assert closed(date(year, 7, 4)) or closed(date(year, 7, 3)) or closed(date(year, 7, 5))
