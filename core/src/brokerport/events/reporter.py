"""What one client has to tell: everything that happens is counted, logged and handed to observers here, and nowhere else.

Providers get theirs from ``brokerport.calls.call.reporter()`` while a call runs, and may keep it for what happens between calls.
"""

from __future__ import annotations

import time
from collections import Counter

from attrs import define, field

from brokerport.errors import BrokerportError
from brokerport.events.events import (
    AttemptFailed,
    CallEnded,
    CallStarted,
    ConnectionChanged,
    ConnectionState,
    Event,
    OrphanReply,
    PageArrived,
    QuotaWaited,
    QuotaWaiting,
    Refused,
    RetryScheduled,
)
from brokerport.events.observers import Observers
from brokerport.events.stats import Stats
from brokerport.logs import clean, log
from brokerport.models.quota import Limit

STEADY = 5.0  # seconds that a connection has to last; what breaks sooner is the same outage


@define(eq=False)
class Reporter:
    """Hears from a client, and its provider, what happens; call it on the client's event loop."""

    broker: str = "a client"
    audiences: tuple[Observers, ...] = ()
    _calls: int = field(init=False, default=0)
    _answered: int = field(init=False, default=0)
    _failed: Counter[str] = field(init=False, factory=Counter)
    _cancelled: int = field(init=False, default=0)
    attempts: int = field(init=False, default=0)  #: made so far; the call adds each
    _retries: int = field(init=False, default=0)
    _quota_waits: int = field(init=False, default=0)
    _quota_seconds: float = field(init=False, default=0.0)
    _refusals: int = field(init=False, default=0)
    _orphans: Counter[str] = field(init=False, factory=Counter)
    _connections: int = field(init=False, default=0)
    _observer_failures: int = field(init=False, default=0)
    _state: ConnectionState = field(init=False, default=ConnectionState.CLOSED)
    _out_since: float | None = field(init=False, default=None)  # the beginning of the last outage
    _back_since: float | None = field(init=False, default=None)  # the end of it, as far as one can tell
    _told_back: bool = field(init=False, default=False)

    # a provider calls these

    def refused(self, code: int, text: str) -> None:
        """The broker understood a question and said no, with its own number and words."""
        self._refusals += 1
        if self.listening:
            self._tell(Refused(self.broker, code, clean(text)))

    def orphan(self, reason: str) -> None:
        """A reply came that nobody waits for: ``late``, ``duplicate`` or ``unknown``."""
        self._orphans[clean(reason)] += 1
        if self.listening:
            self._tell(OrphanReply(self.broker, clean(reason)))

    def connecting(self, reason: str = "") -> None:
        """A connection is being opened."""
        self._change(ConnectionState.CONNECTING, reason)

    def ready(self, reason: str = "") -> None:
        """The connection is there, and questions can be asked."""
        self._connections += 1
        self._back_since = now = time.monotonic()
        if self._out_since is not None and not self._told_back:
            self._told_back = True
            log().info("%s: connected again, after %.1f s", self.broker, now - self._out_since)
        self._change(ConnectionState.READY, reason)

    def lost(self, reason: str) -> None:
        """The connection broke, or could not be opened. Only the first of an outage is a warning in the log."""
        now, back, self._back_since = time.monotonic(), self._back_since, None
        if self._out_since is None or (back is not None and now - back >= STEADY):
            self._out_since, self._told_back = now, False
            log().warning("%s: no connection: %s", self.broker, clean(reason))
        else:
            log().debug("%s: still no connection: %s", self.broker, clean(reason))
        self._change(ConnectionState.LOST, reason)

    def closed(self, reason: str = "") -> None:
        """The connection is not wanted any more."""
        self._out_since = self._back_since = None
        self._change(ConnectionState.CLOSED, reason)

    # a call calls these

    def started(self, call: str) -> int:
        """A call begins; returns its number."""
        self._calls = number = self._calls + 1
        if self.listening:
            self._tell(CallStarted(self.broker, call, number))
        return number

    def answered(self, call: str, number: int, began: float) -> None:
        """A call that began at ``began``, by the monotonic clock, has its answer."""
        self._answered += 1
        if self.listening:
            self._tell(CallEnded(self.broker, call, number, time.monotonic() - began, None))

    def failed(self, call: str, number: int, began: float, error: BaseException) -> None:
        """A call ended without an answer; what is no error of ours is a cancellation."""
        if isinstance(error, BrokerportError):
            self._failed[type(error).__name__] += 1
        else:
            self._cancelled += 1
        if self.listening:
            self._tell(CallEnded(self.broker, call, number, time.monotonic() - began, error))

    def attempt_failed(self, call: str, number: int, attempt: int, error: BrokerportError) -> None:
        """An attempt failed."""
        log().debug("%s: attempt %d failed: %s: %s", call, attempt, type(error).__name__, clean(str(error)))
        if self.listening:
            self._tell(AttemptFailed(self.broker, call, number, attempt, error))

    def retrying(self, call: str, number: int, seconds: float) -> None:
        """Another attempt begins in ``seconds``."""
        self._retries += 1
        log().debug("%s: tried again in %.3f s", call, seconds)
        if self.listening:
            self._tell(RetryScheduled(self.broker, call, number, seconds))

    def quota_waiting(self, call: str, number: int, quota: Limit, seconds: float) -> None:
        """A call begins to wait for its turn, for ``seconds`` at least."""
        if self.listening:
            self._tell(QuotaWaiting(self.broker, call, number, quota, seconds))

    def quota_waited(self, call: str, number: int, quota: Limit, seconds: float) -> None:
        """A call has waited for its turn."""
        self._quota_waits += 1
        self._quota_seconds += seconds
        if self.listening:
            self._tell(QuotaWaited(self.broker, call, number, quota, seconds))

    def page_arrived(self, call: str, number: int, rows: int, *, more: bool) -> None:
        """A page of a history is there, and names a next one if there is ``more``."""
        if self.listening:
            self._tell(PageArrived(self.broker, call, number, rows, more))

    # the client calls this

    def stats(self, *, budget: float) -> Stats:
        """The counts at this moment, beside the ``budget`` left for retries."""
        return Stats(
            calls=self._calls,
            answered=self._answered,
            failed=dict(self._failed),
            cancelled=self._cancelled,
            attempts=self.attempts,
            retries=self._retries,
            budget=budget,
            quota_waits=self._quota_waits,
            quota_seconds=self._quota_seconds,
            refusals=self._refusals,
            orphans=dict(self._orphans),
            reconnects=max(self._connections - 1, 0),
            observer_failures=self._observer_failures,
        )

    @property
    def listening(self) -> bool:
        """Whether anybody does; else no event is made."""
        for audience in self.audiences:  # noqa: SIM110  # any() with a generator costs four times as much, on every call
            if audience.each:
                return True
        return False

    def _tell(self, event: Event) -> None:
        for audience in self.audiences:
            self._observer_failures += audience.tell(event)

    def _change(self, new: ConnectionState, reason: str) -> None:
        old, self._state = self._state, new
        if old is not new and self.listening:
            self._tell(ConnectionChanged(self.broker, old, new, clean(reason)))
