"""What a client has done so far, in numbers."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen


@frozen(kw_only=True)
class Stats:
    """Counts since the client was made, at one moment; they never go down, except for ``budget`` and ``running``.

    Counted are calls that were begun. One that its arguments alone rule out, or that the broker has no answer to, never begins.
    """

    calls: int  #: begun; each page of an iterator is one
    answered: int
    failed: Mapping[str, int]  #: by the name of the error's class
    cancelled: int  #: by the caller
    attempts: int  #: requests made of the provider: one a page, and one more for each retry
    retries: int
    budget: float  #: what is left for retries, of 20; a retry costs 0 to 2, an answer gives 0.1 back
    quota_waits: int  #: calls, or their pages and attempts, that had to wait for their turn
    quota_seconds: float  #: the time they waited, in seconds, added up
    refusals: int  #: the broker said no
    orphans: Mapping[str, int]  #: replies that nobody waited for, by reason: late, duplicate, unknown
    reconnects: int  #: connections that took the place of an earlier one
    observer_failures: int  #: exceptions that observers raised on this client's events

    @property
    def running(self) -> int:
        """Calls begun and not over."""
        return self.calls - self.answered - sum(self.failed.values()) - self.cancelled
