"""Results as columns, dicts and JSON: the values as the broker said them, of Python's own types."""

from __future__ import annotations

import json
from datetime import UTC, tzinfo
from typing import Any, NamedTuple

from brokerport.models.plain import plain
from brokerport.models.shape import beside, shape, shape_of

_SUBJECTS = ("symbol", "market")


class Column(NamedTuple):
    """One column of a result, in the order of its records."""

    name: str
    #: bool, int, float, str, date or datetime (aware), or Real for ``int | float``: by the annotations, whatever the values
    kind: type
    values: list[Any]  #: None where the broker said nothing


def columns(result: Any, *, source: bool = False) -> list[Column]:
    """The result's columns: its own fields, repeated for every row, then those of its rows; never fewer for want of rows.

    With ``source`` three more stand at the end: ``source_broker``, ``source_fetched_at`` and ``source_sandbox``.
    """
    of = shape_of(result)
    records = [result] if of.row is None else result.rows
    head = [Column(leaf.name, leaf.kind, leaf.values([result]) * len(records)) for leaf in of.head]
    rows = [Column(leaf.name, leaf.kind, leaf.values(records)) for leaf in of.row or ()]
    origin = [Column(leaf.name, leaf.kind, leaf.values([result]) * len(records)) for leaf in of.origin if source]
    return head + rows + origin


def kinds(cls: Any) -> dict[str, type]:
    """The columns of a class of answers, by name; Real where whole numbers and fractions may stand."""
    of = shape(cls)
    return {leaf.name: leaf.kind for leaf in (*of.head, *(of.row or ()))}


def metadata(result: Any) -> dict[str, Any]:
    """What is true of the answer and not of a record, as far as the broker said; as JSON has it, days and times as ISO text."""
    told = {leaf.name: plain(leaf.values([result])[0]) for leaf in shape_of(result).beside}
    return {name: value for name, value in told.items() if value not in (None, [], {})}


def about(result: Any) -> dict[str, Any]:
    """What belongs to no record, by field: what the answer is about, its source, its cursor and the like."""
    names = dict.fromkeys((*_SUBJECTS, "source", *beside(result.__class__)))
    return {name: getattr(result, name) for name in names if hasattr(result, name)}


def zone(result: Any) -> tzinfo:
    """The time zone of what an answer is about; of what is about nothing, UTC."""
    subject = getattr(result, "symbol", None) or result
    market = getattr(subject, "market", None)
    return UTC if market is None else market.zone


def to_dicts(result: Any, *, source: bool = False) -> list[dict[str, Any]]:
    """See ``Result.to_dicts``."""
    table = columns(result, source=source)
    names = [column.name for column in table]
    return [dict(zip(names, record, strict=True)) for record in zip(*(column.values for column in table), strict=True)]


def to_json(result: Any, *, indent: int | None = None) -> str:
    """See ``Result.to_json``."""
    return json.dumps(plain({**about(result), "rows": to_dicts(result)}), indent=indent, ensure_ascii=False, allow_nan=False)
