"""Reports as JSON, after RFC 8259."""

from __future__ import annotations

import json
from typing import Any, TextIO

from brokerport.cli.listings import Limits
from brokerport.cli.report import Report
from brokerport.models.limits import as_tables
from brokerport.models.plain import plain
from brokerport.terminal import obeyed


def write(report: Report, file: TextIO) -> None:
    """One object: what belongs to no row, and "rows"."""
    rows = [{name: _cell(value) for name, value in row.items()} for row in report.rows()]
    whole = plain({**report.about, "rows": rows})
    lines = json.dumps(whole, indent=2, ensure_ascii=False, allow_nan=False).split("\n")  # all others are escaped by now
    file.write("\n".join(line if line.isprintable() else _escaped(line) for line in lines) + "\n")


def _escaped(line: str) -> str:
    """The same JSON, with escapes for what a terminal would obey and for what is no text."""
    return "".join(json.dumps(letter)[1:-1] if obeyed(letter) else letter for letter in line)


def _cell(value: Any) -> Any:
    return as_tables(value.all) if isinstance(value, Limits) else value
