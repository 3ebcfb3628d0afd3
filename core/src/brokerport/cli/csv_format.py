"""Reports as CSV, after RFC 4180."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, TextIO
from unicodedata import category, normalize

from brokerport.cli.report import Report
from brokerport.terminal import visible

# Spreadsheets run a cell that begins so as a formula; brokers' texts are not ours to trust. Numbers keep their minus.
_SIGNS = frozenset("=+-@\N{MINUS SIGN}")
_ENDS = ("\t", "\r", "\n")  # some spreadsheets take what comes after one for a cell
# Blanks, ends of lines, controls, marks, what has no meaning, and letters without ink: some pass over them.
_UNSEEN = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf", "Cn", "Co", "Cs", "Mc", "Me", "Mn"})
_WITHOUT_INK = frozenset("\u115f\u1160\u2800\u3164\uffa0")  # Hangul's fillers, and Braille's


def write(report: Report, file: TextIO) -> None:
    """A header and a line for every row; nothing is an empty cell, and text like a formula has an apostrophe before it.

    On a terminal the cells have escapes for what it would obey; elsewhere they are exact.
    """
    text: Callable[[str], str] = visible if file.isatty() else str
    writer = csv.writer(file, lineterminator="\n" if file.isatty() else "\r\n")
    writer.writerow(text(_harmless(column.name)) for column in report.columns)
    columns = [[_cell(value, text) for value in column.values] for column in report.columns]
    writer.writerows(zip(*columns, strict=True))


def _cell(value: Any, text: Callable[[str], str]) -> Any:
    return value if value is None or type(value) in (int, float) else text(_harmless(_TEXTS.get(type(value), str)(value)))


def _harmless(text: str) -> str:
    if text.isalnum():  # as nearly all are
        return text
    first = next((letter for letter in text if category(letter) not in _UNSEEN and letter not in _WITHOUT_INK), "")
    return f"'{text}" if text.startswith(_ENDS) or normalize("NFKC", first)[:1] in _SIGNS else text


_TEXTS: dict[type, Callable[[Any], str]] = {
    bool: lambda value: "true" if value else "false",
    list: " ".join,
    date: date.isoformat,
    datetime: datetime.isoformat,
}
