"""What is one source's own: which days have a file, how it is got, and what is in it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from datetime import date, datetime, timedelta, tzinfo
from typing import ClassVar, Generic, TypeVar

from attrs import frozen

from brokerport.errors import BadReplyError, RejectedError

Row = TypeVar("Row")

_DAY = timedelta(days=1)
_SATURDAY = 5


@frozen
class Absent:
    """What ``fetch`` gives for a file that the source says it does not have, of a day that should have one."""

    said: str  #: what it answers, for people: where it was asked, and its words


@frozen(eq=False)
class DayFile:
    """What is known of one day."""

    day: date
    fetched_at: datetime  #: UTC
    text: bytes | None  #: checked; None where the source has no file of that day
    absent: Absent | None = None  #: where it should have one


class DaySource(ABC, Generic[Row]):
    """Subclass it for your source, and give an instance to DayFiles. ``checked`` runs in a thread."""

    title: ClassVar[str]  #: whose files they are, for people: "FINRA"
    zone: ClassVar[tzinfo]  #: where a day begins
    since: ClassVar[date]  #: the oldest day that has a file
    posted: ClassVar[timedelta]  #: when the file of a day is due, from the beginning of that day on

    page: ClassVar[int] = 20  #: most rows of a page, and so about as many files
    absent: ClassVar[int] = 40  #: files in a row without a symbol, after which it is taken to be in no older one
    silent: ClassVar[int] = 10  #: holidays in a row, after which there are no older files
    missing: ClassVar[int] = 4  #: most files of a page that should be there and are not; more are an error
    largest: ClassVar[int] = 16 * 1024 * 1024  #: bytes of a file; a larger one is refused
    at_once: int = 4  #: most files in hand at the same time, each fetched, checked and looked at: that many times the largest in memory

    @abstractmethod
    def name(self, day: date) -> str:
        """What the file of ``day`` is called, also in the cache on disk: one name for each day, and no folder in it."""

    @abstractmethod
    async def fetch(self, day: date) -> bytes | Absent | None:
        """The file of ``day``, as it is sent.

        None says that there is none and never will be: the source says so in words of its own, or it answers as it does for a file that is
        not there, on a day on which the market is known to be closed. It is kept as a holiday. Where it answers so on any other day, it is
        Absent: the day is named as missing, and asked for again. Any other answer is one of ``brokerport.errors``.
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

    def whole(self, day: date, text: bytes) -> bytes:
        """The file of ``day`` after all that is looked at.

        Raises:
            BadReplyError: It is too large, or as for ``checked``.
        """
        if len(text) > self.largest:
            raise BadReplyError(f"{self.title}'s file of {day} is larger than {self.largest:,} bytes, the most that is taken")
        return self.checked(day, text)

    def days(self, last: date) -> Iterator[date]:
        """The days that may have a file, from ``last`` back to ``since``: Mondays to Fridays, unless a subclass knows better."""
        for back in range((last - self.since).days + 1):
            day = last - back * _DAY
            if day.weekday() < _SATURDAY:
                yield day

    def time(self) -> datetime | None:
        """The present time by the source's own clock, aware; None where it tells none. This machine's may be wrong."""
        return None

    async def aclose(self) -> None:
        """Give back what ``fetch`` holds."""

    def newest(self, now: datetime) -> date:
        """The last day whose file is due."""
        return (now.astimezone(self.zone).replace(tzinfo=None) - self.posted).date()

    def due(self, day: date) -> date:
        """The day on which the file of ``day`` is."""
        return (datetime.combine(day, datetime.min.time()) + self.posted).date()

    def too_early(self, day: date) -> RejectedError:
        """The error for a clock by which ``day`` is the newest, which is before there was any file."""
        said = f"by this machine's clock the newest of {self.title}'s files is that of {day}, and the first of all is that of {self.since}"
        return RejectedError(f"{said}; set the clock", code=404, text="no file")
