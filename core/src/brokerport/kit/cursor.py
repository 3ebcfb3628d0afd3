"""Cursors that are days: the rows before that day follow, whatever has become known since."""

from __future__ import annotations

from datetime import date

from brokerport.errors import InvalidRequestError


def day_of(cursor: str) -> date:
    """The day that a cursor names.

    Raises:
        InvalidRequestError: It names none.
    """
    try:
        day = date.fromisoformat(cursor)
    except ValueError:
        day = None
    if day is None or day.isoformat() != cursor:  # fromisoformat reads 20261119 and 2026-W47-4 too
        raise InvalidRequestError(f"after={cursor!r} is no cursor; it is a day, such as '2026-11-19': older rows follow")
    return day
