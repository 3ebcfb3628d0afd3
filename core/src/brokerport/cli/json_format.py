"""Reports as JSON, after RFC 8259."""

from __future__ import annotations

import json
from typing import Any, TextIO

from brokerport.cli.listings import Limits
from brokerport.cli.report import Report
from brokerport.models.limits import as_tables
from brokerport.models.plain import plain


def write(report: Report, file: TextIO) -> None:
    """One object: what belongs to no row, and "rows"."""
    rows = [{name: _cell(value) for name, value in row.items()} for row in report.rows()]
    file.write(json.dumps(plain({**report.about, "rows": rows}), indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def _cell(value: Any) -> Any:
    return as_tables(value.all) if isinstance(value, Limits) else value
