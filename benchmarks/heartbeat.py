"""How late the process itself was: something that ticks, and notes when it was not let run.

What stops it is the machine, Python's lock, or its collector, which stops everyone and for longer the more a program holds. A
caller's lateness less what its heartbeat missed in the same time is what its own call added; both are told.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from attrs import define, field

PERIOD = 0.005  # seconds
NOTED = 0.002  # seconds; less is how exact sleeping is


@define(eq=False)
class Heartbeat:
    """The times at which it should have run and did not."""

    missed: list[tuple[float, float]] = field(factory=list)  #: when it was due, and when it ran
    _over: threading.Event = field(factory=threading.Event)

    @property
    def worst(self) -> float:
        """Seconds, of the longest."""
        return max((ran - due for due, ran in self.missed), default=0.0)

    def within(self, since: float, until: float) -> float:
        """Seconds of the time between that it missed."""
        return sum(max(0.0, min(until, ran) - max(since, due)) for due, ran in self.missed)

    async def tick(self) -> None:
        """On an event loop, until cancelled."""
        while True:
            due = time.monotonic() + PERIOD
            await asyncio.sleep(PERIOD)
            self._note(due)

    def tick_in_thread(self) -> None:
        """In a thread, until stopped."""
        while not self._over.is_set():
            due = time.monotonic() + PERIOD
            time.sleep(PERIOD)
            self._note(due)

    def stop(self) -> None:
        """End the thread."""
        self._over.set()

    def _note(self, due: float) -> None:
        if (now := time.monotonic()) - due > NOTED:
            self.missed.append((due, now))


@asynccontextmanager
async def beating() -> AsyncIterator[dict[bool, Heartbeat]]:
    """A heartbeat of this event loop (False) and one of a thread (True), for callers that block."""
    of_loop, of_thread = Heartbeat(), Heartbeat()
    task = asyncio.create_task(of_loop.tick(), name="heartbeat")
    thread = threading.Thread(target=of_thread.tick_in_thread, name="heartbeat")
    thread.start()
    try:
        yield {False: of_loop, True: of_thread}
    finally:
        of_thread.stop()
        thread.join()
        task.cancel()
        await asyncio.wait({task})
