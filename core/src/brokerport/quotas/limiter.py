"""The wait that keeps to a quota.

Brokers count strictly in a sliding window. A slot is therefore stamped when its reply is there, not when it is sent: the broker counted the
request somewhere between, so whatever the latency no later one comes too early.
"""

from __future__ import annotations

import asyncio
import time
from bisect import bisect_left
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from attrs import Factory, define, field

from brokerport import logs
from brokerport.calls import call
from brokerport.errors import QuotaError, RejectedError
from brokerport.models.quota import Quota
from brokerport.quotas.leases import NEVER, RECOVERY, Lease, Log, Memory

GRACE = 1.0  # seconds after a request was given up in which the broker may still come to count it


@define(eq=False)
class Limiter:
    """Hands out the slots of one quota, first come, first served."""

    quota: Quota
    clock: Callable[[], float] = time.monotonic
    log: Log = field(default=Factory(lambda self: Memory(self.quota), takes_self=True), kw_only=True)
    name: str = field(default="a question", kw_only=True)  #: what is asked, for people
    _queue: deque[asyncio.Future[Lease]] = field(init=False, factory=deque)
    _alarm: asyncio.TimerHandle | None = field(init=False, default=None)
    _refused: bool = field(init=False, default=False)  # and told so

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Hold one slot while a request is on its way; waits its turn first.

        A QuotaError of the body's is the broker's refusal. It holds all who come after; its ``retry_after`` is made to tell for how long.

        Raises:
            QuotaError: The turn comes later than the running call's deadline.
        """
        lease = await self._acquire()
        try:
            yield
        except QuotaError as error:
            self._refuse(lease, error)
            raise
        except BaseException as error:
            self._settle(lease, 0.0 if isinstance(error, RejectedError) else GRACE)
            raise
        self._settle(lease, 0.0)

    def estimate(self) -> float:
        """Seconds, at least, until a request that comes now could be sent; 0 when at once."""
        return self.log.wait(self.clock(), len(self._queue))

    def left(self) -> int:
        """How many requests could be sent at once now, beside those that wait; takes none of them."""
        now, ahead = self.clock(), len(self._queue)
        return bisect_left(range(self.quota.requests), True, key=lambda more: self.log.wait(now, ahead + more) > 0)

    async def _acquire(self) -> Lease:
        taken = 0.0 if self._queue else self.log.take(self.clock())
        return self._granted(taken) if isinstance(taken, Lease) else await self._turn()

    async def _turn(self) -> Lease:
        wait = self.estimate()
        self._refuse_what_cannot_fit(wait)
        turn: asyncio.Future[Lease] = asyncio.get_running_loop().create_future()
        self._queue.append(turn)
        if self._alarm is None:  # else nobody can be served before it rings
            self._serve()
        with call.waiting(self.quota, wait):
            try:
                return await turn
            except asyncio.CancelledError:
                self._give_back(turn)
                raise

    def _refuse_what_cannot_fit(self, wait: float) -> None:
        left = call.patience()
        text = f"the quota of {self.quota} is used up: the next turn is in {wait:.1f} s, and"
        if call.is_impatient():
            raise QuotaError(f"{text} this call does not wait", retry_after=wait)
        if 0 < left < wait:  # at 0 the call ends by itself
            raise QuotaError(f"{text} the call has {left:.1f} s left", retry_after=wait)

    def _give_back(self, turn: asyncio.Future[Lease]) -> None:
        """A caller left the queue; what it was handed in the same moment goes to the next."""
        if turn in self._queue:
            self._queue.remove(turn)
        elif not turn.cancelled():
            self.log.settle(turn.result(), NEVER)
        self._serve()

    def _settle(self, lease: Lease, grace: float) -> None:
        self.log.settle(lease, self.clock() + grace)
        if lease.share < 1:  # requests go one at a time, and this one was it; else what is settled now is free a window from now
            self._serve()

    def _serve(self) -> None:
        """Give free slots to the front of the queue, and wake again when the next one falls free."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        while self._queue:
            if self._queue[0].done():  # its caller has left, and did not come to say so yet
                self._queue.popleft()
                continue
            taken = self.log.take(self.clock())
            if not isinstance(taken, Lease):
                self._alarm = asyncio.get_running_loop().call_later(taken, self._serve)
                return
            self._queue.popleft().set_result(self._granted(taken))

    def _refuse(self, lease: Lease, error: QuotaError) -> None:
        self.log.refuse(lease, self.clock(), error.retry_after)
        error.retry_after = max(error.retry_after, self.estimate())
        if not self._refused:
            self._refused = True
            text = "%s: refused within the quota of %s, so something else asks on this account, or the quota is another one; waiting %.1f s"
            text += ", then one request at a time and fewer of them, until %g minutes pass without a refusal"
            logs.log().warning(text, self.name, self.quota, error.retry_after, RECOVERY / 60)
        self._serve()

    def _granted(self, lease: Lease) -> Lease:
        if self._refused and lease.share == 1:
            self._refused = False
            logs.log().info("%s: no refusal for %g minutes; the whole quota of %s is used again", self.name, RECOVERY / 60, self.quota)
        return lease
