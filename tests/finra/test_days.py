"""Which days may have a file, and what a cursor says."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import islice

import pytest

from brokerport import InvalidRequestError
from brokerport_finra.days import SINCE, newest, start, weekdays

FRIDAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("now", "day"),
    [
        (datetime(2026, 11, 20, 22, 59, tzinfo=UTC), date(2026, 11, 19)),  # 17:59 in New York, in winter
        (datetime(2026, 11, 20, 23, 0, tzinfo=UTC), FRIDAY),
        (datetime(2026, 11, 21, 4, 59, tzinfo=UTC), FRIDAY),
        (datetime(2026, 7, 1, 21, 59, tzinfo=UTC), date(2026, 6, 30)),  # in summer
        (datetime(2026, 7, 1, 22, 0, tzinfo=UTC), date(2026, 7, 1)),
    ],
)
def test_a_days_file_is_due_at_six_in_new_york(now: datetime, day: date) -> None:
    assert newest(now) == day


def test_saturdays_and_sundays_are_left_out() -> None:
    assert [day.day for day in islice(weekdays(date(2026, 11, 22)), 7)] == [20, 19, 18, 17, 16, 13, 12]


def test_the_first_day_of_all_is_the_last() -> None:
    assert list(weekdays(date(2018, 8, 3)))[-1] == SINCE == date(2018, 8, 1)
    assert list(weekdays(date(2018, 7, 31))) == []


def test_older_days_follow_a_cursor() -> None:
    now = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
    assert start(None, now) == FRIDAY
    assert start("2026-11-19", now) == date(2026, 11, 18)
    assert start("2199-01-01", now) == FRIDAY


@pytest.mark.parametrize("after", ["20261119", "2026-W47-4", "yesterday", "2026-11-31", "2026-1-2", "-1", "0001-01-01", "2026-11-19T00:00"])
def test_what_is_no_day_is_no_cursor(after: str) -> None:
    with pytest.raises(InvalidRequestError, match="is no cursor"):
        start(after, datetime(2026, 11, 20, tzinfo=UTC))
