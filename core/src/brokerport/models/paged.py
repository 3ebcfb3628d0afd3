"""Rows that come page by page, with the cursor that leads on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Generic, TypeVar, overload

from attrs import field, frozen

from brokerport.models.result import Result
from brokerport.models.source import Source

Row_co = TypeVar("Row_co", covariant=True)


@frozen(kw_only=True)
class Paged(Result, Sequence[Row_co], Generic[Row_co]):
    """A sequence of rows, in the broker's order; an answer without data is an empty one."""

    rows: tuple[Row_co, ...] = ()
    cursor: str | None = None  #: pass it as ``after=`` to go on from here; None when there is no more
    source: Source = field(eq=False)

    @overload
    def __getitem__(self, index: int) -> Row_co: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Row_co, ...]: ...
    def __getitem__(self, index: int | slice) -> Row_co | tuple[Row_co, ...]:
        return self.rows[index]

    def __iter__(self) -> Iterator[Row_co]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)
