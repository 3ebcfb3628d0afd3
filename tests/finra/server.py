"""A web server on this machine with daily files, as FINRA's, and with every fault that a server can have."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta

from attrs import define, field, frozen

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


@frozen
class Answer:
    """What one request gets."""

    body: bytes = b""
    status: str = "200 OK"
    headers: tuple[str, ...] = ()
    length: int | None = None  #: said to follow; None for what does, -1 to say nothing
    hold: asyncio.Event | None = None  #: what is waited for before the answer

    def head(self) -> bytes:
        length = len(self.body) if self.length is None else self.length
        said = [] if length < 0 else [f"Content-Length: {length}"]
        return "\r\n".join((f"HTTP/1.1 {self.status}", *said, *self.headers, "", "")).encode()

    @property
    def ends_connection(self) -> bool:
        return self.length is not None


MISSING = Answer(NO_SUCH_KEY, "403 Forbidden")


@define(eq=False)
class FileServer:
    """Answers by day, in turn where a day has several answers, the last again and again; notes what it was asked."""

    answers: dict[date, list[Answer]] = field(factory=dict)
    otherwise: Answer = MISSING
    requests: list[date] = field(factory=list)
    agents: set[str] = field(factory=set)
    busiest: int = 0  #: most requests at the same time
    connections: int = 0
    arrived: threading.Semaphore = field(factory=lambda: threading.Semaphore(0))  #: released by each request
    port: int = 0
    loop: asyncio.AbstractEventLoop | None = None
    _busy: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/equity/regsho/daily"

    @property
    def asked(self) -> Counter[date]:
        """How often each day was asked for."""
        return Counter(self.requests)

    def put(self, day: date, *answers: Answer | bytes) -> None:
        self.answers[day] = [answer if isinstance(answer, Answer) else Answer(answer) for answer in answers]

    def put_days(self, days: Iterable[date], symbols: Iterable[str], line: Callable[[date, str], str] = figures) -> None:
        symbols = list(symbols)
        for day in days:
            self.put(day, daily(day, (line(day, symbol) for symbol in symbols)))

    def release(self, hold: asyncio.Event) -> None:
        """Let the answers that wait for it go; from any thread."""
        assert self.loop is not None
        self.loop.call_soon_threadsafe(hold.set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while request := await reader.readuntil(b"\r\n\r\n"):
                answer = await self._answer(request.decode())
                writer.write(answer.head() + answer.body)
                await writer.drain()
                if answer.ends_connection:
                    return
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):  # the client left, or the server ends
            return
        finally:
            writer.close()

    async def _answer(self, request: str) -> Answer:
        day = date.fromisoformat(request.partition("shvol")[2][:8])
        self.requests.append(day)
        self.agents.update(line for line in request.splitlines() if line.lower().startswith("user-agent"))
        self._busy += 1
        self.arrived.release()
        self.busiest = max(self.busiest, self._busy)
        answers = self.answers.get(day, [self.otherwise])
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        try:
            await (answer.hold.wait() if answer.hold else asyncio.sleep(0))
        finally:
            self._busy -= 1
        return answer


@contextmanager
def serving(server: FileServer) -> Iterator[FileServer]:
    """Serve on a thread and an event loop of its own, for callers of every kind."""
    begun, loop = threading.Event(), asyncio.new_event_loop()
    server.loop = loop
    end = asyncio.Event()

    async def run() -> None:
        listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
        server.port = listening.sockets[0].getsockname()[1]
        begun.set()
        await end.wait()
        listening.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await asyncio.sleep(0)  # a transport that was closed lets its socket go a turn later

    thread = threading.Thread(target=loop.run_until_complete, args=(run(),))
    thread.start()
    begun.wait()
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(end.set)
        thread.join()
        loop.close()
