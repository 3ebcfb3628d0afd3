"""A broker's answer as a report."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeAlias

import attrs

from brokerport.cli import promises
from brokerport.cli.report import Report
from brokerport.client.client import Client
from brokerport.models import columns
from brokerport.models.columns import Column
from brokerport.questions import CapitalDistribution, Question
from brokerport.questions.capability import market_of

#: what people see: the rows, and what stands below them
_Layout: TypeAlias = tuple[list[Column], list[Column]]

_NOT_BELOW = {"broker", "fetched_at", "sandbox", "cursor", "missing"}  # they are in the title, or in a note
_SUBJECTS = ("symbol", "market")  # the title has it
_LONGEST_TYPED = 1000  # characters of a cursor
_SIZES = ("extra_large", "large", "medium", "small", "total")


def ask(client: Client, question: Question[..., Any], *subject: object, **arguments: object) -> Any:
    """The answer, checked.

    Raises:
        BrokerportError: As the question does, and PluginError where the answer is not what its class promises.
    """
    answer = client.ask(question, *subject, **arguments)
    promises.check(client.broker, question, answer)
    return answer


def report(question: Question[..., Any], answer: Any) -> Report:
    """The report of any of the results."""
    shown, facts = _LAYOUTS.get(type(answer), _by_row)(answer)
    return Report(
        title=_title(question, answer),
        about=_about(question, answer),
        columns=columns.columns(answer),
        shown=shown,
        facts=facts,
        currency=currency(answer),
        header=question.header,
    )


def notes(answer: Any) -> list[str]:
    """What to know beside the data."""
    cursor, missing = getattr(answer, "cursor", None), getattr(answer, "missing", ())
    told = {
        "sandbox: synthetic data": answer.source.sandbox,
        "no rows": not getattr(answer, "rows", True),
        f"no row, where there should be one: {', '.join(map(str, missing))}": missing,
        f"more rows: {_onward(cursor or '')}": cursor,
    }
    return [text for text, true in told.items() if true]


def _onward(cursor: str) -> str:
    """What to type to go on, where it can be typed."""
    if not cursor.isprintable() or len(cursor) > _LONGEST_TYPED:
        return 'their cursor is not fit for a command line; it is "cursor" of --format json, for programs'
    return f"--after{'=' if cursor.startswith('-') else ' '}{shlex.quote(cursor)}"  # else "--help" would be one of ours


def currency(answer: Any) -> str:
    """What the prices and the turnover of an answer are counted in; empty for one that is of no market."""
    about = _subject(answer)
    return "" if about is None else market_of(about).currency


def _subject(answer: Any) -> Any:
    return next((getattr(answer, name) for name in _SUBJECTS if hasattr(answer, name)), None)


def _title(question: Question[..., Any], answer: Any) -> str:
    source, about = answer.source, _subject(answer)
    moment = source.fetched_at.astimezone(UTC)
    sandbox = ", sandbox (synthetic data)" if source.sandbox else ""
    what = question.title if about is None else f"{question.title} of {about}"
    return f"{what} from {source.broker}, {moment:%Y-%m-%d %H:%M:%S} UTC{sandbox}"


def _about(question: Question[..., Any], answer: Any) -> dict[str, Any]:
    return {"question": question.name, **columns.about(answer)}


def _by_row(answer: Any) -> _Layout:
    """The rows; below them the answer's own fields, but for what it is about."""
    table = [column for column in columns.columns(answer) if column.name not in _SUBJECTS]
    own = attrs.fields_dict(type(answer)) if hasattr(answer, "rows") else {}
    facts = [Column(each.name, each.kind, [getattr(answer, each.name)]) for each in table if each.name in own]
    beside = [_fact(name, value) for name, value in columns.metadata(answer).items() if name not in _NOT_BELOW]
    return [column for column in table if column.name not in own], [fact for fact in facts if fact.values != [None]] + beside


def _fact(name: str, value: Any) -> Column:
    """What stands beside the columns; of several values, their text."""
    told = ", ".join(map(str, value)) if isinstance(value, list | dict) else value
    return Column(name, type(told), [told])


def _by_order_size(answer: CapitalDistribution) -> _Layout:
    """A row for each size of order, and one for all."""
    inflow, outflow = ([getattr(way, size) for size in _SIZES] for way in (answer.inflow, answer.outflow))
    net = [None if None in pair else pair[0] - pair[1] for pair in zip(inflow, outflow, strict=True)]
    table = [Column("order_size", str, [size.replace("_", " ") for size in _SIZES])]
    table += [Column(name, float, values) for name, values in (("inflow", inflow), ("outflow", outflow), ("net", net))]
    return table, [Column("updated_at", datetime, [answer.updated_at])]


_LAYOUTS: dict[type, Callable[[Any], _Layout]] = {CapitalDistribution: _by_order_size}
