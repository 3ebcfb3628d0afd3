"""The formats that a report can be written in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TextIO

from brokerport.cli import csv_format, json_format, streams, table
from brokerport.cli.report import Report

Format = Literal["table", "csv", "json"]

_WRITERS: dict[Format, Callable[[Report, TextIO], None]] = {
    "table": table.write,
    "csv": csv_format.write,
    "json": json_format.write,
}


def write(report: Report, form: Format) -> None:
    """Write a report to stdout."""
    _WRITERS[form](report, streams.data())
