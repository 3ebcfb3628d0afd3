"""Whether the figures of an answer can be: none that stands for nothing, none below zero, no part that is more than its whole."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from math import isfinite
from typing import Any

from brokerport import Paged, Question
from brokerport.testing.about import about
from brokerport.testing.shape import column, leaves

#: what brokers write where they have nothing, and where we say None
STAND_INS: dict[type, frozenset[Any]] = {
    str: frozenset({"", "-", "--", "N/A", "n/a", "NaN", "nan", "None", "null"}),
    int: frozenset({2**31 - 1, -(2**31), 2**63 - 1, -(2**63), 2**64 - 1}),
    date: frozenset({date.min, date.max, date(1900, 1, 1), date(1970, 1, 1)}),
}
MANY = 10  # rows in which a figure is 0 in each: then it is what the broker writes for nothing
TOLERANCE = 0.1  # percentage points: brokers round, and some leave a part of the volume out


def described(question: Question[..., Any], answer: Any) -> Iterator[tuple[str, str, Any]]:
    """Path, column and value of what the question's ``columns`` describe; of a further field of a subclass nothing is known."""
    for path, value in leaves(answer, type(answer).__name__):
        if (name := column(path)) in question.columns:
            yield path, name, value


def stand_ins(answer: Any) -> Iterator[str]:
    """Values that stand for nothing."""
    for path, value in leaves(answer, type(answer).__name__):
        endless = isinstance(value, float) and not isfinite(value)
        if endless or value in STAND_INS.get(type(value), ()):
            yield f"{path} is {value!r}; where the broker says nothing it has to be None"


def zero_columns(question: Question[..., Any], answer: Any) -> Iterator[str]:
    """Figures that are 0 in every row of many: symbols that have data have some."""
    figures = defaultdict[str, list[int | float]](list)
    for _, name, value in described(question, answer) if isinstance(answer, Paged) else ():
        if type(value) in (int, float):
            figures[name].append(value)
    for name in sorted(figures.keys() - question.sense.sparse):
        if len(figures[name]) >= MANY and not any(figures[name]):
            yield f"{name} is {figures[name][0]!r} in every row of {about(answer)}; where the broker says nothing it has to be None"


def below_zero(question: Question[..., Any], answer: Any) -> Iterator[str]:
    """Counts, prices, turnover and percents that are negative."""
    for path, name, value in described(question, answer):
        if type(value) in (int, float) and value < 0 and name not in question.sense.signed:
            yield f"{path} is {value!r} and cannot be below zero"


def too_large_parts(question: Question[..., Any], answer: Any) -> Iterator[str]:
    """Figures that are above those that they are a part of, such as shares beside a volume of 0 or in another unit."""
    for record in answer.to_dicts():
        for part, whole in question.sense.parts.items():
            some, everything = record[part], record[whole]
            if None not in (some, everything) and some > everything:
                yield f"{_row(question, record)}: {part} is {some!r}, and {whole} is {everything!r}; a part cannot be more"


def percentages(question: Question[..., Any], answer: Any) -> Iterator[str | None]:
    """What is wrong with each percentage that can be reckoned, such as 0.12 for 12 %; None where nothing is."""
    for record in answer.to_dicts():
        for name, (part, whole) in question.sense.percents.items():
            percent, some, everything = record[name], record[part], record[whole]
            if None not in (percent, some) and everything:
                reckoned = 100 * some / everything
                said = f"{_row(question, record)}: {name} is {percent!r}, and 100 * {part} / {whole} is {reckoned:.4g}"
                yield said if abs(percent - reckoned) > TOLERANCE else None


def _row(question: Question[..., Any], record: dict[str, Any]) -> str:
    """Which record it is, to people."""
    return ", ".join(str(record[name]) for name in question.rows if name in record) or question.name
