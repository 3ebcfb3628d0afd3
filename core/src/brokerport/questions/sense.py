"""What the figures of an answer have to do with each other, whoever the broker is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from attrs import field, frozen


@frozen(kw_only=True)
class Ranks:
    """Rows that are ranked: those of a side stand together by size, the largest first."""

    figure: str  #: the column that they are ranked by, whatever its sign
    side: str  #: the column that says on which side a row is
    signs: Mapping[Any, int]  #: the sign of the figure on a side: ``{Side.BUY: 1, Side.SELL: -1}``


@frozen(kw_only=True)
class Sense:
    """What is true of a question's figures, by the names of the columns that the question describes.

    The tests of providers look for what cannot be. A figure that is in none of these is above zero now and then, and never below.
    """

    signed: frozenset[str] = frozenset()  #: may be below zero
    sparse: frozenset[str] = frozenset()  #: may be zero in one row after the other
    ahead: frozenset[str] = frozenset()  #: days and times that may be to come
    present: frozenset[str] = frozenset()  #: of the present day only: None, or False, where a day before it is asked for
    parts: Mapping[str, str] = field(factory=dict)  #: a figure, and the one that it is a part of
    percents: Mapping[str, tuple[str, str]] = field(factory=dict)  #: a percentage, and the part and the whole that it is of
    ranks: Ranks | None = None

    def names(self) -> Iterator[str]:
        """Every column that it says something of."""
        yield from (*self.signed, *self.sparse, *self.ahead, *self.present, *self.parts, *self.parts.values(), *self.percents)
        yield from (name for pair in self.percents.values() for name in pair)
        yield from (self.ranks.figure, self.ranks.side) if self.ranks else ()
