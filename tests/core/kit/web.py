"""A web server on this machine, with every fault that a server can have."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from typing import TypeVar
from urllib.parse import parse_qsl, urlsplit

import pytest
from attrs import define, field, frozen


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the machine says of proxies is not for these tests."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@frozen
class Request:
    """What came."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]  #: by name, in lower case
    body: bytes = b""


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


@define(eq=False)
class WebServer:
    """Answers by path, in turn where a path has several answers, the last again and again; notes what it was asked."""

    answers: dict[Hashable, list[Answer]] = field(factory=dict)
    otherwise: Answer = Answer(status="404 Not Found")
    requests: list[Request] = field(factory=list)
    busiest: int = 0  #: most requests at the same time
    connections: int = 0
    arrived: threading.Semaphore = field(factory=lambda: threading.Semaphore(0))  #: released by each request
    port: int = 0
    loop: asyncio.AbstractEventLoop | None = None
    _busy: int = 0

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def put(self, key: Hashable, *answers: Answer | bytes) -> None:
        self.answers[key] = [answer if isinstance(answer, Answer) else Answer(answer) for answer in answers]

    def key(self, request: Request) -> Hashable:
        """What its answers are found by."""
        return request.path

    def respond(self, request: Request) -> Answer:
        answers = self.answers.get(self.key(request), [self.otherwise])
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def release(self, hold: asyncio.Event) -> None:
        """Let the answers that wait for it go; from any thread."""
        assert self.loop is not None
        self.loop.call_soon_threadsafe(hold.set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                answer = await self._answer(await _request(head.decode(), reader))
                writer.write(answer.head() + answer.body)
                await writer.drain()
                if answer.ends_connection:
                    return
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):  # the client left, or the server ends
            return
        finally:
            writer.close()

    async def _answer(self, request: Request) -> Answer:
        self.requests.append(request)
        self._busy += 1
        self.arrived.release()
        self.busiest = max(self.busiest, self._busy)
        answer = self.respond(request)
        try:
            await (answer.hold.wait() if answer.hold else asyncio.sleep(0))
        finally:
            self._busy -= 1
        return answer


async def _request(head: str, reader: asyncio.StreamReader) -> Request:
    first, *lines = head.split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    parts = urlsplit(target)
    return Request(method, parts.path, dict(parse_qsl(parts.query)), headers, body)


S = TypeVar("S", bound=WebServer)


@contextmanager
def serving(server: S) -> Iterator[S]:
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
