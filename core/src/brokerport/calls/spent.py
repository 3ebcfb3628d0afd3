"""Where a call's time went."""

from __future__ import annotations

import time

from attrs import define, field


@define(eq=False)
class Spent:
    """Seconds by stage, in the order in which the stages were first come to."""

    _seconds: dict[str, float] = field(init=False, factory=dict)
    _stage: str = field(init=False, default="waiting for the reply")
    _since: float = field(init=False, factory=time.monotonic)

    def enter(self, stage: str) -> str:
        """Count the time from here on to ``stage``; returns the stage before."""
        now = time.monotonic()
        before, self._stage = self._stage, stage
        self._seconds[before] = self._seconds.get(before, 0.0) + now - self._since
        self._since = now
        return before

    def told(self) -> str:
        """What took a millisecond or more, for people; empty where nothing did."""
        self.enter("over")
        return ", ".join(f"{seconds:.3f} s {stage}" for stage, seconds in self._seconds.items() if seconds >= 0.001)
