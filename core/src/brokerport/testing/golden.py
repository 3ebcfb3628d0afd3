"""Golden answers: what the author of a plugin read on the broker's own pages, as far as he wrote it down.

By question and what it is about, one record or several, each with the names of ``to_dicts()``::

    expected = {
        ("short_volume", "US.TSLA"): [
            {"day": "2026-01-30", "short_volume": 7_500, "short_percent": approx(30, abs=0.005)},
            {"limit": 60, "day": "2025-11-28", "volume": 25_000},
        ],
        ("short_volume", "HK.00700"): {"open_short_shares": 26_238_520, "open_short_day": "2025-11-07"},
    }

A row is the first one that has the same day, or whatever else tells the rows of its question apart. Arguments of the question, such as
``days_before`` and ``limit``, are asked with. Days and times may be ISO text; ``pytest.approx`` says how near is near enough.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from math import isclose
from typing import Any, TypeAlias

from attrs import evolve, field, frozen

from brokerport import Question
from brokerport.testing.examples import Example
from brokerport.testing.shape import column, leaves

Record: TypeAlias = Mapping[str, Any]
Expected: TypeAlias = Mapping[str | tuple[str, str], Record | Sequence[Record]]


@frozen
class Golden:
    """One record that an answer is expected to have."""

    question: str
    subject: str | None  #: None for a question about nothing
    record: Record = field(hash=False)

    def asked(self, example: Example) -> Example:
        """What to ask, where the example is of the same question."""
        arguments = {name: value for name, value in self.record.items() if name in example.question.said.parameters}
        return evolve(example, subject=self.subject, arguments={**example.arguments, **arguments})

    def differences(self, question: Question[..., Any], answer: Any) -> Iterator[str]:
        """What the answer says otherwise."""
        records: list[Record] = answer.to_dicts()
        has_rows, own = hasattr(answer, "rows"), _own(answer)
        key = {name: value for name, value in self.record.items() if has_rows and name in question.rows}
        found: Record = next((each for each in records if all(_same(each.get(name), value) for name, value in key.items())), {})
        told = {**own, **found}
        wanted = {name: value for name, value in self.record.items() if name in told or name not in question.said.parameters}
        if key and not found:
            yield f"none of its {len(records)} rows has {_said(key)}"
        elif strange := sorted(wanted.keys() - told.keys()):
            yield f"expected has {', '.join(strange)}; there are {', '.join(sorted(told))}"
        elif has_rows and not key and not wanted.keys() <= own.keys():
            yield f"expected has to name a row by its {' and '.join(question.rows)}"
        else:
            yield from _apart(wanted, told, _said(key))


def goldens(expected: Expected) -> Iterator[Golden]:
    """Each record that is expected."""
    for key, records in expected.items():
        question, subject = (key, None) if isinstance(key, str) else key
        yield from (Golden(question, subject, record) for record in ([records] if isinstance(records, Mapping) else records))


def _own(answer: Any) -> Record:
    """What belongs to no row, by the names of columns."""
    return {column(path): value for path, value in leaves(answer, "answer") if ".rows[" not in path}


def _apart(expected: Record, told: Record, row: str) -> Iterator[str]:
    where = f"in the row with {row}, " if row else ""
    for name, wanted in expected.items():
        if not _same(told[name], wanted):
            yield f"{where}{name} is {told[name]!r}, and expected is {wanted!r}"


def _same(value: Any, wanted: Any) -> bool:
    if isinstance(value, date) and isinstance(wanted, str):
        return bool(value == type(value).fromisoformat(wanted))
    if type(value) in (int, float) and type(wanted) in (int, float):
        return isclose(value, wanted, rel_tol=1e-9)  # no more than binary fractions differ
    return bool(value == wanted)


def _said(record: Record) -> str:
    return " and ".join(f"{name} {value}" for name, value in record.items())
