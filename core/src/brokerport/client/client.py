"""The door for everyone who blocks: threads, scripts, notebooks."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Awaitable, Callable
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from brokerport.client.async_client import CLOSING, AsyncClient
from brokerport.client.door import Door
from brokerport.events.observers import Observers
from brokerport.models import Paged, Rows
from brokerport.questions import Provider, Question
from brokerport.questions.known import Known

if TYPE_CHECKING:
    from brokerport.client.portal import Portal
    from brokerport.events.stats import Stats

P = ParamSpec("P")
A = TypeVar("A")
T = TypeVar("T")
K = TypeVar("K", bound=Provider)
Row = TypeVar("Row")

# One for all clients, and free in a child that is forked meanwhile: nobody would ever release it there.
_opening = threading.RLock()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_opening.acquire, after_in_parent=_opening.release, after_in_child=_opening.release)


class Client(Door):
    """Asks one broker, from any thread; also from inside a running event loop, such as a notebook's.

    The methods, their arguments and errors are AsyncClient's; they block. Those who got it from a registry share it: leaving a ``with``
    block gives back one's own hold, and the last one closes it.
    """

    def __init__(
        self,
        make: Callable[[], Provider],
        *,
        broker: str,
        timeout: float = 60.0,
        observers: tuple[Observers, ...] = (),
        questions: Known | None = None,
        quotas: bool = True,
        share: bool = True,
    ) -> None:
        self._async = AsyncClient(
            make, broker=broker, timeout=timeout, observers=observers, questions=questions, quotas=quotas, share=share
        )
        super().__init__(broker, self._async._questions)  # noqa: SLF001  # the same table
        self._portal: Portal | None = None
        self._finish: Callable[[], object] | None = None
        self._holds = Holds()

    def ask(self, question: Question[P, A], /, *args: P.args, **kwargs: P.kwargs) -> A:
        """The answer to any question, a stranger's too; the method of its name does the same."""
        seconds = self._async.seconds(_timeout(kwargs))
        return self._open().call(partial(self._async.ask, question, *args, **kwargs), seconds=seconds)

    def iterate(self, question: Question[P, Paged[Row]], /, *args: P.args, **kwargs: P.kwargs) -> Rows[Row]:
        """The rows of a paged question one by one, fetched page by page; without a ``limit`` all; ``timeout`` is for each page."""
        seconds = self._async.seconds(_timeout(kwargs))
        rows = self._open().call(partial(_begin, partial(self._async.rows, question, args, kwargs)), seconds=seconds)
        return Rows(lambda: self._open().call(rows.page, seconds=seconds), rows.symbol or rows.market)

    def call(
        self, what: str, kind: type[K], ask: Callable[[K], Awaitable[T]], *, question: str | None = None, timeout: float | None = None
    ) -> T:
        """Ask the provider, which has to be a ``kind``, for something beside the questions: with the deadline and the retries of one.

        ``what`` names it in errors, events and statistics; what it asks uses up the limits of ``question``, if one is named. ``ask`` runs
        on brokerport's own thread and must not block.
        """
        seconds = self._async.seconds(timeout)
        work = partial(self._async.call, what, kind, ask, question=question, timeout=timeout)
        return self._open().call(work, seconds=seconds)

    def stats(self) -> Stats:
        """What the client has done so far, in numbers; also after it was closed."""
        return self._async.stats()

    @property
    def closed(self) -> bool:
        """Whether the client answers no more; in a forked process, its parent's do not."""
        return self._async.closed or (self._portal is not None and self._portal.foreign)

    def close(self) -> None:
        """End every call that runs with ClientClosedError, whoever made it, and close the connection. A second time does nothing."""
        with _opening:
            finish = self._finish or self._async.refuse  # what was never asked has nothing to close
        finish()

    def held(self) -> Client:
        """The client itself, for one more who shares it and did not enter a ``with`` block yet."""
        self._holds.add()
        return self

    def __enter__(self) -> Client:
        self._holds.enter()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._holds.leave():
            self.close()

    def _open(self) -> Portal:
        """Have the portal's thread run from the first call on, until the client is closed or collected."""
        if self._portal is not None:
            return self._portal
        with _opening:
            if self._portal is None:
                from brokerport.client import portal

                self._async.check_open()
                gate = portal.shared()
                gate.lease()
                self._finish = weakref.finalize(self, _close, self._async, gate)
                self._portal = gate
            return self._portal


class Holds:
    """Who shares a client: those inside a ``with`` block, and those who got it and did not enter one."""

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


def _timeout(kwargs: dict[str, Any]) -> float | None:
    timeout: float | None = kwargs.get("timeout")
    return timeout


async def _begin(ask: Callable[[], T]) -> T:
    return ask()


def _close(client: AsyncClient, gate: Portal) -> None:
    """Close what a Client held: by its close(), when it is collected, or at the interpreter's exit."""
    if not gate.foreign:  # a forked child leaves its parent's alone
        gate.end(client.aclose, seconds=CLOSING)
