"""Reports as tables, for people."""

from __future__ import annotations

import shutil
import textwrap
from typing import TYPE_CHECKING, TextIO

from attrs import frozen

from brokerport.cli.cells import NOTHING, NUMBERS, texts
from brokerport.cli.headers import header
from brokerport.cli.report import Report
from brokerport.convert import Column

if TYPE_CHECKING:
    from rich.table import Table

_WIDE = 1_000_000  # characters; the figures of a table are never cut, so every line may be as long as it is
_GAP = 2  # spaces between columns


@frozen
class _Strip:
    """One column of text."""

    title: str
    cells: list[str]
    number: bool

    @property
    def needed(self) -> int:
        """How wide it is at least: no word and no figure is broken."""
        return _widest([*self.title.split(), *self.cells])

    @property
    def wanted(self) -> int:
        """How wide it is with its title in one line."""
        return _widest([self.title, *self.cells])

    def folded(self) -> _Strip:
        """The same with its title in as many lines as it takes."""
        return _Strip(textwrap.fill(self.title, self.needed), self.cells, self.number)


def write(report: Report, file: TextIO) -> None:
    """Title, table and facts; where a terminal is too narrow for the headers, they are folded."""
    from rich.console import Console
    from rich.text import Text

    console = Console(file=file, force_terminal=file.isatty(), width=_WIDE)
    console.print(Text(report.title, style="bold"))
    console.print(_table(_fitting(report, shutil.get_terminal_size().columns if file.isatty() else _WIDE)))
    console.print(Text("".join(f"{fact}\n" for fact in _facts(report))))


def _fitting(report: Report, width: int) -> list[_Strip]:
    strips = [_strip(column, report.currency) for column in report.shown]
    fits = sum(strip.wanted + _GAP for strip in strips) - _GAP <= width
    return strips if fits else [strip.folded() for strip in strips]


def _strip(column: Column, currency: str) -> _Strip:
    known = header(column.name)
    return _Strip(known.text(currency), texts(column, known.unit), column.kind in NUMBERS)


def _table(strips: list[_Strip]) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, _GAP - 1, 0, 0))
    for strip in strips:
        table.add_column(Text(strip.title), justify="right" if strip.number else "left", vertical="bottom", no_wrap=True)
    for cells in zip(*(strip.cells for strip in strips), strict=True):
        table.add_row(*map(Text, cells))
    return table


def _facts(report: Report) -> list[str]:
    strips = [_strip(column, report.currency) for column in report.facts]
    return [f"{strip.title}: {strip.cells[0]}" for strip in strips if strip.cells[0] != NOTHING]


def _widest(texts: list[str]) -> int:
    from rich.cells import cell_len

    return max(map(cell_len, texts))
