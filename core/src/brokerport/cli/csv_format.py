"""Reports as CSV, after RFC 4180."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, TextIO

from brokerport.cli.listings import Limits
from brokerport.cli.report import Report

# Spreadsheets run a cell that begins so as a formula; brokers' texts are not ours to trust. Numbers keep their minus.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write(report: Report, file: TextIO) -> None:
    """A header and a line for every row; nothing is an empty cell, and text like a formula has an apostrophe before it."""
    writer = csv.writer(file)
    writer.writerow(column.name for column in report.columns)
    columns = [[_cell(value, column.kind) for value in column.values] for column in report.columns]
    writer.writerows(zip(*columns, strict=True))


def _cell(value: Any, kind: type) -> Any:
    kind = type(value) if kind is object else kind  # of a column that holds the figures of any
    return value if value is None or kind not in _CELLS else _CELLS[kind](value)


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


_CELLS: dict[type, Callable[[Any], str]] = {
    bool: lambda value: "true" if value else "false",
    str: _harmless,
    list: " ".join,
    Limits: str,
    date: date.isoformat,
    datetime: datetime.isoformat,
}
