"""What became of the calls, counted by every caller at once."""

from __future__ import annotations

import threading
import time
from collections import Counter
from typing import Any

from attrs import define, field, frozen

from brokerport import BrokerportError


@frozen
class Late:
    """A call that ended past its deadline; times are the monotonic clock's."""

    blocking: bool
    deadline: float
    ended: float


@define(eq=False)
class Tally:
    """Every call that was accepted must have one end."""

    accepted: int = 0
    answered: int = 0
    cancelled: int = 0
    wrong: int = 0  #: answered with another's data
    untyped: int = 0  #: ended with what is no error of ours
    failed: Counter[str] = field(factory=Counter)
    late: list[Late] = field(factory=list)
    _lock: threading.Lock = field(factory=threading.Lock)

    @property
    def ended(self) -> int:
        """However they did."""
        return self.answered + self.failed.total() + self.cancelled + self.untyped

    def accept(self) -> None:
        """A call begins."""
        with self._lock:
            self.accepted += 1

    def timed(self, deadline: float, *, blocking: bool) -> None:
        """A call ended just now."""
        if (now := time.monotonic()) > deadline:
            self.late.append(Late(blocking, deadline, now))

    def answer(self, answer: Any, truth: Any) -> None:
        """With data, which should be those."""
        with self._lock:
            self.answered += 1
            self.wrong += answer != truth

    def fail(self, error: BaseException) -> None:
        """With an error, which should be one of ours."""
        with self._lock:
            if isinstance(error, BrokerportError):
                self.failed[type(error).__name__] += 1
            else:
                self.untyped += 1
                print(f"untyped: {error!r}", flush=True)

    def cancel(self) -> None:
        """By its caller."""
        with self._lock:
            self.cancelled += 1
