"""The text of a value in a table."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from numbers import Real
from typing import Any

from brokerport.models.columns import Column
from brokerport.models.headers import Unit
from brokerport.terminal import shortened, visible

NOTHING = "-"  # where the broker said nothing
NUMBERS = frozenset({int, float, Real})
LONGEST = 1000  # characters of a cell

_WITH_DECIMALS = frozenset({float, Real})

_TEXTS: dict[type, Callable[[Any], str]] = {
    bool: lambda value: "yes" if value else "no",
    int: "{:,}".format,
    list: " ".join,
    date: date.isoformat,
    datetime: "{:%Y-%m-%d %H:%M:%S %Z}".format,
}


def texts(column: Column, unit: Unit) -> list[str]:
    """The column's cells; its floats have as many decimals as the one that needs most, within the unit's bounds."""
    text = _with_decimals(column, unit) if column.kind in _WITH_DECIMALS else _text
    return [NOTHING if value is None else text(value) for value in column.values]


def _text(value: Any) -> str:
    return shortened(visible(_TEXTS.get(type(value), str)(value)), LONGEST)


def _with_decimals(column: Column, unit: Unit) -> Callable[[Any], str]:
    needed = max((_decimals(value, unit.most) for value in column.values if value is not None), default=0)
    shown = max(needed, unit.least)
    rounded = f"{{:z,.{shown}f}}".format  # z: no minus before a zero
    zeros = f".{'0' * shown}" if shown else ""
    return lambda value: f"{value:,}{zeros}" if type(value) is int else rounded(value)  # a float would lose digits of a whole number


def _decimals(value: float, most: int) -> int:
    """How many of ``most`` decimals are not zeros at the end."""
    return 0 if type(value) is int else len(f"{value:.{most}f}".rstrip("0").partition(".")[2])
