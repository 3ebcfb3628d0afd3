"""One connection that blocking clients share: what they ask runs on the portal's thread, and they hold it together."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary, finalize

from brokerport.client.asking import CLOSING, Asking, Terms
from brokerport.client.door import Door

if TYPE_CHECKING:
    from brokerport.client.portal import Lease, Portal

# One for all, and free in a child that is forked meanwhile: nobody would ever release it there.
_opening = threading.RLock()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_opening.acquire, after_in_parent=_opening.release, after_in_child=_opening.release)


class Line:
    """Opened by the first call, closed once and for good, by hand or when it is collected.

    An interrupt may come anywhere: each step can be taken again, and does nothing where it was taken before.
    """

    def __init__(self, asking: Asking) -> None:
        self.asking = asking
        self.holds = Holds()
        self.clients: WeakValueDictionary[Terms, Door] = WeakValueDictionary()  #: those who share it, by their terms
        self._portal: Portal | None = None
        self._lease: Lease | None = None
        self._collected: finalize[..., Line] | None = None  # what is done when it is

    @property
    def closed(self) -> bool:
        """Whether it answers no more; in a forked process, its parent's do not."""
        return self.asking.closed or (self._portal is not None and self._portal.foreign)

    def open(self) -> Portal:
        """Have the portal's thread run from the first call on, until the line is closed or collected."""
        if self._portal is not None:
            return self._portal
        with _opening:
            if self._portal is None:
                from brokerport.client import portal

                self.asking.check_open()
                gate = portal.shared()
                if self._lease is None or self._lease.portal is not gate:
                    lease = portal.Lease(gate)
                    self._collected = finalize(self, _close, self.asking, lease)
                    self._lease = lease
                self._lease.begin()
                self._portal = gate
            return self._portal

    def close(self) -> None:
        """End every call that runs, whoever made it; whoever comes later waits for the same end, and it comes without those who leave."""
        self.end()()

    def end(self) -> Callable[[], None]:
        """Begin to close; what is returned waits for the end."""
        try:
            return self._end()
        except BaseException:  # an interrupt: it is closed all the same
            self._end()
            raise

    def _end(self) -> Callable[[], None]:
        self.asking.refuse()
        with _opening:
            lease = self._lease
        if lease is None:  # what was never asked has nothing to close
            return _at_once
        wait = _end(self.asking, lease)

        def over() -> None:
            wait()
            if self._collected is not None:  # else all that was closed would stay until the line is collected, settings and secrets too
                self._collected.detach()

        return over


class Holds:
    """Who shares a line: those inside a ``with`` block, and those who got it and did not enter one."""

    def __init__(self) -> None:
        self._waiting = 0
        self._inside = 0
        self._lock = threading.Lock()

    def add(self) -> None:
        """One more got it."""
        with self._lock:
            self._waiting += 1

    def enter(self) -> None:
        """One of them, or another, enters a block."""
        with self._lock:
            self._waiting = max(self._waiting - 1, 0)
            self._inside += 1

    def leave(self) -> bool:
        """One leaves its block; whether it was the last who shares it."""
        with self._lock:
            self._inside -= 1
            return self._inside + self._waiting == 0


def _at_once() -> None:
    """There is nothing to wait for."""


def _end(asking: Asking, lease: Lease) -> Callable[[], None]:
    if lease.portal.foreign:  # a forked child leaves its parent's alone
        return _at_once
    return lease.end(asking.aclose, seconds=CLOSING)


def _close(asking: Asking, lease: Lease) -> None:
    """When the line is collected, or at the interpreter's exit."""
    _end(asking, lease)()
