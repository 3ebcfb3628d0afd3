"""The attempts of one call, and how the error that ends it tells of them."""

from __future__ import annotations

import time

from attrs import define, field

from brokerport.errors import Attempt, BrokerportError


@define(eq=False)
class Attempts:
    """Those that failed and were followed by another."""

    began: float = field(factory=time.monotonic)
    _failed: list[Attempt] = field(init=False, factory=list)

    @property
    def number(self) -> int:
        """Of the one that runs, from 1 up."""
        return len(self._failed) + 1

    @property
    def last(self) -> BrokerportError | None:
        """How the one before it ended."""
        return self._failed[-1].error if self._failed else None

    def add(self, error: BrokerportError) -> None:
        """One more failed, and another will follow."""
        self._failed.append(self._ended(error))

    def tell(self, last: BrokerportError) -> None:
        """Have the error of the last one tell of those before, where there were any."""
        if not self._failed:
            return
        ended = self._ended(last)
        last.attempts = (*self._failed, ended)
        before = ", ".join(f"#{attempt.number} {type(attempt.error).__name__}" for attempt in self._failed)
        last.add_note(f"gave up after {ended.number} attempts in {ended.elapsed:.3f} s; earlier: {before}")

    def _ended(self, error: BrokerportError) -> Attempt:
        return Attempt(self.number, error, time.monotonic() - self.began)
