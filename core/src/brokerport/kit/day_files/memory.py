"""The files used last, up to a number of bytes."""

from __future__ import annotations

from collections import OrderedDict
from datetime import date, datetime

from attrs import define, field

from brokerport.kit.day_files.source import DayFile

MEMORY = 32 * 1024 * 1024  # bytes: of FINRA's files some 50, more than a page or the look for a symbol that is not there

_OVERHEAD = 256  # bytes of what is around a text, so that holidays count too


@define(eq=False)
class Memory:
    """Least recently used goes first."""

    capacity: int = MEMORY
    _size: int = field(init=False, default=0)
    _files: OrderedDict[date, tuple[DayFile, datetime | None]] = field(init=False, factory=OrderedDict)

    def get(self, day: date, now: datetime) -> DayFile | None:
        """What is known of ``day``; None when nothing is, or it may have changed since."""
        file, until = self._files.get(day, (None, None))
        if file is not None and until is not None and not file.fetched_at <= now < until:  # a clock may be set back, too
            return None
        if file is not None:
            self._files.move_to_end(day)
        return file

    def keep(self, file: DayFile, until: datetime | None) -> None:
        """Remember it, at most ``until`` then."""
        self._drop(file.day)
        self._files[file.day] = file, until
        self._size += _size(file)
        while self._size > self.capacity:
            self._drop(next(iter(self._files)))

    def _drop(self, day: date) -> None:
        if day in self._files:
            self._size -= _size(self._files.pop(day)[0])


def _size(file: DayFile) -> int:
    return _OVERHEAD + len(file.text or b"")
