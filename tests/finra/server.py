"""A web server on this machine with daily files, as FINRA's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date, timedelta

from attrs import define, evolve

from core.kit.web import Answer, Request, WebServer

HEADER = "Date|Symbol|ShortVolume|ShortExemptVolume|TotalVolume|Market"
NO_SUCH_KEY = b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code></Error>'


def daily(day: date, lines: Iterable[str], *, count: int | None = None) -> bytes:
    """A file: each line without its day, such as ``AAPL|10|1|40|B,Q,N``."""
    records = [f"{day:%Y%m%d}|{line}" for line in lines]
    return "\n".join((HEADER, *records, str(len(records) if count is None else count), "")).encode()


def figures(day: date, symbol: str) -> str:
    """A line of made-up figures, the same every time; those of Thursdays count parts of shares."""
    number = day.toordinal() * 1000 + len(symbol)
    part = ".567891" if day.isoweekday() == 4 else ""
    return f"{symbol}|{number}{part}|{day.day}|{3 * number}{part}|B,Q,N"


def trading_days(last: date, count: int, holidays: Iterable[date] = ()) -> list[date]:
    """``count`` days with files, the newest first."""
    closed = set(holidays)
    back = (last - timedelta(days=each) for each in range(10_000))
    open_days = (day for day in back if day.isoweekday() < 6 and day not in closed)
    return [day for day, _ in zip(open_days, range(count), strict=False)]


MISSING = Answer(NO_SUCH_KEY, "403 Forbidden")


@define(eq=False)
class FileServer(WebServer):
    """Answers by day."""

    otherwise: Answer = MISSING
    headers: tuple[str, ...] = ()  #: of every answer

    @property
    def url(self) -> str:
        return f"{self.root}/equity/regsho/daily"

    @property
    def days(self) -> list[date]:
        """Those that were asked for, as often as they were."""
        return [self.key(request) for request in self.requests]

    @property
    def asked(self) -> Counter[date]:
        """How often each day was asked for."""
        return Counter(self.days)

    def key(self, request: Request) -> date:
        return date.fromisoformat(request.path.partition("shvol")[2][:8])

    def respond(self, request: Request) -> Answer:
        answer = super().respond(request)
        return evolve(answer, headers=(*answer.headers, *self.headers))

    def put_days(self, days: Iterable[date], symbols: Iterable[str], line: Callable[[date, str], str] = figures) -> None:
        symbols = list(symbols)
        for day in days:
            self.put(day, daily(day, (line(day, symbol) for symbol in symbols)))
