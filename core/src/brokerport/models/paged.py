"""Rows that come page by page, with the cursor that leads on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Generic, Self, TypeVar, overload

from attrs import evolve, field, frozen

from brokerport.models.result import Result
from brokerport.models.source import Source

Row_co = TypeVar("Row_co", covariant=True)


@frozen(kw_only=True)
class Paged(Result, Sequence[Row_co], Generic[Row_co]):
    """A sequence of rows, in the broker's order; an answer without data is an empty one.

    A slice, such as ``history[:20]``, is of the same class and keeps the source and all else that belongs to no row; it keeps the cursor
    only where it holds the last row, for the cursor leads on from there.
    """

    rows: tuple[Row_co, ...] = ()
    cursor: str | None = None  #: pass it as ``after=`` to go on from here; None when there is no more
    source: Source = field(eq=False)

    @overload
    def __getitem__(self, index: int) -> Row_co: ...
    @overload
    def __getitem__(self, index: slice) -> Self: ...
    def __getitem__(self, index: int | slice) -> Row_co | Self:
        """A row; of a slice, the same with fewer rows, and with the cursor only where it holds the last of them."""
        if not isinstance(index, slice):
            return self.rows[index]
        places = range(len(self.rows))
        ends = places[index][-1:] == places[-1:]
        return evolve(self, rows=self.rows[index], cursor=self.cursor if ends else None)

    def __iter__(self) -> Iterator[Row_co]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)
