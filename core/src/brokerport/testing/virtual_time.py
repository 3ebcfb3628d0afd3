"""An event loop whose time is made up: hours of waiting take no longer than what happens in them."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from math import inf, nextafter
from typing import Any, TypeVar

T = TypeVar("T")

_TICK = 1e-9  # seconds; real time never stands still either, and code that waits for "later than now" counts on it


class VirtualLoop(asyncio.SelectorEventLoop):
    """Where there is nothing to do until a timer is due, the time jumps there.

    For code whose waits are timers. What a socket or a thread has to tell may come late, in made-up time, or never.
    """

    def __init__(self) -> None:
        self.now = 0.0  #: seconds since the loop was made
        super().__init__(_Jumps(self))

    def time(self) -> float:
        """Made-up seconds."""
        return self.now


class _Jumps(selectors.SelectSelector):
    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready and timeout is None:
            raise RuntimeError("every task waits, and no timer is set: this would never end")
        now, wait = self._loop.now, 0.0 if ready else timeout or 0.0
        self._loop.now = max(now + wait + _TICK, nextafter(now, inf))  # after a year a tick alone is lost in rounding
        return ready


def run_in_virtual_time(work: Coroutine[Any, Any, T]) -> T:
    """Run ``work`` on a VirtualLoop, as ``asyncio.run`` does on a real one."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(work)
