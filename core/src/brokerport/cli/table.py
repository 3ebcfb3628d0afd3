"""Reports as tables, for people."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, TextIO

from attrs import evolve, frozen

from brokerport.cli import screen
from brokerport.cli.cells import NUMBERS, texts
from brokerport.cli.listings import Limits
from brokerport.cli.report import Report
from brokerport.models.columns import Column
from brokerport.models.headers import Unit
from brokerport.terminal import shortened, visible, width, wrapped

if TYPE_CHECKING:
    from rich.table import Table

_WIDE = 1_000_000  # characters; whoever wants lines of any length gets them
_GAP = 2  # spaces between columns
_LONGEST_TITLE = 300  # characters
_LONGEST_LINE = 4000
_WORDS = frozenset({str, list, Limits})
_NOTHING: tuple[object, ...] = (None, "", [])
_LEAST = 8  # columns in which a text can be read
_EASY = 16  # and in which it is read with ease
_PART = 3  # a word that is longer than this part of a line may be broken


@frozen
class _Strip:
    """One column of text."""

    title: str
    cells: list[str]
    number: bool
    whole: bool  #: no word of it is ever broken

    @property
    def width(self) -> int:
        """How wide it is."""
        return _widest(line for text in (self.title, *self.cells) for line in text.split("\n"))

    def least(self, room: int) -> int:
        """How narrow it may be: figures and days are never broken, and a word only where it is long for the room."""
        if self.number:
            return _widest([*self.title.split(), *self.cells])
        words = _widest(word for text in (self.title, *self.cells) for word in text.split())
        return words if self.whole else min(max(words, _EASY), max(room // _PART, _LEAST), self.width)

    def folded(self, columns: int) -> _Strip:
        """The same in so many columns, with lines of its own in a cell."""
        fold = [text if self.number else "\n".join(wrapped(text, columns)) for text in self.cells]
        return evolve(self, title="\n".join(wrapped(self.title, columns)), cells=fold)


def write(report: Report, file: TextIO) -> None:
    """Title, table and facts; where lines are too long, titles and texts are folded, and what has no room goes below."""
    from rich.console import Console
    from rich.text import Text

    room = screen.columns(file) or _WIDE
    # rich believes a width only with a height; captured, because rich would end the program itself when the reader has left
    console = Console(file=file, force_terminal=file.isatty(), width=_WIDE, height=_WIDE)
    with console.capture() as text:
        console.print(Text(_line(report.title, room), style="bold"))
        for block in _blocks(_strips(report, _told(report.shown)), room):
            console.print(_table(block))
        for fact in _strips(report, report.facts):
            console.print(Text(_line(f"{fact.title}: {fact.cells[0]}", room)))
    file.write(text.get())


def _line(text: str, room: int) -> str:
    return "\n".join(wrapped(shortened(visible(text), _LONGEST_LINE), room))


def _told(columns: list[Column]) -> list[Column]:
    """Those that say something in any row; where none does, what they could say."""
    return [column for column in columns if not column.values or any(value not in _NOTHING for value in column.values)] or columns


def _blocks(strips: list[_Strip], room: int) -> list[list[_Strip]]:
    """As many columns side by side as fit; each block begins with the first column, which says what a row is."""
    if _together(strip.width for strip in strips) <= room:
        return [strips]
    first, *others = ((strip, strip.least(room)) for strip in strips)
    blocks = [[first]]
    for each in others:
        if len(blocks[-1]) > 1 and _together(least for _, least in [*blocks[-1], each]) > room:
            blocks.append([first])
        blocks[-1].append(each)
    return [_fitted(block, room) for block in blocks]


def _fitted(block: list[tuple[_Strip, int]], room: int) -> list[_Strip]:
    """The strips, each with what it needs, in lines that fit: the rest of the room goes to texts, first to those that want least."""
    widths = [least for _, least in block]
    left = max(room - _together(widths), 0)
    texts = sorted((strip.width - least, place) for place, (strip, least) in enumerate(block) if not strip.number)
    for number, (wanted, place) in enumerate(texts):
        given = min(wanted, left // (len(texts) - number))
        widths[place] += given
        left -= given
    return [strip.folded(columns) for (strip, _), columns in zip(block, widths, strict=True)]


def _together(widths: Iterable[int]) -> int:
    return sum(each + _GAP for each in widths) - _GAP


def _strips(report: Report, columns: list[Column]) -> list[_Strip]:
    known = [(column, report.header(column.name)) for column in columns]
    return [_strip(column, each.text(report.currency), each.unit) for column, each in known]


def _strip(column: Column, title: str, unit: Unit) -> _Strip:
    title = shortened(visible(title), _LONGEST_TITLE)
    return _Strip(title, texts(column, unit), number=column.kind in NUMBERS, whole=column.kind not in _WORDS)


def _table(strips: list[_Strip]) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, _GAP - 1, 0, 0))
    lines = max(strip.title.count("\n") for strip in strips)
    for strip in strips:
        title = "\n" * (lines - strip.title.count("\n")) + strip.title  # titles stand on the line, and cells hang from it
        table.add_column(Text(title), justify="right" if strip.number else "left", no_wrap=True)
    for cells in zip(*(strip.cells for strip in strips), strict=True):
        table.add_row(*map(Text, cells))
    return table


def _widest(texts: Iterable[str]) -> int:
    return max(map(width, texts), default=0)
