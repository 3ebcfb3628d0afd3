"""A search for the rows of one symbol, going back in time from file to file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Generic, TypeVar

from attrs import define, field

from brokerport.errors import RejectedError
from brokerport.kit.day_files.source import DayFile, DaySource
from brokerport.models import Symbol

Row = TypeVar("Row")


@define(eq=False)
class Search(Generic[Row]):
    """What was found so far, and how far to look."""

    source: DaySource[Row]
    symbol: Symbol
    wanted: int
    now: datetime
    rows: dict[date, Row] = field(init=False, factory=dict)
    _looked_at: dict[date, datetime] = field(init=False, factory=dict)  # and when what is known of the day arrived
    _files: int = field(init=False, default=0)  # of those days
    _absent: int = field(init=False, default=0)  # files in a row without the symbol
    _silent: int = field(init=False, default=0)  # days in a row without a file

    @property
    def missing(self) -> int:
        """How many days to look at next: those for the rows that are missing; the longer nothing is found, the more."""
        more = max(self.wanted - len(self.rows), self._absent, self._silent)
        return min(more, self.source.page, self.source.absent - self._absent)

    @property
    def over(self) -> bool:
        """Whether to look no further."""
        return self._full or self._absent == self.source.absent or self._silent == self.source.silent

    @property
    def cursor(self) -> str | None:
        """The day of the last row, unless there is nothing older."""
        last = [*self.rows][-1] if self._full else None
        return last.isoformat() if last and last > self.source.since else None

    @property
    def fetched_at(self) -> datetime:
        """When the newest of the files arrived."""
        return max(self._looked_at.values(), default=self.now)

    @property
    def _full(self) -> bool:
        return len(self.rows) == self.wanted

    def add(self, files: Sequence[DayFile]) -> None:
        """Look at ``files``, the newest first, no further than to where the search is over."""
        for file in files:
            if not self.over:
                self._add(file)

    def nothing(self) -> RejectedError:
        """Why there is no row."""
        looked = f"from {min(self._looked_at)} to {max(self._looked_at)}" if self._looked_at else "yet"
        if not self._files:
            said = f"there is no file of {self.source.title}'s for any day {looked}; look at the address in the settings"
            return RejectedError(said, code=404, text="no file")
        said = f"{self.symbol} is in none of {self.source.title}'s files {looked}"
        return RejectedError(f"{said}; of one that was delisted, ask with after= a day when it was listed", code=0, text="no such symbol")

    def _add(self, file: DayFile) -> None:
        self._looked_at[file.day] = file.fetched_at
        self._files += file.text is not None
        row = None if file.text is None else self.source.row(file, self.symbol.code)
        self._silent = self._silent + 1 if file.text is None else 0
        if row is not None:
            self.rows[file.day] = row
        self._absent = 0 if row is not None else self._absent + (file.text is not None)
