"""The log of one limit in this process's memory, which all its threads may share."""

from __future__ import annotations

import threading

from attrs import define, field

from brokerport.quotas.leases import NOTHING_KEPT, VACANT, Kept, Lease, Ring
from brokerport.quotas.rules import Rule


@define(eq=False)
class Memory:
    """See ``leases.Log``."""

    _ring: Ring = field(init=False, factory=lambda: Ring([]))
    _leases: dict[int, Lease] = field(init=False, factory=dict)
    _lock: threading.Lock = field(init=False, factory=threading.Lock)

    def take(self, rule: Rule, now: float, kept: Kept = NOTHING_KEPT, who: int = 0) -> Lease | float:
        """See ``Log``."""
        with self._lock:
            taken = self._for(rule).take(rule, now, kept, who)
            if isinstance(taken, Lease):
                self._leases[taken.slot] = taken
            return taken

    def settle(self, lease: Lease, when: float) -> None:
        """See ``Log``; a lease of another log does nothing."""
        with self._lock:
            self._settle(lease, when)

    def refuse(self, lease: Lease, now: float, hold: float) -> None:
        """See ``Log``."""
        with self._lock:
            self._settle(lease, now)
            self._ring.refuse(lease.taken, now, hold)

    def wait(self, rule: Rule, now: float, ahead: int = 0) -> float:
        """See ``Log``."""
        with self._lock:
            return self._for(rule).wait(rule, now, ahead)

    def _for(self, rule: Rule) -> Ring:
        """The slots, with room for as many as the limit has now."""
        self._ring.settled.extend([VACANT] * (rule.slots - len(self._ring.settled)))
        if rule.one_by_one:
            self._ring.stagger(rule.window)
        return self._ring

    def _settle(self, lease: Lease, when: float) -> None:
        if self._leases.get(lease.slot) is lease:
            del self._leases[lease.slot]
            self._ring.settled[lease.slot] = when
