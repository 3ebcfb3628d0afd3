"""A search for the rows of one symbol, going back in time from file to file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Generic, TypeVar

from attrs import define, field

from brokerport.errors import BrokerportError, ConnectionLostError, RejectedError
from brokerport.kit.day_files.archive import Look
from brokerport.kit.day_files.source import DaySource
from brokerport.models import Symbol

Row = TypeVar("Row")

_DAY = timedelta(days=1)


@define(eq=False)
class Search(Generic[Row]):
    """What was found so far, and how far to look."""

    source: DaySource[Row]
    symbol: Symbol
    wanted: int
    now: datetime
    last: date  #: the newest day to look at next
    first: bool  #: whether there are no newer days, so that the newest files have to be there
    rows: dict[date, Row] = field(init=False, factory=dict)
    missing: dict[date, str] = field(init=False, factory=dict)  #: days without the file that they should have: what the source says
    trailing: dict[date, str] = field(init=False, factory=dict)  #: those older than every file that was seen
    holidays: list[Look[Row]] = field(init=False, factory=list)  #: days without a file, as they may be
    newest: date | None = field(init=False, default=None)  #: the newest day with a file
    _looked_at: dict[date, datetime] = field(init=False, factory=dict)  # and when what is known of the day arrived
    _absent: int = field(init=False, default=0)  # files in a row without the symbol
    _silent: int = field(init=False, default=0)  # days in a row without a file

    @property
    def lacking(self) -> int:
        """How many days to look at next: those for the rows that are lacking; the longer nothing is found, the more."""
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

    def add(self, looks: Sequence[Look[Row]]) -> None:
        """Add what was found, the newest first, no further than to where the search is over.

        Raises:
            ConnectionLostError: More files are missing than can be.
        """
        for look in looks:
            if not self.over:
                self._add(look)
                self.last = min(self.last, look.day - _DAY)
        if self._too_many(self.missing) or (self.first and self.newest is None and self._too_many(self.trailing)):
            raise self.refused()

    @property
    def seems_to_end(self) -> bool:
        """Whether files that should be there are missing to the end: there are no older ones, or nobody is let in any more."""
        return bool(self.trailing) and (self._silent == self.source.silent or self._too_many(self.trailing))

    def end(self) -> None:
        """The files end where they seem to: what is missing there is missing like the rest."""
        self.missing |= self.trailing

    def nothing(self) -> BrokerportError:
        """Why there is no row."""
        if self.missing and self.newest is None:
            return self.refused()
        looked = f"from {min(self._looked_at)} to {max(self._looked_at)}" if self._looked_at else "yet"
        if self.newest is None:
            said = f"there is no file of {self.source.title}'s for any day {looked}; look at the address in the settings"
            return RejectedError(said, code=404, text="no file")
        said = f"{self.symbol} is in none of {self.source.title}'s files {looked}"
        return RejectedError(f"{said}; of one that was delisted, ask with after= a day when it was listed", code=0, text="no such symbol")

    def refused(self) -> ConnectionLostError:
        """What so many days without a file mean."""
        missing = {**self.missing, **self.trailing}
        days, said = f"from {min(missing)} to {max(missing)}", next(reversed(missing.values()))
        told = f"{said}; {self.source.title} says so of {len(missing)} days {days} that should have a file"
        advice = f"ask again later; if it stays so, look at the address in the settings, and at {self._clock()}"
        return ConnectionLostError(f"{told}; it may let nobody in for a while: {advice}")

    def _clock(self) -> str:
        """Whose may be ahead: the later of the two says which files are due."""
        told = self.source.time()
        if told and told > self.now + _DAY:
            return f"the clocks: by that of {self.source.title}'s server it is {told:%Y-%m-%d}, by this machine's {self.now:%Y-%m-%d}"
        return "this machine's clock, which may be ahead"

    def _too_many(self, days: Mapping[date, str]) -> bool:
        return len(days) > self.source.missing

    def _add(self, look: Look[Row]) -> None:
        if look.absent and self.first and self.newest is None and self._is_ahead(look.day):
            return
        self._looked_at[look.day] = look.fetched_at
        self._silent = 0 if look.there else self._silent + 1
        if look.absent:
            self.trailing[look.day] = look.absent.said
        elif look.there:
            self._add_file(look)
        else:
            self.holidays.append(look)

    def _add_file(self, look: Look[Row]) -> None:
        self.newest = self.newest or look.day
        self.missing |= self.trailing
        self.trailing.clear()
        self._absent = 0 if look.row is not None else self._absent + 1
        if look.row is not None:
            self.rows[look.day] = look.row

    def _is_ahead(self, day: date) -> bool:
        """Whether this machine's clock is ahead of the source's, by which no file of ``day`` is due; then none is newer than that."""
        now = self.source.time()
        newest = self.source.newest(now) if now else day
        self.last = min(self.last, newest)
        return newest < day
