"""Pages of a history that its source gives all at once."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brokerport import BadReplyError, InvalidRequestError, ShortInterest, ShortVolume
from brokerport.kit.page import Page, page_of

NEWEST = date(2026, 11, 20)
DAYS = [NEWEST - timedelta(days=age) for age in range(10)]
ROWS = [ShortVolume(day=day, short_volume=day.day) for day in DAYS]


def page(limit: int | None = None, after: str | None = None, rows: list[ShortVolume] = ROWS) -> Page[ShortVolume]:
    return page_of(rows, limit=limit, after=after)


def test_a_limit_cuts_the_oldest_rows_off_and_the_cursor_is_the_day_of_the_last() -> None:
    assert page(3) == Page(tuple(ROWS[:3]), "2026-11-18")
    assert page(4, "2026-11-18") == Page(tuple(ROWS[3:7]), "2026-11-14")


@pytest.mark.parametrize(
    ("limit", "after", "rows"), [(None, None, 10), (10, None, 10), (11, None, 10), (3, "2026-11-14", 3), (None, "2026-11-14", 3)]
)
def test_the_last_page_has_no_cursor(limit: int | None, after: str | None, rows: int) -> None:
    assert (len(page(limit, after).rows), page(limit, after).cursor) == (rows, None)


def test_nothing_has_one_page_and_so_has_what_is_older_than_all() -> None:
    assert page(3, rows=[]) == page(3, "2020-01-01") == Page((), None)


@given(st.permutations(ROWS))
def test_rows_may_come_in_any_order(rows: list[ShortVolume]) -> None:
    assert page(None, None, rows).rows == tuple(ROWS)


@given(st.integers(1, 4), st.integers(0, 2**32))
def test_rows_that_appear_between_pages_move_none(size: int, seed: int) -> None:
    random, known, seen, after = Random(seed), list(ROWS), list[ShortVolume](), None
    while True:
        part = page(size, after, known)
        seen += part.rows
        if (after := part.cursor) is None:
            break
        known.insert(random.randrange(len(known)), ShortVolume(day=NEWEST + timedelta(days=len(known))))
    assert seen == ROWS


def test_another_field_may_be_the_day() -> None:
    rows = [{"settled": date(2026, 1, day)} for day in (1, 3, 2)]
    assert page_of(rows, limit=1, after=None, day=lambda row: row["settled"]) == Page(({"settled": date(2026, 1, 3)},), "2026-01-03")


@pytest.mark.parametrize("after", ["20261119", "2026-W47-4", "yesterday", "2026-11-31", "2026-1-2", "-1", "", "2026-11-19T00:00"])
def test_what_is_no_day_is_no_cursor(after: str) -> None:
    with pytest.raises(InvalidRequestError, match=f"^after='{after}' is no cursor; it is a day"):
        page(3, after)


def test_the_first_day_of_the_calendar_is_a_cursor_with_nothing_behind_it() -> None:
    assert page(3, "0001-01-01") == Page((), None)


@pytest.mark.parametrize(
    ("row", "said"), [(ShortInterest(day=None), "a row has no day"), (ShortInterest(day=NEWEST), "two rows are of 2026-11-20")]
)
def test_rows_that_cannot_be_told_apart_are_a_bad_reply(row: ShortInterest, said: str) -> None:
    with pytest.raises(BadReplyError, match=said):
        page_of([ShortInterest(day=NEWEST, short_shares=1), row], limit=None, after=None)
