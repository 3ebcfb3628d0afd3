"""One event loop on one daemon thread, for callers that block."""

from __future__ import annotations

import asyncio
import os
import threading
from asyncio import CancelledError
from collections.abc import Coroutine
from contextlib import suppress
from functools import cache
from typing import Any, Generic, TypeVar

from attrs import define, field

from brokerport.errors import ClientClosedError, DeadlineError, InvalidRequestError

T = TypeVar("T")

GRACE = 1.0  # seconds past a call's own deadline after which the loop itself is taken to be stuck


@define(eq=False)
class Portal:
    """Runs coroutines for threads that block; the thread starts with the first lease and ends with the last."""

    _pid: int
    _loop: asyncio.AbstractEventLoop | None = field(init=False, default=None)
    _thread: threading.Thread | None = field(init=False, default=None)
    _leases: int = field(init=False, default=0)
    _lock: threading.RLock = field(init=False, factory=threading.RLock)  # a client may be collected, and end, while its thread holds it
    _ending: set[asyncio.Task[None]] = field(init=False, factory=set)  # a loop itself holds its tasks weakly

    @property
    def foreign(self) -> bool:
        """Whether it belongs to the process that this one was forked from."""
        return self._pid != os.getpid()

    def lease(self) -> None:
        """Keep the thread running until the matching ``release``."""
        with self._lock:
            if self._loop is None:
                self._start()
            self._leases += 1

    def release(self) -> None:
        """Give one lease back; the last one stops the thread."""
        with self._lock:
            self._leases -= 1
            if self._leases == 0:
                self._stop()

    def end(self, work: Coroutine[Any, Any, None], *, seconds: float) -> None:
        """Run ``work``, the last of a lease, and give the lease back; the portal's own thread does not wait for it."""
        if self._loop is not None and threading.current_thread() is self._thread:
            task = self._loop.create_task(work)
            self._ending.add(task)
            task.add_done_callback(self._ended)
            return
        try:
            self.call(work, seconds=seconds)
        finally:
            self.release()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._ending.discard(task)
        self.release()

    def call(self, work: Coroutine[Any, Any, T], *, seconds: float) -> T:
        """Run ``work`` on the loop and block for its result; an interrupt cancels it and returns at once.

        Raises:
            DeadlineError: The loop did not come back ``GRACE`` after ``seconds``: something blocks it.
        """
        run = _Run(work)
        try:
            loop = self._begin(run)
        except BaseException:
            work.close()
            raise
        try:
            return run.result(seconds + GRACE)
        except CancelledError as error:
            raise ClientClosedError("the client was closed while the call ran") from error
        finally:
            if not run.done():
                loop.call_soon_threadsafe(run.cancel)

    def _begin(self, run: _Run[Any]) -> asyncio.AbstractEventLoop:
        if self.foreign:
            raise ClientClosedError("this process was forked from the one that made the client: get a new client here")
        with self._lock:  # else the loop could stop in between, and the work would never start
            loop = self._usable_loop()
            loop.call_soon_threadsafe(run.start, loop)
        return loop

    def _usable_loop(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            raise ClientClosedError("the client is closed")
        if threading.current_thread() is self._thread:
            raise InvalidRequestError("a blocking call from brokerport's own thread could never end: use the AsyncClient there")
        return self._loop

    def _start(self) -> None:
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=_run_until_stopped, args=(loop,), name="brokerport", daemon=True)
        thread.start()
        self._loop, self._thread = loop, thread

    def _stop(self) -> None:
        loop, thread = self._loop, self._thread
        self._loop = self._thread = None
        if loop is None or thread is None:
            return
        loop.call_soon_threadsafe(loop.stop)
        if thread is not threading.current_thread():
            thread.join(GRACE)


class _Run(Generic[T]):
    """One coroutine on its way through the loop; the caller waits on a bare lock, the cheapest way to wake a thread."""

    __slots__ = ("_error", "_over", "_task", "_value", "_work")

    def __init__(self, work: Coroutine[Any, Any, T]) -> None:
        self._work = work
        self._task: asyncio.Task[None] | None = None
        self._value: T
        self._error: BaseException | None = None
        self._over = threading.Lock()
        self._over.acquire()

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """On the loop: begin."""
        self._task = loop.create_task(self._carry())

    def cancel(self) -> None:
        """On the loop: nobody waits any more."""
        if self._task is not None:
            self._task.cancel()

    def done(self) -> bool:
        """Whether there is an outcome."""
        return not self._over.locked()

    def result(self, patience: float) -> T:
        """In the caller's thread: the outcome, or DeadlineError after ``patience`` seconds."""
        if not self._over.acquire(timeout=min(patience, threading.TIMEOUT_MAX)):
            text = f"no answer within {patience:g} s, past the call's own time"
            raise DeadlineError(f"{text}: a plugin or a callback blocks brokerport's event loop")
        self._over.release()
        if self._error is not None:
            raise self._error
        return self._value

    async def _carry(self) -> None:
        # The caller is woken from within the task: a callback of the task would cost it one more turn of the loop.
        try:
            self._value = await self._work
        except BaseException as error:  # noqa: BLE001  # whatever it is, it is the caller's
            self._error = error
        finally:
            self._over.release()


def shared() -> Portal:
    """The portal of this process; a forked child has its own."""
    return _portal(os.getpid())


_portal = cache(Portal)


def _run_until_stopped(loop: asyncio.AbstractEventLoop) -> None:
    runner = asyncio.Runner(loop_factory=lambda: loop)
    try:
        asyncio.set_event_loop(runner.get_loop())
        loop.run_forever()
    finally:
        # At the interpreter's exit no thread can be started any more, not even the one that asyncio ends its executor with.
        with suppress(RuntimeError):
            runner.close()
