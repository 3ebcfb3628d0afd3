"""Reports as JSON, after RFC 8259."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from datetime import date
from typing import Any, TextIO

from brokerport.cli.listings import Limits
from brokerport.cli.report import Report
from brokerport.models.limits import as_tables
from brokerport.terminal import obeyed


def write(report: Report, file: TextIO) -> None:
    """One object: what belongs to no row, and "rows"."""
    whole = _plain({**report.about, "rows": report.rows()})
    lines = json.dumps(whole, indent=2, ensure_ascii=False, allow_nan=False).split("\n")  # all others are escaped by now
    file.write("\n".join(line if line.isprintable() else _escaped(line) for line in lines) + "\n")


def _escaped(line: str) -> str:
    """The same JSON, with escapes for what a terminal would obey and for what is no text."""
    return "".join(json.dumps(letter)[1:-1] if obeyed(letter) else letter for letter in line)


def _plain(value: Any) -> Any:
    """The value as JSON can say it: days and times as ISO text, and no number that is none."""
    return next((step(value) for kind, step in _STEPS if isinstance(value, kind)), value)


_STEPS: tuple[tuple[type, Callable[[Any], Any]], ...] = (
    (dict, lambda members: {name: _plain(member) for name, member in members.items()}),
    (list, lambda members: [_plain(member) for member in members]),
    (Limits, lambda limits: as_tables(limits.all)),
    (date, lambda day: day.isoformat()),
    (float, lambda number: number if math.isfinite(number) else None),
)
