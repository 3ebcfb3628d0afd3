"""Which days may have a file of FINRA's."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import islice

import pytest

from brokerport_finra import FinraSettings
from brokerport_finra.files import FinraFiles

FILES = FinraFiles(FinraSettings())
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
    assert FILES.newest(now) == day


def test_saturdays_and_sundays_are_left_out() -> None:
    assert [day.day for day in islice(FILES.days(date(2026, 11, 22)), 7)] == [20, 19, 18, 17, 16, 13, 12]


def test_the_first_day_of_all_is_the_last() -> None:
    assert [*FILES.days(date(2018, 8, 3))][-1] == FILES.since == date(2018, 8, 1)
