"""What is wrong with an answer about a day before the present one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from brokerport import Question
from brokerport.testing.figures import described
from brokerport.testing.shape import leaves


def same_day(later: Any, earlier: Any) -> Iterator[str]:
    """How the answer about an earlier day is that about the later one, in words."""
    times = [
        {path: value for path, value in _told(answer) if isinstance(value, date) and ".rows[" not in path} for answer in (later, earlier)
    ]
    both = sorted(times[0].keys() & times[1].keys())
    if both and not any(_day(times[0][path]) > _day(times[1][path]) for path in both):
        yield f"is of {times[1][both[0]]}, and of {times[0][both[0]]}"
    said = [[each for each in _told(answer) if not isinstance(each[1], date | bool)] for answer in (later, earlier)]
    if getattr(later, "rows", True) and said[0] == said[1]:
        yield "says the same as"


def not_past(question: Question[..., Any], answer: Any) -> Iterator[str]:
    """What only the present day has."""
    for path, name, value in described(question, answer):
        if name in question.sense.present and value is not None and value is not False:
            yield f"{path} is {value!r}, which is of the present day only"


def _told(answer: Any) -> Iterator[tuple[str, Any]]:
    """All that an answer says, but where it comes from."""
    return ((path, value) for path, value in leaves(answer, "answer") if ".source." not in path)


def _day(time: date) -> date:
    return date(time.year, time.month, time.day)
