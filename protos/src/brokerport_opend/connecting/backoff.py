"""When to connect again: full jitter, and only a connection that lasted begins from nothing."""

from __future__ import annotations

import random
from collections.abc import Callable

from attrs import define, field

FIRST = 0.05  # seconds; gateways are on this machine or near
LONGEST = 2.0  # seconds
HEALTHY = 5.0  # seconds that a connection has to last: a gateway that accepts and hangs up is not well


@define(eq=False)
class Backoff:
    """Waits before the next attempt, between nothing and twice as much as before the last."""

    clock: Callable[[], float]
    _failures: int = field(init=False, default=0)  # in a row
    _until: float = field(init=False, default=0.0)

    def failed(self) -> None:
        """An attempt failed."""
        longest = min(LONGEST, FIRST * 2 ** min(self._failures, 10))
        self._failures += 1
        self._until = self.clock() + random.uniform(0, longest)  # noqa: S311  # jitter, no secret

    def lost(self, lasted: float) -> None:
        """A connection broke that lasted so many seconds."""
        if lasted >= HEALTHY:
            self._failures = 0
        self.failed()

    def left(self) -> float:
        """Seconds to wait yet."""
        return max(self._until - self.clock(), 0.0)
