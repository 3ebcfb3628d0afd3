"""The wait that keeps to a quota.

Brokers count strictly in a sliding window. A slot is therefore stamped when its reply is there, not when it is sent: the broker counted the
request somewhere between, so whatever the latency no later one comes too early.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from attrs import define, field

from brokerport import call
from brokerport.errors import QuotaError
from brokerport.quota import Quota

MARGIN = 0.005  # seconds; clocks of two processes drift by about 3 ms in 30 s at 100 ppm


@define(eq=False)
class Limiter:
    """Hands out the slots of one quota, first come, first served."""

    quota: Quota
    clock: Callable[[], float] = time.monotonic
    _in_flight: int = field(init=False, default=0)
    _settled: deque[float] = field(init=False, factory=deque)  # when each used slot was settled, oldest first
    _queue: deque[asyncio.Future[None]] = field(init=False, factory=deque)
    _alarm: asyncio.TimerHandle | None = field(init=False, default=None)

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Hold one slot while a request is on its way; waits its turn first.

        Raises:
            QuotaError: The turn comes later than the running call's deadline.
        """
        await self._acquire()
        try:
            yield
        finally:
            self._in_flight -= 1
            self._settled.append(self.clock())
            self._serve()

    def estimate(self) -> float:
        """Seconds, at least, until a request that comes now could be sent; 0 when at once."""
        self._expire()
        place = len(self._queue) - self._free()  # below 0: a slot is free
        if place < 0:
            return 0.0
        rounds, slot = divmod(place, self.quota.requests)  # whoever is ahead holds each slot for a window
        first = self._settled[slot] - self.clock() if slot < len(self._settled) else 0.0  # 0: its reply is still due
        return (rounds + 1) * self._window + first

    @property
    def _window(self) -> float:
        return self.quota.seconds + MARGIN

    def _refuse_what_cannot_fit(self) -> None:
        left, wait = call.remaining(), self.estimate()
        if left is not None and 0 < left < wait:  # at 0 the call ends by itself
            text = f"the quota of {self.quota} is used up: the next turn is in {wait:.1f} s, and the call has {left:.1f} s left"
            raise QuotaError(text, retry_after=wait)

    def _free(self) -> int:
        return self.quota.requests - self._in_flight - len(self._settled)

    async def _acquire(self) -> None:
        self._expire()
        if not self._queue and self._free() > 0:
            self._in_flight += 1
            return
        self._refuse_what_cannot_fit()
        turn = asyncio.get_running_loop().create_future()
        self._queue.append(turn)
        self._serve()
        with call.stage("waiting for quota"):
            try:
                await turn
            except asyncio.CancelledError:
                self._give_back(turn)
                raise

    def _give_back(self, turn: asyncio.Future[None]) -> None:
        """A caller left the queue; what it was handed in the same moment goes to the next."""
        if turn in self._queue:
            self._queue.remove(turn)
        elif not turn.cancelled():
            self._in_flight -= 1
        self._serve()

    def _serve(self) -> None:
        """Give free slots to the front of the queue, and wake again when the next one falls free."""
        self._expire()
        while self._queue and self._free() > 0:
            turn = self._queue.popleft()
            if not turn.done():
                self._in_flight += 1
                turn.set_result(None)
        self._set_alarm()

    def _set_alarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        if self._queue and self._settled:
            delay = self._settled[0] + self._window - self.clock()
            self._alarm = asyncio.get_running_loop().call_later(max(delay, 0.0), self._serve)

    def _expire(self) -> None:
        horizon = self.clock() - self._window
        while self._settled and self._settled[0] < horizon:
            self._settled.popleft()
