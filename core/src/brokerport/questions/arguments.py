"""What callers pass in, checked before anything is sent."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date
from enum import Enum
from operator import index
from typing import Annotated, Any, NamedTuple, TypeAlias

from brokerport.errors import InvalidRequestError, near
from brokerport.reading import shown

FARTHEST_DAY = 36_525  # trading days; a century and more
PAGE = 10  # rows, unless the caller says otherwise: what the brokers give when not told
_LONGEST_WAIT = sys.float_info.max  # above it come infinity, and integers that no clock can count


class Argument(NamedTuple):
    """What is done with an argument of a question; it stands in the signature: ``days: Annotated[int, Argument(check, "...")]``."""

    check: Callable[[Any], Any]  #: returns the value as the provider gets it; raises InvalidRequestError
    help: str = ""  #: a line for the command line
    added: bool = False  #: it came after the question: what is not told otherwise is not passed, and a provider need not take it


def limit(value: int | None) -> int | None:
    """A number of rows from 1 up, or None for all."""
    if value is None:
        return None
    return whole("limit", value, lowest=1, hint="a number of rows from 1 up, or None for all pages")


def days_before(value: int) -> int:
    """A number of trading days back, 0 for the present day."""
    days = whole("days_before", value, lowest=0, hint="0 for the present day, n for the n-th trading day before it")
    if days > FARTHEST_DAY:
        raise InvalidRequestError(f"days_before={shown.value(days)} is further back than any market's records; at most {FARTHEST_DAY:,}")
    return days


def cursor(value: str | None) -> str | None:
    """The ``cursor`` of an earlier history, or None to begin with the newest row."""
    if value is None or (isinstance(value, str) and value):
        return value
    raise InvalidRequestError(
        f"after={shown.value(value)} is no cursor; pass the .cursor of an earlier history, or None to begin with the newest row"
    )


def seconds(value: float) -> float:
    """A positive, finite number of seconds."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= _LONGEST_WAIT:
        raise InvalidRequestError(f"timeout={shown.value(value)} is no time to wait; pass seconds above 0, such as 2.5")
    return float(value)


def switch(name: str, value: bool) -> bool:
    """True or False; no number and no text for it."""
    if isinstance(value, bool):
        return value
    raise InvalidRequestError(f"{name}={shown.value(value)} must be True or False")


def whole(name: str, value: object, *, lowest: int | None = None, hint: str = "a whole number") -> int:
    """A whole number, from ``lowest`` up."""
    try:
        number = index(value)  # type: ignore[arg-type]  # whatever it is, index() says
    except TypeError as error:
        raise InvalidRequestError(f"{name}={shown.value(value)} is no whole number; pass {hint}") from error
    if isinstance(value, bool) or (lowest is not None and number < lowest):
        raise InvalidRequestError(f"{name}={shown.value(value)} cannot be; pass {hint}")
    return number


def number(name: str, value: object) -> float:
    """A number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidRequestError(f"{name}={shown.value(value)} is no number")
    return float(value)


def text(name: str, value: object) -> str:
    """A text."""
    if isinstance(value, str):
        return value
    raise InvalidRequestError(f"{name}={shown.value(value)} is no text")


def day(name: str, value: object) -> date:
    """A day, or its ISO text."""
    if type(value) is date:
        return value
    try:
        return date.fromisoformat(text(name, value))
    except ValueError as error:
        raise InvalidRequestError(f"{name}={shown.value(value)} is no day; pass a date, or text such as '2026-01-31'") from error


def choice(name: str, value: object, known: tuple[Any, ...]) -> Any:
    """One of the ``known``."""
    if any(value == each and type(value) is type(each) for each in known):
        return value
    raise InvalidRequestError(
        f"{name}={shown.value(value)} cannot be; {near(value, map(str, known))}there are {', '.join(map(repr, known))}"
    )


def member(name: str, value: object, kind: type[Enum]) -> Enum:
    """A member of an enum, or its value."""
    try:
        return kind(value)
    except ValueError as error:
        known = [each.value for each in kind]
        raise InvalidRequestError(
            f"{name}={shown.value(value)} cannot be; {near(value, map(str, known))}there are {', '.join(map(repr, known))}"
        ) from error


Limit: TypeAlias = Annotated[int | None, Argument(limit, "At most so many rows.")]
After: TypeAlias = Annotated[str | None, Argument(cursor, "Go on from an earlier answer's cursor.")]
DaysBefore: TypeAlias = Annotated[int, Argument(days_before, "0 is the present day, n the n-th trading day before it.")]
