"""Reports as tables, for people."""

from __future__ import annotations

import shutil
import textwrap
from typing import TYPE_CHECKING, TextIO

from attrs import frozen

from brokerport.cli.cells import NUMBERS, texts
from brokerport.cli.report import Report
from brokerport.models.columns import Column

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
    def width(self) -> int:
        """How wide it is."""
        return _widest([*self.title.splitlines(), *self.cells])

    def folded(self) -> _Strip:
        """The same with its title in as many lines as it takes."""
        return _Strip(textwrap.fill(self.title, self.needed), self.cells, self.number)


def write(report: Report, file: TextIO) -> None:
    """Title, table and facts; a terminal that is too narrow gets folded headers, and blocks of columns below each other."""
    from rich.console import Console
    from rich.text import Text

    # rich believes a width only with a height; captured, because rich would end the program itself when the reader has left
    console = Console(file=file, force_terminal=file.isatty(), width=_WIDE, height=_WIDE)
    with console.capture() as text:
        console.print(Text(report.title, style="bold"))
        for block in _blocks(_strips(report, report.shown), _screen(file)):
            console.print(_table(block))
        for fact in _strips(report, report.facts):
            console.print(Text(f"{fact.title}: {fact.cells[0]}"))
    file.write(text.get())


def _screen(file: TextIO) -> int:
    return shutil.get_terminal_size().columns if file.isatty() else _WIDE


def _blocks(strips: list[_Strip], width: int) -> list[list[_Strip]]:
    """As many columns side by side as fit; every block begins with the first column, which says what a row is."""
    if _width(strips) <= width:
        return [strips]
    first, *others = (strip.folded() for strip in strips)
    blocks = [[first]]
    for strip in others:
        if len(blocks[-1]) > 1 and _width([*blocks[-1], strip]) > width:
            blocks.append([first])
        blocks[-1].append(strip)
    return blocks


def _width(strips: list[_Strip]) -> int:
    return sum(strip.width for strip in strips) + _GAP * (len(strips) - 1)


def _strips(report: Report, columns: list[Column]) -> list[_Strip]:
    known = [(column, report.header(column.name)) for column in columns]
    return [_Strip(each.text(report.currency), texts(column, each.unit), column.kind in NUMBERS) for column, each in known]


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


def _widest(texts: list[str]) -> int:
    from rich.cells import cell_len

    return max(map(cell_len, texts))
