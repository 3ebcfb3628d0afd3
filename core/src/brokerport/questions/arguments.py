"""What callers pass in, checked before anything is sent."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from difflib import get_close_matches
from operator import index

from brokerport.errors import InvalidRequestError
from brokerport.questions.providers import QUESTIONS

FARTHEST_DAY = 36_525  # trading days; a century and more
_LONGEST_WAIT = sys.float_info.max  # above it come infinity, and integers that no clock can count


def question(value: str) -> str:
    """The name of a question, which is that of the client's method."""
    if isinstance(value, str) and value in QUESTIONS:
        return value
    raise InvalidRequestError(f"there is no question {value!r}; {near(value, QUESTIONS)}there are {', '.join(QUESTIONS)}")


def limit(value: int | None) -> int | None:
    """A number of rows from 1 up, or None for all."""
    if value is None:
        return None
    return _whole("limit", value, lowest=1, hint="a number of rows from 1 up, or None for all pages")


def days_before(value: int) -> int:
    """A number of trading days back, 0 for the present day."""
    days = _whole("days_before", value, lowest=0, hint="0 for the present day, n for the n-th trading day before it")
    if days > FARTHEST_DAY:
        raise InvalidRequestError(f"days_before={days} is further back than any market's records; at most {FARTHEST_DAY:,}")
    return days


def cursor(value: str | None) -> str | None:
    """The ``cursor`` of an earlier history, or None to begin with the newest row."""
    if value is None or (isinstance(value, str) and value):
        return value
    raise InvalidRequestError(f"after={value!r} is no cursor; pass the .cursor of an earlier history, or None to begin with the newest row")


def seconds(value: float) -> float:
    """A positive, finite number of seconds."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= _LONGEST_WAIT:
        raise InvalidRequestError(f"timeout={value!r} is no time to wait; pass seconds above 0, such as 2.5")
    return float(value)


def switch(name: str, value: bool) -> bool:
    """True or False; no number and no text for it."""
    if isinstance(value, bool):
        return value
    raise InvalidRequestError(f"{name}={value!r} must be True or False")


def near(word: object, known: Iterable[str]) -> str:
    """A hint at what ``word`` may be a misspelling of, for the end of an error; empty where nothing is like it."""
    spelt = {each.lower(): each for each in known}
    found = get_close_matches(word.lower(), spelt, n=1) if isinstance(word, str) else ()
    return f"did you mean {spelt[found[0]]!r}? " if found else ""


def _whole(name: str, value: object, *, lowest: int, hint: str) -> int:
    try:
        number = index(value)  # type: ignore[arg-type]  # whatever it is, index() says
    except TypeError as error:
        raise InvalidRequestError(f"{name}={value!r} is no whole number; pass {hint}") from error
    if isinstance(value, bool) or number < lowest:
        raise InvalidRequestError(f"{name}={value!r} cannot be; pass {hint}")
    return number
