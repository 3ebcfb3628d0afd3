"""Who holds the slots of one quota, and since when the used ones count: the rules alone, without a file, a queue or a clock.

A slot is *in flight* from the moment it is taken, and *settled* when its request's fate is known; a window after that it is free.
"""

from __future__ import annotations

import threading
from math import inf
from typing import Protocol

from attrs import define, field, frozen

from brokerport.models.quota import Quota

MARGIN = 0.005  # seconds; clocks of two machines drift by about 3 ms in 30 s at 100 ppm
RECOVERY = 600.0  # seconds without a refusal, after which the whole quota is used again
SHRINK = 0.9  # of the share, at each refusal
SMALLEST = 0.5  # share of the quota that is used whatever happens
TICK = 1e-6  # seconds that a used slot is waited for at least, whatever the rounding
PROBE = 0.1  # seconds after which to look again whether another's request is back, while requests go one at a time

IN_FLIGHT = inf
VACANT = -inf
NEVER = -inf


@frozen
class Lease:
    """One slot, taken."""

    slot: int
    taken: float  #: when; tells it from other leases of that slot
    share: float = 1.0  #: of the quota that was in use: below 1 after a refusal


class Log(Protocol):
    """Slots of one quota, by a clock that all who share it have in common."""

    def take(self, now: float) -> Lease | float:
        """A lease; or the seconds, at least, until there may be one."""

    def settle(self, lease: Lease, when: float) -> None:
        """The request's fate is known, and it counts from ``when`` on; NEVER: it was not sent."""

    def refuse(self, lease: Lease, now: float, seconds: float) -> None:
        """The broker refused the request, and says to come again in ``seconds``."""

    def wait(self, now: float, ahead: int = 0) -> float:
        """Seconds, at least, until a request that comes now could be sent, with so many others waiting before it."""


@define(eq=False)
class Ring:
    """The slots of one quota, and how far the broker's word is trusted after it refused a request within them."""

    quota: Quota
    settled: list[float]  #: by slot: when it was settled, or IN_FLIGHT, or VACANT
    refused: float = NEVER  #: when the broker last refused a request
    until: float = NEVER  #: nothing is sent before
    share: float = 1.0  #: of the quota, while cautious

    @property
    def window(self) -> float:
        """Seconds that a settled slot is used for."""
        return self.quota.seconds + MARGIN

    def cautious(self, now: float) -> bool:
        """Whether a refusal is not yet forgotten; requests then go one at a time."""
        return now - self.refused <= RECOVERY

    def trusted(self, now: float) -> float:
        """The share of the quota in use."""
        return self.share if self.cautious(now) else 1.0

    def vacant(self, now: float) -> int:
        """A slot that nobody uses; there is one wherever ``wait`` is 0."""
        horizon = now - self.window
        return next(slot for slot, settled in enumerate(self.settled) if settled < horizon)

    def wait(self, now: float, ahead: int = 0) -> float:
        """See ``Log``.

        The answer is exact unless replies are still due: a slot that is in flight is free a window from now at the earliest, and so
        after every slot that is settled.
        """
        horizon = now - self.window
        used = [settled for settled in self.settled if settled >= horizon]
        free = self._limit(now) - len(used)
        turn = 0.0 if ahead < free else self._turn(ahead - free, [*used, *[IN_FLIGHT] * free], now)
        return max(turn, self._held(now)) if self.cautious(now) else turn

    def refuse(self, taken: float, now: float, seconds: float) -> None:
        """Hold, and use less; those in flight when a refusal came shrink nothing more."""
        if not self.cautious(now) or taken > self.refused:
            self.share = max(self.trusted(now) * SHRINK, SMALLEST)
        self.refused = now
        self.until = max(self.until, now + min(max(self.window, seconds + MARGIN), RECOVERY))

    def _limit(self, now: float) -> int:
        return max(int(self.quota.requests * self.trusted(now)), 1)

    def _turn(self, place: int, used: list[float], now: float) -> float:
        """Seconds until the slot at ``place`` of those in use falls free; past them all, each is used again for a window."""
        due = sorted(self.window if settled == IN_FLIGHT else max(settled + self.window - now, TICK) for settled in used)
        rounds, slot = divmod(place - len(due), self._limit(now))
        return due[place] if rounds < 0 else due[slot - self._limit(now)] + (rounds + 1) * self.window

    def _held(self, now: float) -> float:
        return max(self.until - now, PROBE if IN_FLIGHT in self.settled else 0.0)


@define(eq=False)
class Memory:
    """The log of one process, which all its threads may share."""

    quota: Quota
    _ring: Ring = field(init=False)
    _leases: dict[int, Lease] = field(init=False, factory=dict)
    _lock: threading.Lock = field(init=False, factory=threading.Lock)

    def __attrs_post_init__(self) -> None:
        self._ring = Ring(self.quota, [VACANT] * self.quota.requests)

    def take(self, now: float) -> Lease | float:
        """See ``Log``."""
        with self._lock:
            if (wait := self._ring.wait(now)) > 0:
                return wait
            lease = Lease(self._ring.vacant(now), now, self._ring.trusted(now))
            self._ring.settled[lease.slot] = IN_FLIGHT
            self._leases[lease.slot] = lease
            return lease

    def settle(self, lease: Lease, when: float) -> None:
        """See ``Log``; a lease of another log does nothing."""
        with self._lock:
            self._settle(lease, when)

    def refuse(self, lease: Lease, now: float, seconds: float) -> None:
        """See ``Log``."""
        with self._lock:
            self._settle(lease, now)
            self._ring.refuse(lease.taken, now, seconds)

    def wait(self, now: float, ahead: int = 0) -> float:
        """See ``Log``."""
        with self._lock:
            return self._ring.wait(now, ahead)

    def _settle(self, lease: Lease, when: float) -> None:
        if self._leases.get(lease.slot) is lease:
            del self._leases[lease.slot]
            self._ring.settled[lease.slot] = when
