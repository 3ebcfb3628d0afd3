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


def write(report: Report, file: TextIO) -> None:
    """One object: what belongs to no row, and "rows"."""
    whole = _plain({**report.about, "rows": report.rows()})
    file.write(json.dumps(whole, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def _plain(value: Any) -> Any:
    """The value as JSON can say it: days and times as ISO text, and no number that is none."""
    return next((step(value) for kind, step in _STEPS if isinstance(value, kind)), value)


_STEPS: tuple[tuple[type, Callable[[Any], Any]], ...] = (
    (dict, lambda members: {name: _plain(member) for name, member in members.items()}),
    (list, lambda members: [_plain(member) for member in members]),
    (tuple, lambda members: [_plain(member) for member in members]),
    (Limits, lambda limits: as_tables(limits.all)),
    (date, lambda day: day.isoformat()),
    (float, lambda number: number if math.isfinite(number) else None),
)
