"""One event loop on one daemon thread, for callers that block."""

from __future__ import annotations

import asyncio
import os
import threading
from asyncio import CancelledError
from collections.abc import Coroutine
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
    _lock: threading.Lock = field(init=False, factory=threading.Lock)

    def lease(self) -> None:
        """Keep the thread running until the matching ``release``."""
        with self._lock:
            self._leases += 1
            if self._loop is None:
                self._start()

    def release(self) -> None:
        """Give one lease back; the last one stops the thread."""
        with self._lock:
            self._leases -= 1
            if self._leases == 0:
                self._stop()

    def call(self, work: Coroutine[Any, Any, T], *, seconds: float) -> T:
        """Run ``work`` on the loop and block for its result; an interrupt cancels it and returns at once.

        Raises:
            DeadlineError: The loop did not come back ``GRACE`` after ``seconds``: something blocks it.
        """
        run = _Run(work)
        try:
            loop = self._usable_loop()
            loop.call_soon_threadsafe(run.start, loop)
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

    def _usable_loop(self) -> asyncio.AbstractEventLoop:
        if self._pid != os.getpid():
            raise ClientClosedError("this process was forked from the one that made the client: make a new client here")
        if self._loop is None:
            raise ClientClosedError("the client is closed")
        if threading.current_thread() is self._thread:
            raise InvalidRequestError("a blocking call from brokerport's own thread could never end: use the AsyncClient there")
        return self._loop

    def _start(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=_run_until_stopped, args=(self._loop,), name="brokerport", daemon=True)
        self._thread.start()

    def _stop(self) -> None:
        loop, thread = self._loop, self._thread
        self._loop = self._thread = None
        if loop is None or thread is None or self._pid != os.getpid():
            return
        loop.call_soon_threadsafe(loop.stop)
        if thread is not threading.current_thread():
            thread.join(GRACE)


class _Run(Generic[T]):
    """One coroutine on its way through the loop; the caller waits on a bare lock, the cheapest way to wake a thread."""

    __slots__ = ("_done", "_task", "_work")

    def __init__(self, work: Coroutine[Any, Any, T]) -> None:
        self._work = work
        self._task: asyncio.Task[T] | None = None
        self._done = threading.Lock()
        self._done.acquire()

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """On the loop: begin."""
        self._task = loop.create_task(self._work)
        self._task.add_done_callback(lambda _: self._done.release())

    def cancel(self) -> None:
        """On the loop: nobody waits any more."""
        if self._task is not None:
            self._task.cancel()

    def done(self) -> bool:
        """Whether there is an outcome."""
        return self._task is not None and self._task.done()

    def result(self, patience: float) -> T:
        """In the caller's thread: the outcome, or DeadlineError after ``patience`` seconds."""
        if self._done.acquire(timeout=min(patience, threading.TIMEOUT_MAX)) and self._task is not None:
            return self._task.result()
        text = f"no answer within {patience:g} s, past the call's own time"
        raise DeadlineError(f"{text}: a plugin or a callback blocks brokerport's event loop")


def shared() -> Portal:
    """The portal of this process; a forked child has its own."""
    return _portal(os.getpid())


_portal = cache(Portal)


def _run_until_stopped(loop: asyncio.AbstractEventLoop) -> None:
    with asyncio.Runner(loop_factory=lambda: loop):
        asyncio.set_event_loop(loop)
        loop.run_forever()
