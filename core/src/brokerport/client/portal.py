"""One event loop on one daemon thread, for callers that block."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from asyncio import CancelledError
from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import cache, partial
from typing import Any, Generic, TypeVar

from attrs import define, field

from brokerport.calls.deadline import Deadline, watch
from brokerport.client.stuck import culprit
from brokerport.errors import ClientClosedError, ConnectError, DeadlineError, InvalidRequestError
from brokerport.forks import elsewhere
from brokerport.logs import log

T = TypeVar("T")

#: begins the work, on the loop; a coroutine made in the caller's thread would be left over when Ctrl-C comes before it is handed on
Work = Callable[[], Coroutine[Any, Any, T]]

GRACE = 1.0  # seconds past a call's own deadline after which the loop itself is taken to be stuck


@define(eq=False)
class Portal:
    """Runs coroutines for threads that block; the thread starts with the first lease that begins and ends with the last."""

    _pid: int
    _loop: asyncio.AbstractEventLoop | None = field(init=False, default=None)
    _thread: threading.Thread | None = field(init=False, default=None)
    _leases: set[Lease] = field(init=False, factory=set)  # that have begun and not ended
    _lock: threading.RLock = field(init=False, factory=threading.RLock)  # a client may be collected, and end, while its thread holds it
    _ending: set[asyncio.Task[Any] | None] = field(init=False, factory=set)  # a loop itself holds its tasks weakly

    @property
    def foreign(self) -> bool:
        """Whether it belongs to the process that this one was forked from."""
        return self._pid != os.getpid()

    def begin(self, lease: Lease) -> None:
        """See ``Lease``."""
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._start()
            self._leases.add(lease)

    def end(self, lease: Lease, work: Work[None], seconds: float) -> Callable[[], None]:
        """See ``Lease``."""
        run = _Run(partial(self._last, lease, work))
        with self._lock:
            thread = self._thread
            if lease not in self._leases or self._loop is None or thread is None:
                return _nothing
            run.begin(self._loop, thread)
        return partial(self._wait, run, thread, seconds)

    def call(self, work: Work[T], *, seconds: float) -> T:
        """Run ``work`` on the loop and block for its result; an interrupt cancels it and returns at once.

        Raises:
            DeadlineError: Nothing came back in ``seconds``, by which the deadline of a call that ``work`` makes may move, and ``GRACE``.
        """
        if threading.current_thread() is self._thread:
            raise InvalidRequestError("a blocking call from brokerport's own thread could never end: use the AsyncClient there")
        run = _Run(work)
        try:
            self._begin(run)
            return self._outcome(run, seconds)
        finally:
            run.abandon()

    def _begin(self, run: _Run[Any]) -> None:
        if self.foreign:
            raise ClientClosedError(elsewhere(self._pid))
        with self._lock:  # else the loop could stop in between, and the work would never start
            if self._loop is None or self._thread is None:
                raise ClientClosedError("the client is closed; get a new one")
            run.begin(self._loop, self._thread)

    def _outcome(self, run: _Run[T], seconds: float) -> T:
        try:
            return run.result(seconds)
        except CancelledError as error:
            raise ClientClosedError("the client was closed while the call ran") from error

    def _wait(self, run: _Run[None], thread: threading.Thread, seconds: float) -> None:
        if thread is threading.current_thread():
            return
        self._outcome(run, seconds)
        if thread is not self._thread:
            thread.join(GRACE)

    async def _last(self, lease: Lease, work: Work[None]) -> None:
        task = asyncio.current_task()
        self._ending.add(task)
        try:
            await work()
        finally:
            self._ending.discard(task)
            self._release(lease)

    def _release(self, lease: Lease) -> None:
        with self._lock:
            self._leases.discard(lease)
            if not self._leases and self._loop is not None:
                loop, self._loop, self._thread = self._loop, None, None
                # A turn later: what begins in this one takes its first step then, without which it would never tell of its end.
                loop.call_soon_threadsafe(loop.call_soon, loop.stop)

    def _start(self) -> None:
        try:
            loop = asyncio.new_event_loop()
        except OSError as error:
            raise ConnectError(f"brokerport's event loop cannot be started: {error}") from error
        unclaimed = [loop]  # whoever takes it closes it: the thread, or who was interrupted before that ran
        self._loop = loop
        self._thread = threading.Thread(target=self._run, args=(loop, unclaimed), name="brokerport", daemon=True)
        try:
            self._thread.start()
        except BaseException as error:
            self._loop = self._thread = None
            _take_back(loop, unclaimed)
            if isinstance(error, RuntimeError):
                raise ConnectError(f"brokerport's thread cannot be started: {error}") from error
            raise

    def _run(self, loop: asyncio.AbstractEventLoop, unclaimed: list[asyncio.AbstractEventLoop]) -> None:
        if not _claim(unclaimed):
            return
        runner = asyncio.Runner(loop_factory=lambda: loop)
        try:
            asyncio.set_event_loop(runner.get_loop())
            while self._loop is loop:
                _run_until_stopped(loop)
        finally:
            # At the interpreter's exit no thread can be started any more, not even the one that asyncio ends its executor with.
            with suppress(RuntimeError):
                runner.close()


@define(eq=False)
class Lease:
    """A hold on a portal's thread. Each step may be taken again, where an interrupt came between."""

    portal: Portal

    def begin(self) -> None:
        """Keep the thread running until ``end``.

        Raises:
            ConnectError: The machine has no thread or descriptor left for it, or the interpreter is on its way out.
        """
        self.portal.begin(self)

    def end(self, work: Work[None], *, seconds: float) -> Callable[[], None]:
        """Run ``work``, the last of the lease, which it gives back when it is over; the last of all leases stops the thread.

        What is returned waits for that, but not on the portal's own thread. Who is interrupted while waiting leaves it to itself.
        """
        return self.portal.end(self, work, seconds)


class _Run(Generic[T]):
    """One coroutine on its way through the loop; the caller waits on a bare lock, the cheapest way to wake a thread."""

    __slots__ = ("_deadlines", "_error", "_loop", "_over", "_task", "_thread", "_value", "_work")

    def __init__(self, work: Work[T]) -> None:
        self._work = work
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread
        self._task: asyncio.Task[None] | None = None
        self._deadlines: list[Deadline] = []  # that of the call, when it has begun
        self._value: T
        self._error: BaseException | None = None
        self._over = threading.Lock()
        self._over.acquire()

    def begin(self, loop: asyncio.AbstractEventLoop, thread: threading.Thread) -> None:
        """In the caller's thread: send it to the loop, which runs in ``thread``."""
        self._loop, self._thread = loop, thread  # first, so that it can be abandoned from here on
        loop.call_soon_threadsafe(self._start)

    def abandon(self) -> None:
        """In the caller's thread: nobody waits any more."""
        if self._loop is not None and self._over.locked():
            with suppress(RuntimeError):  # the loop is closed, and whatever was on it over
                self._loop.call_soon_threadsafe(self._cancel)

    def result(self, seconds: float) -> T:
        """In the caller's thread: the outcome, or DeadlineError when the call's ``seconds`` and ``GRACE`` are over.

        When they are, the loop is asked by how much the call's deadline has moved meanwhile; one that is stuck does not say.
        """
        began, moved = time.monotonic(), 0.0
        while not self._ends_within(began + seconds + moved - time.monotonic()):
            told = self._ask_for_the_deadline()
            if self._ends_within(GRACE):
                break
            if not told or told[0] <= moved:
                raise DeadlineError(f"no answer within {time.monotonic() - began:.3g} s, past the call's own time: {self._blame(told)}")
            moved = told[0]
        if self._error is not None:
            raise self._error
        return self._value

    def _ends_within(self, seconds: float) -> bool:
        if self._over.acquire(timeout=min(max(seconds, 0.0), threading.TIMEOUT_MAX)):
            self._over.release()
            return True
        return False

    def _ask_for_the_deadline(self) -> list[float]:
        """Will hold the seconds by which it has moved, when the loop comes to it."""
        assert self._loop is not None
        told: list[float] = []
        with suppress(RuntimeError):  # the loop is closed, and whatever was on it over
            self._loop.call_soon_threadsafe(lambda: told.append(self._deadlines[0].moved if self._deadlines else 0.0))
        return told

    def _blame(self, told: list[float]) -> str:
        if told and self._deadlines and self._deadlines[0].rang:
            return "the plugin goes on with a call that was cancelled; tell its author"
        return culprit(self._thread)

    def _start(self) -> None:
        assert self._loop is not None
        self._task = self._loop.create_task(self._carry())

    def _cancel(self) -> None:
        if self._task is not None:  # else the interrupt came before it was begun
            self._task.cancel()

    async def _carry(self) -> None:
        # The caller is woken from within the task: a callback of the task would cost it one more turn of the loop.
        self._deadlines = watch()
        try:
            self._value = await self._work()
        except BaseException as error:  # noqa: BLE001  # whatever it is, it is the caller's
            self._error = error
        finally:
            self._over.release()


def _claim(unclaimed: list[asyncio.AbstractEventLoop]) -> bool:
    """Whether nobody took it before; one of two threads gets it."""
    try:
        unclaimed.pop()
    except IndexError:
        return False
    return True


def _take_back(loop: asyncio.AbstractEventLoop, unclaimed: list[asyncio.AbstractEventLoop]) -> None:
    """End a loop whose thread is not wanted any more."""
    if _claim(unclaimed):
        loop.close()
    else:
        with suppress(RuntimeError):  # its thread has seen to it
            loop.call_soon_threadsafe(loop.stop)


def _nothing() -> None:
    """It is over already."""


def shared() -> Portal:
    """The portal of this process; a forked child has its own."""
    return _portal(os.getpid())


_portal = cache(Portal)


def _run_until_stopped(loop: asyncio.AbstractEventLoop) -> None:
    """Asyncio ends a loop whose callback raises one of these; all clients of the process would end with it."""
    try:
        loop.run_forever()
    except (SystemExit, KeyboardInterrupt) as error:
        log().error("a plugin's callback raised %s on brokerport's event loop, which goes on", type(error).__name__, exc_info=True)
