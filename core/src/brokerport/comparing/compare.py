"""Asks two brokers the same, and compares their answers figure by figure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from enum import Enum
from typing import Any, TypeAlias

import attrs
from attrs import evolve, frozen

from brokerport.client.client import Client
from brokerport.comparing import figures
from brokerport.comparing.comparison import Comparison, Difference, DifferenceKind, Figure, Only
from brokerport.errors import BrokerportError, InvalidRequestError
from brokerport.questions import About, Question, Subject
from brokerport.questions.asked import Asked
from brokerport.reading import shown

_Record: TypeAlias = dict[str, Figure]

TOLERANCE = 0.005  # of the larger figure: what rounding to three digits does

_APART = ("symbol", "market", "source", "cursor", "missing", "rows")  # what was asked, by whom, where to go on; rows are records


def compare(
    first: Client,
    second: Client,
    question: str | Question[..., Any],
    subject: object = None,
    *,
    tolerance: float = TOLERANCE,
    timeout: float | None = None,
    **arguments: Any,
) -> Comparison:
    """Ask both brokers the same, and compare their answers figure by figure.

    The first is asked, then the second; if they disagree, the first once more, so that the second's moment lies between two of
    the first's. A figure that agrees with either, or lies between them, has only moved.

    Args:
        first: The broker in use.
        second: The broker to switch to.
        question: Such as ``"short_volume"``, or ``SHORT_VOLUME``.
        subject: What it is about: ``"US.TSLA"``, or a market; nothing for a question about nothing.
        tolerance: How far apart two numbers may be, as a part of the larger; 0 for not at all.
        timeout: Seconds that each answer may take.
        arguments: What the question takes beside: ``limit``, ``days_before``; not ``after``, for a cursor is one broker's own.

    Raises:
        InvalidRequestError: There is no such question, argument or tolerance; nothing was sent.
        BrokerportError: What a broker failed with; a note names the broker.
    """
    known = question if isinstance(question, Question) else first.question(question)
    about = () if known.about is About.NOTHING else (subject,)
    asked = _checked(known, about, arguments, tolerance)

    def ask(client: Client) -> Any:
        try:
            return client.ask(known, *about, timeout=timeout, **arguments)
        except BrokerportError as error:
            error.add_note(f"{client.broker} failed while {first.broker} was compared with {second.broker}")
            raise

    case = _Case(known, asked.subject, (first.broker, second.broker), tolerance)
    before, theirs = ask(first), ask(second)
    found = case.compared(before, theirs)
    return found if found.agrees else _settled(found, case.compared(ask(first), theirs))


def _settled(before: Comparison, after: Comparison) -> Comparison:
    """What holds against two answers of the first broker, and is not on the way from one to the other."""
    earlier = {(each.row, each.field): each for each in before.differences}
    stand = [(each, earlier[each.row, each.field]) for each in after.differences if (each.row, each.field) in earlier]
    return evolve(
        after,
        only_first=evolve(after.only_first, rows=_both(after.only_first.rows, before.only_first.rows)),
        only_second=evolve(after.only_second, rows=_both(after.only_second.rows, before.only_second.rows)),
        differences=tuple(_moving(each, was.first) for each, was in stand if not figures.between(was.first, each.second, each.first)),
    )


@frozen
class _Case:
    """Who is asked what, and how exact the answers should be."""

    question: Question[..., Any]
    subject: Subject
    brokers: tuple[str, str]
    tolerance: float

    def compared(self, ours: Any, theirs: Any) -> Comparison:
        """Two answers, record by record."""
        keys = self.question.rows
        mine, others = _records(ours, keys), _records(theirs, keys)
        pairs = {row: (_record(row, mine[row], keys), _record(row, others[row], keys)) for row in mine if row in others}
        told, theirs_told = (_told(pair[place] for pair in pairs.values()) for place in (0, 1))
        shared = _both(told, theirs_told)
        return Comparison(
            question=self.question.name,
            symbol=self.subject,
            brokers=self.brokers,
            sources=(ours.source, theirs.source),
            tolerance=self.tolerance,
            matched=len(pairs) - 1 if hasattr(ours, "rows") else 1,
            shared=shared,
            only_first=_only(told, shared, mine, others, cut=_goes_on(theirs)),
            only_second=_only(theirs_told, shared, others, mine, cut=_goes_on(ours)),
            differences=tuple(_differences(pairs, shared, self.tolerance)),
        )


def _checked(question: Question[..., Any], about: tuple[object, ...], arguments: Mapping[str, object], tolerance: float) -> Asked:
    takes = question.said.parameters.keys() - {question.about.value, "after"}
    if surplus := arguments.keys() - takes:
        told = ", ".join(sorted(takes)) or "nothing more"
        raise InvalidRequestError(f"to compare, {question.name} takes {told}, not {', '.join(sorted(surplus))}")
    if isinstance(tolerance, bool) or not isinstance(tolerance, int | float) or not 0 <= tolerance < 1:
        raise InvalidRequestError(
            f"tolerance={shown.value(tolerance)} cannot be; pass a part of the larger figure, such as 0.005 for 0.5 %"
        )
    return question.asked(about, dict(arguments))


# Records and what they tell


def _records(answer: Any, keys: tuple[str, ...]) -> dict[str | None, Any]:
    """The answer itself under None, and its rows by what tells them apart; rows that nothing tells apart, by place."""
    seen = Counter[str]()
    records: dict[str | None, Any] = {None: answer}
    for row in getattr(answer, "rows", ()):
        key = " ".join("-" if (value := getattr(row, name)) is None else str(value) for name in _key(row, keys))
        seen[key] += 1
        records[key if key and seen[key] == 1 else f"{key} #{seen[key]}".strip()] = row
    return records


def _key(row: Any, keys: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in keys if name in attrs.fields_dict(type(row)))


def _record(row: str | None, record: Any, keys: tuple[str, ...]) -> _Record:
    """The figures of a record, but for what it was found by."""
    known = _APART if row is None else _key(record, keys)
    return {name: value for field in attrs.fields_dict(type(record)) if field not in known for name, value in _leaves(field, record, field)}


def _leaves(field: str, record: Any, name: str) -> Iterator[tuple[str, Figure]]:
    """A field's figure, or those of the value in it, by the names of their columns."""
    value = getattr(record, field)
    if attrs.has(type(value)):
        for inner in attrs.fields_dict(type(value)):
            yield from _leaves(inner, value, f"{name}_{inner}")
    else:
        yield name, value.value if isinstance(value, Enum) else value


def _told(records: Iterable[_Record]) -> tuple[str, ...]:
    """The fields that are told at least once, in the order of the model."""
    told: dict[str, bool] = {}
    for record in records:
        told |= {name: told.get(name, False) or value is not None for name, value in record.items()}
    return tuple(name for name, true in told.items() if true)


def _only(
    told: Collection[str], shared: Collection[str], mine: Mapping[str | None, Any], others: Mapping[str | None, Any], *, cut: bool
) -> Only:
    """What ``mine`` tell alone; ``cut`` when the other has older rows that were not asked for."""
    days = [row.day for row in others.values() if getattr(row, "day", None)]
    found: dict[str, list[str]] = {"rows": [], "newer": [], "older": []}
    for key, row in mine.items():
        if key is not None and key not in others:
            found[_place(getattr(row, "day", None), days)].append(key)
    if cut:
        found["older"].clear()
    return Only(fields=tuple(name for name in told if name not in shared), **{place: tuple(keys) for place, keys in found.items()})


def _place(day: Any, days: Collection[Any]) -> str:
    """Where a day lies that is not among ``days``: after them, before them, or in a gap of theirs."""
    if day is None or not days:
        return "rows"
    return "newer" if day > max(days) else "older" if day < min(days) else "rows"


def _goes_on(answer: Any) -> bool:
    return getattr(answer, "cursor", None) is not None


def _both(names: Iterable[str], others: Collection[str]) -> tuple[str, ...]:
    return tuple(name for name in names if name in others)


# Figures side by side


def _differences(pairs: Mapping[str | None, tuple[_Record, _Record]], shared: Iterable[str], tolerance: float) -> Iterator[Difference]:
    fields = tuple(shared)
    for row, (ours, theirs) in pairs.items():
        for field in fields:
            first, second = ours.get(field), theirs.get(field)
            if not figures.alike(field, first, second, tolerance):
                kind = DifferenceKind.UNTOLD if first is None or second is None else DifferenceKind.DIFFERS
                yield Difference(row=row, field=field, kind=kind, first=first, second=second, relative=figures.relative(first, second))


def _moving(difference: Difference, before: Figure) -> Difference:
    """The difference; marked when the first broker's own figure has changed."""
    return difference if figures.same(before, difference.first) else evolve(difference, kind=DifferenceKind.MOVING)
