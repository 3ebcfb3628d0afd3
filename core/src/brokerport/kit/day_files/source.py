"""What is one source's own: which days have a file, how it is got, and what is in it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from datetime import date, datetime, timedelta, tzinfo
from typing import ClassVar, Generic, TypeVar

from attrs import frozen

Row = TypeVar("Row")

_DAY = timedelta(days=1)
_SATURDAY = 5


@frozen(eq=False)
class DayFile:
    """What is known of one day."""

    day: date
    fetched_at: datetime  #: UTC
    text: bytes | None  #: checked; None where the source has no file of that day


class DaySource(ABC, Generic[Row]):
    """Subclass it for your source, and give an instance to DayFiles. ``checked`` runs in a thread."""

    title: ClassVar[str]  #: whose files they are, for people: "FINRA"
    zone: ClassVar[tzinfo]  #: where a day begins
    since: ClassVar[date]  #: the oldest day that has a file
    posted: ClassVar[timedelta]  #: when the file of a day is due, from the beginning of that day on

    page: ClassVar[int] = 20  #: most rows of a page, and so about as many files
    absent: ClassVar[int] = 40  #: files in a row without a symbol, after which it is taken to be in no older one
    silent: ClassVar[int] = 10  #: days in a row without a file, after which there are no older ones

    @abstractmethod
    def name(self, day: date) -> str:
        """What the file of ``day`` is called, also in the cache on disk: one name for each day, and no folder in it."""

    @abstractmethod
    async def fetch(self, day: date) -> bytes | None:
        """The file of ``day``, as it is sent.

        None says that the source has none of that day: only where it answers as it does for a file that is not there, and the day may be
        without. Anything else is one of ``brokerport.errors``; what is taken for a holiday is asked for no more.
        """

    @abstractmethod
    def row(self, file: DayFile, code: str) -> Row | None:
        """The figures of the symbol with that code; None where the file, which is there, has none."""

    def checked(self, day: date, text: bytes) -> bytes:
        """The file of ``day`` as it is kept and read, after a look at it. By default, as it came.

        Raises:
            BadReplyError: It is no such file, not that day's, or not whole.
        """
        return text

    def days(self, last: date) -> Iterator[date]:
        """The days that may have a file, from ``last`` back to ``since``: Mondays to Fridays, unless a subclass knows better."""
        for back in range((last - self.since).days + 1):
            day = last - back * _DAY
            if day.weekday() < _SATURDAY:
                yield day

    async def aclose(self) -> None:
        """Give back what ``fetch`` holds."""

    def newest(self, now: datetime) -> date:
        """The last day whose file is due."""
        return (now.astimezone(self.zone).replace(tzinfo=None) - self.posted).date()

    def due(self, day: date) -> date:
        """The day on which the file of ``day`` is."""
        return (datetime.combine(day, datetime.min.time()) + self.posted).date()
