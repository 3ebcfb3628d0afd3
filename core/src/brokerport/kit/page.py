"""One page of a history, where the source gives all of its rows at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from operator import attrgetter
from typing import Generic, TypeVar

from attrs import frozen

from brokerport.errors import BadReplyError
from brokerport.kit.cursor import day_of

Row = TypeVar("Row")


@frozen
class Page(Generic[Row]):
    """What an answer takes from it."""

    rows: tuple[Row, ...]  #: newest first
    cursor: str | None  #: the day of the last row; None when there is nothing older


def page_of(
    rows: Iterable[Row], *, limit: int | None, after: str | None, day: Callable[[Row], date | None] = attrgetter("day")
) -> Page[Row]:
    """The newest ``limit`` of ``rows`` (None: all of them), or of those before the day that the cursor ``after`` names.

    The rows may come in any order. A cursor is a day and no place in a list: what is published between two pages moves no row from one to
    the other.

    Raises:
        InvalidRequestError: The cursor is no day.
        BadReplyError: A row has no day, or another row's: a page that ended between the two would lose one of them.
    """
    before = None if after is None else day_of(after)
    days = _by_day(rows, day)
    found = [each for each in days if before is None or each < before]
    taken = found[:limit]
    return Page(tuple(days[each] for each in taken), taken[-1].isoformat() if len(taken) < len(found) else None)


def _by_day(rows: Iterable[Row], day: Callable[[Row], date | None]) -> dict[date, Row]:
    """Newest first."""
    found: dict[date, Row] = {}
    for row in rows:
        of = day(row)
        if of is None:
            raise BadReplyError(f"a row has no day: {row}")
        if of in found:
            raise BadReplyError(f"two rows are of {of}: {found[of]} and {row}")
        found[of] = row
    return dict(sorted(found.items(), key=lambda each: each[0], reverse=True))
