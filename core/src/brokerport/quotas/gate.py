"""One limit, and those who wait for a slot of it: in the order in which their calls came."""

from __future__ import annotations

import asyncio
from bisect import bisect_left, bisect_right, insort_right
from collections.abc import Callable
from operator import attrgetter
from random import getrandbits

from attrs import define, field, frozen

from brokerport import logs
from brokerport.calls import call
from brokerport.calls.call import Call
from brokerport.models.quota import Limit
from brokerport.quotas.begun import Begun
from brokerport.quotas.leases import NEVER, RECOVERY, Lease, Log
from brokerport.quotas.rules import Rule, rule

PLACE = attrgetter("place")


@frozen(eq=False)
class _Turn:
    place: int
    call: Call | None
    lease: asyncio.Future[Lease]


@define(eq=False)
class Gate:
    """Hands out the slots of one limit."""

    limit: Limit
    log: Log
    name: str  #: of what is asked, for people
    clock: Callable[[], float]
    rule: Rule = field(init=False)
    _begun: Begun = field(init=False)
    _queue: list[_Turn] = field(init=False, factory=list)  # by place, then by arrival
    _latest: int = field(init=False, default=0)  # the highest place that came
    _alarm: asyncio.TimerHandle | None = field(init=False, default=None)
    _refused: bool = field(init=False, default=False)  # and told so
    _held: int = field(init=False, default=0)  # slots that are in flight
    _number: int = field(init=False, factory=lambda: getrandbits(63))  # tells it from the other gates of the log

    def __attrs_post_init__(self) -> None:
        self.rule = rule(self.limit)
        self._begun = Begun(self.rule, self._serve)

    def change(self, limit: Limit) -> None:
        """The limit has another size from now on; what was sent counts on."""
        self.limit = limit
        self.rule = self._begun.rule = rule(limit)
        self._serve()

    def take(self) -> Lease | None:
        """A slot for the running call, where it need not wait."""
        asking, now = call.outermost(), self.clock()
        place = self._place(asking)
        if self._queue and place >= self._queue[0].place:
            return None
        taken = self._take(place, now)
        return self._granted(taken, asking, now) if isinstance(taken, Lease) else None

    async def turn(self) -> Lease:
        """A slot for the running call, when it is its turn."""
        asking = call.outermost()
        turn = _Turn(self._place(asking), asking, asyncio.get_running_loop().create_future())
        with call.waiting(self.limit, self.estimate()):
            insort_right(self._queue, turn, key=PLACE)
            if self._queue[0] is turn:  # else nobody can be served before the alarm rings
                self._serve()
            try:
                return await turn.lease
            except asyncio.CancelledError:
                self._leave(turn)
                raise

    def settle(self, lease: Lease, grace: float) -> None:
        """The request's fate is known, or will be in ``grace`` seconds."""
        self._held -= 1
        self.log.settle(lease, self.clock() + grace if self.rule.window else NEVER)
        # What is settled now is free a window from now; unless it is at once, or requests go one at a time and this was the one.
        if not self.rule.window or lease.share < 1:
            self._serve()

    def give_back(self, lease: Lease) -> None:
        """Nothing was sent."""
        self._held -= 1
        self.log.settle(lease, NEVER)
        self._serve()

    def refuse(self, lease: Lease, hold: float) -> None:
        """The broker refused the request; nothing is sent for ``hold`` seconds."""
        self._held -= 1
        self.log.refuse(lease, self.clock(), hold)
        if not self._refused:
            self._refused = True
            text = "%s: refused within the quota of %s, so something else asks on this account, or the quota is another one; waiting %.1f s"
            text += ", then one request at a time and fewer of them, until %g minutes pass without a refusal"
            logs.log().warning(text, self.name, self.limit, hold, RECOVERY / 60)
        self._serve()

    def estimate(self) -> float:
        """Seconds, at least, until the running call could send a request that it has now; 0 when at once."""
        return self.log.wait(self.rule, self.clock(), bisect_right(self._queue, self._place(call.outermost()), key=PLACE))

    def left(self) -> int:
        """How many requests could be sent at once now, beside those that wait."""
        now, ahead = self.clock(), len(self._queue)
        return bisect_left(range(self.rule.slots), True, key=lambda more: self.log.wait(self.rule, now, ahead + more) > 0)

    def _place(self, asking: Call | None) -> int:
        """Work that is part of no call comes after all calls that came."""
        if asking is None:
            return self._latest
        if asking.place > self._latest:
            self._latest = asking.place
        return asking.place

    def _leave(self, turn: _Turn) -> None:
        """A caller left the queue; what it was handed in the same moment goes to the next."""
        if turn in self._queue:
            self._queue.remove(turn)
        elif not turn.lease.cancelled():
            self.give_back(turn.lease.result())
        self._serve()

    def _take(self, place: int, now: float) -> Lease | float:
        return self.log.take(self.rule, now, self._begun.kept(place, now), 0 if self._held else self._number)

    def _serve(self) -> None:
        """Give free slots to the front of the queue, and wake again when the next one falls free."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        while self._queue:
            turn, now, loop = self._queue[0], self.clock(), self._queue[0].lease.get_loop()
            if turn.lease.done() or loop.is_closed():  # its caller has left, and did not come to say so yet, or never will
                self._queue.pop(0)
                continue
            taken = self._take(turn.place, now)
            if not isinstance(taken, Lease):
                self._alarm = loop.call_later(taken, self._serve)
                return
            self._queue.pop(0)
            turn.lease.set_result(self._granted(taken, turn.call, now))

    def _granted(self, lease: Lease, to: Call | None, now: float) -> Lease:
        self._held += 1
        if to is not None:
            self._begun.took(to, now)
        if self._refused and lease.share == 1:
            self._refused = False
            logs.log().info("%s: no refusal for %g minutes; the whole quota of %s is used again", self.name, RECOVERY / 60, self.limit)
        return lease
