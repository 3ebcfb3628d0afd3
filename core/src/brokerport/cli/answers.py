"""A broker's answer as a report."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeAlias

import attrs

from brokerport.cli import promises
from brokerport.cli.headers import CURRENCIES, title
from brokerport.cli.report import Report
from brokerport.client.client import Client
from brokerport.models import Result, columns
from brokerport.models.columns import Column
from brokerport.questions import CapitalDistribution

#: what people see: the rows, and what stands below them
_Layout: TypeAlias = tuple[list[Column], list[Column]]

_BESIDE = ("cursor", "open_short")  # fields that belong to no row
_NOT_BELOW = {"broker", "fetched_at", "sandbox", "cursor"}  # they are in the title, or in a note
_SIZES = ("extra_large", "large", "medium", "small", "total")


def ask(client: Client, question: Callable[..., Result], symbol: str, **arguments: object) -> Result:
    """The answer, checked.

    Raises:
        BrokerportError: As the question does, and PluginError where the answer is not what its class promises.
    """
    answer = question(client, symbol, **arguments)
    promises.check(client.broker, question.__name__, answer)
    return answer


def report(question: str, answer: Any) -> Report:
    """The report of any of the results."""
    shown, facts = _LAYOUTS.get(type(answer), _by_row)(answer)
    return Report(
        title=_title(question, answer),
        about=_about(question, answer),
        columns=columns.columns(answer),
        shown=shown,
        facts=facts,
        currency=CURRENCIES[answer.symbol.market],
    )


def notes(answer: Any) -> list[str]:
    """What to know beside the data."""
    cursor = getattr(answer, "cursor", None)
    told = {
        "sandbox: synthetic data": answer.source.sandbox,
        "no rows": not getattr(answer, "rows", True),
        f"more rows: --after {shlex.quote(cursor or '')}": cursor,
    }
    return [text for text, true in told.items() if true]


def _title(question: str, answer: Any) -> str:
    source = answer.source
    moment = source.fetched_at.astimezone(UTC)
    sandbox = ", sandbox (synthetic data)" if source.sandbox else ""
    return f"{title(question)} of {answer.symbol} from {source.broker}, {moment:%Y-%m-%d %H:%M:%S} UTC{sandbox}"


def _about(question: str, answer: Any) -> dict[str, Any]:
    beside = {name: getattr(answer, name) for name in _BESIDE if hasattr(answer, name)}
    told = {"source": answer.source, **beside}
    values = {name: attrs.asdict(value) if attrs.has(type(value)) else value for name, value in told.items()}
    return {"question": question, "symbol": str(answer.symbol), **values}


def _by_row(answer: Any) -> _Layout:
    """The rows, without what this market never says; below them the answer's own fields, but for the symbol, which is in the title."""
    table = [column for column in columns.columns(answer) if column.name != "symbol"]
    own = attrs.fields_dict(type(answer)) if hasattr(answer, "rows") else {}
    facts = [Column(each.name, each.kind, [getattr(answer, each.name)]) for each in table if each.name in own]
    beside = [Column(name, type(value), [value]) for name, value in columns.metadata(answer).items() if name not in _NOT_BELOW]
    of_rows = [column for column in table if column.name not in own]
    told = [column for column in of_rows if not column.values or any(value is not None for value in column.values)]
    return told or of_rows, facts + beside


def _by_order_size(answer: CapitalDistribution) -> _Layout:
    """A row for each size of order, and one for all."""
    inflow, outflow = ([getattr(way, size) for size in _SIZES] for way in (answer.inflow, answer.outflow))
    net = [None if None in pair else pair[0] - pair[1] for pair in zip(inflow, outflow, strict=True)]
    columns = [Column("order_size", str, [size.replace("_", " ") for size in _SIZES])]
    columns += [Column(name, float, values) for name, values in (("inflow", inflow), ("outflow", outflow), ("net", net))]
    return columns, [Column("updated_at", datetime, [answer.updated_at])]


_LAYOUTS: dict[type, Callable[[Any], _Layout]] = {CapitalDistribution: _by_order_size}
