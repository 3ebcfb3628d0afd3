"""A few threads for work that blocks, on behalf of one event loop.

What is counted here is counted on the loop: a thread is only given work when it has none, so nothing waits in a queue that nobody can
leave. The threads are daemons: neither closing nor the interpreter's exit waits for one that hangs.
"""

from __future__ import annotations

import asyncio
import weakref
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from contextvars import copy_context
from functools import partial
from itertools import islice
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeVar

from attrs import define, field

from brokerport.calls.call import stage
from brokerport.errors import ClientClosedError, ConnectError

T = TypeVar("T")

_OTHERS = (StopIteration, GeneratorExit, KeyboardInterrupt)  # what whoever awaits the outcome would take for Python's own, or the user's
HANGS = 5.0  # seconds that work may go on after its caller has left; then its thread is taken to hang


@define(eq=False)
class _Job:
    """Work that a thread has, or is about to get."""

    name: str
    work: Callable[[], Any]
    began: float  # by the loop's clock
    outcome: Future[Any] = field(init=False, factory=Future)
    hangs: bool = field(init=False, default=False)

    def run(self) -> None:
        """In the thread."""
        if not self.outcome.set_running_or_notify_cancel():
            return
        try:
            result = self.work()
        except _OTHERS as error:
            told = RuntimeError(f"{self.name} raised {type(error).__name__}")
            self.outcome.set_exception(told.with_traceback(error.__traceback__))
        except BaseException as error:  # noqa: BLE001  # whatever it is, it is the caller's
            self.outcome.set_exception(error)
        else:
            self.outcome.set_result(result)


@define(eq=False)
class Threads:
    """At most ``most`` threads, each started when it is needed."""

    owner: str  #: whose threads they are, for people
    most: int
    _jobs: SimpleQueue[_Job | None] = field(init=False, factory=SimpleQueue)
    _running: dict[Future[Any], _Job] = field(init=False, factory=dict)  # by their outcomes, the oldest first
    _waiting: deque[asyncio.Future[None]] = field(init=False, factory=deque)  # for a thread
    _started: int = field(init=False, default=0)
    _closed: bool = field(init=False, default=False)
    _end: weakref.finalize[[None], Threads] | None = field(init=False, default=None)

    @property
    def in_use(self) -> bool:
        """Whether there has been work, and may be more."""
        return self._started > 0 and not self._closed

    async def run(self, name: str, work: Callable[[], T]) -> T:
        """The outcome of ``work``, done in a thread and in the caller's context. It is never begun once the caller has left.

        Raises:
            ConnectError: Every thread hangs in work whose caller has left; the text says in what, and for how long.
            ClientClosedError: The threads have ended.
        """
        loop = asyncio.get_running_loop()
        await self._turn(loop)
        job = _Job(name, partial(copy_context().run, work), loop.time())
        self._hand_over(job, loop)
        try:
            with stage(f"in {name}"):
                return await asyncio.wrap_future(job.outcome)
        finally:
            if job.outcome in self._running:  # the caller leaves before it is over
                loop.call_later(HANGS, self._give_up, job, loop)

    def end(self) -> None:
        """Let each thread end after what it does now; waits for none."""
        self._closed = True
        self._refuse_all(partial(ClientClosedError, f"{self.owner}: it was closed while the call waited for a thread"))
        if self._end is not None:
            self._end()

    async def _turn(self, loop: asyncio.AbstractEventLoop) -> None:
        """Wait until a thread is free and all who came before have theirs."""
        if self._closed:
            raise ClientClosedError(f"{self.owner} is closed")
        if len(self._running) + len(self._waiting) < self.most:
            return
        if self._all_hang():
            raise self._hang(loop)
        turn = loop.create_future()
        self._waiting.append(turn)
        try:
            with stage(f"waiting for one of {self.most} threads"):
                await turn
        except BaseException:
            self._waiting.remove(turn)
            self._wake()  # the thread may have been free already
            raise
        self._waiting.remove(turn)

    def _hand_over(self, job: _Job, loop: asyncio.AbstractEventLoop) -> None:
        if len(self._running) == self._started:
            self._start()
        self._running[job.outcome] = job
        job.outcome.add_done_callback(partial(_tell, loop, self._over))
        self._jobs.put(job)

    def _start(self) -> None:
        thread = Thread(target=_work, args=(self._jobs,), name=f"{self.owner}-{self._started + 1}", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:
            raise ConnectError(f"{self.owner}: no thread can be started: {error}") from error
        self._started += 1
        self._end = self._end or weakref.finalize(self, self._jobs.put, None)

    def _over(self, outcome: Future[Any]) -> None:
        del self._running[outcome]
        self._wake()

    def _wake(self) -> None:
        """Let those who came first have the threads that are free."""
        for turn in islice(self._waiting, self.most - len(self._running)):
            if not turn.done():
                turn.set_result(None)

    def _give_up(self, job: _Job, loop: asyncio.AbstractEventLoop) -> None:
        job.hangs = True
        if self._all_hang():
            self._refuse_all(partial(self._hang, loop))

    def _all_hang(self) -> bool:
        return len(self._running) == self.most and all(job.hangs for job in self._running.values())

    def _hang(self, loop: asyncio.AbstractEventLoop) -> ConnectError:
        what = ", ".join(f"{job.name} ({loop.time() - job.began:.0f} s)" for job in self._running.values())
        return ConnectError(f"{self.owner} can do nothing more: each of its {self.most} threads hangs, in {what}")

    def _refuse_all(self, error: Callable[[], Exception]) -> None:
        for turn in self._waiting:
            if not turn.done():
                turn.set_exception(error())


def _work(jobs: SimpleQueue[_Job | None]) -> None:
    while (job := jobs.get()) is not None:
        job.run()
        del job  # else its result would live until the next
    jobs.put(None)  # for the next thread


def _tell(loop: asyncio.AbstractEventLoop, over: Callable[[Future[Any]], None], outcome: Future[Any]) -> None:
    with suppress(RuntimeError):  # the loop is closed, and nobody counts any more
        loop.call_soon_threadsafe(over, outcome)
