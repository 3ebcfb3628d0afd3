"""Values as JSON can say them, after RFC 8259."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date
from enum import Enum
from typing import Any

import attrs


def plain(value: Any) -> Any:
    """Days and times as ISO text, an enum's member as its value, a symbol as its text; None for a number that is none, such as NaN."""
    for kind, step in _STEPS:
        if isinstance(value, kind):
            return step(value)
    return _record(value) if attrs.has(type(value)) else value


def _record(value: Any) -> Any:
    """By its fields; by its text, where it has one of its own."""
    kind: Any = type(value)
    if kind.__str__ is not object.__str__:
        return str(value)
    return {name: plain(getattr(value, name)) for name in attrs.fields_dict(kind)}


def _list(values: Any) -> list[Any]:
    return [plain(each) for each in values]


_STEPS: tuple[tuple[type, Callable[[Any], Any]], ...] = (
    (Enum, lambda member: plain(member.value)),
    (str, str),  # text with a meaning too, as Market is
    (float, lambda number: number if math.isfinite(number) else None),
    (date, lambda day: day.isoformat()),
    (dict, lambda members: {name: plain(member) for name, member in members.items()}),
    (list, _list),
    (tuple, _list),
)
