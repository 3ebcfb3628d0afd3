"""Times that a server tells: whatever it writes, what is read of them is finite, and no longer than one can wait."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

PAUSE = 30.0  # seconds to leave a server alone that asks for it and does not say how long
LONGEST_PAUSE = 3600.0  # seconds; whoever says more is asked again after that
_LONGEST = 40  # characters of a date
_LONGEST_AGE = 366 * 86400.0  # seconds
_LAST_YEAR = 9000  # one can still count on from there


def pause(headers: Mapping[str, str]) -> float:
    """Seconds to leave the server alone: by Retry-After, which is a number of seconds or a time."""
    told = headers.get("retry-after", "")
    if _is_number(told):
        return min(float(told), LONGEST_PAUSE)  # of too many digits it is infinite, and the other is less
    when = _moment(told)
    return PAUSE if when is None else min(max((when - datetime.now(UTC)).total_seconds(), 0.0), LONGEST_PAUSE)


def told_at(headers: Mapping[str, str]) -> datetime | None:
    """The time by the server's clock; None where it tells none. An answer out of a cache says how long it lay there."""
    when, age = _moment(headers.get("date", "")), headers.get("age", "0")
    return when and when + timedelta(seconds=min(float(age), _LONGEST_AGE) if _is_number(age) else 0)


def _moment(text: str) -> datetime | None:
    try:
        when = parsedate_to_datetime(text) if len(text) <= _LONGEST else None
        return when.replace(tzinfo=when.tzinfo or UTC).astimezone(UTC) if when and when.year < _LAST_YEAR else None
    except (ValueError, TypeError, OverflowError, IndexError):  # whichever it is, it is no date
        return None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()  # digits of other scripts are none of HTTP's
