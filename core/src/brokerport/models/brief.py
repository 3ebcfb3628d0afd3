"""How a result shows itself: in a line or a few, however many rows it has."""

from __future__ import annotations

from datetime import date
from reprlib import Repr
from typing import Any

import attrs

_short = Repr()
_short.maxstring = 60
_short.maxother = 240
_short.maxtuple = 3


def brief(result: Any) -> str:
    """``ShortVolumeHistory(symbol=HK.00700, rows=<492 rows, 2026-11-20 to 2024-12-03>, cursor=None, ...)``."""
    told = ((each.name, getattr(result, each.name)) for each in attrs.fields(type(result)) if each.repr)
    said = (f"{name}={_rows(value) if name == 'rows' else _said(value)}" for name, value in told)
    return f"{type(result).__name__}({', '.join(said)})"


def _rows(rows: tuple[object, ...]) -> str:
    days = [day for row in (rows[:1] + rows[-1:]) if isinstance(day := getattr(row, "day", None), date)]
    span = f", {days[0]} to {days[-1]}" if days else ""
    return f"<{len(rows)} row{'s' * (len(rows) != 1)}{span}>"


def _said(value: Any) -> str:
    kind: Any = type(value)
    return str(value) if attrs.has(kind) and kind.__str__ is not object.__str__ else _short.repr(value)
