"""When the time of a call, or of one attempt of it, is over."""

from __future__ import annotations

import asyncio
from contextvars import ContextVar
from math import inf
from types import TracebackType

from attrs import define, field

_watched: ContextVar[list[Deadline] | None] = ContextVar("brokerport_watched", default=None)


@define(eq=False)
class Deadline:
    """Cancels what runs inside when its ``seconds`` are over, and makes a TimeoutError of that.

    A ``patient`` one stands still between ``pause`` and ``resume``. It belongs to the event loop that it begins on.
    """

    seconds: float
    patient: bool = False
    rang: bool = field(init=False, default=False)
    waits: set[object] = field(init=False, factory=set)  # what it was to stand still for, also where it is not patient
    _loop: asyncio.AbstractEventLoop = field(init=False)
    task: asyncio.Task[object] | None = field(init=False, default=None)  #: whose it is, until it is over
    cancels: int = field(init=False, default=0)  #: that the task knew of before
    _due: float = field(init=False)  # by the loop's clock, if it never stood still
    _timer: asyncio.TimerHandle | None = field(init=False, default=None)  # while it does not stand still
    _left: float = field(init=False, default=0.0)  # while it does

    def __enter__(self) -> Deadline:
        if (watched := _watched.get()) == []:
            watched.append(self)
        self.task = task = asyncio.current_task()
        assert task is not None, "a deadline cancels a task"
        self._loop = loop = task.get_loop()
        self.cancels = task.cancelling()
        self._due = loop.time() + self.seconds
        self._timer = loop.call_at(self._due, self.ring)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        task, self.task = self.task, None  # whose context may hold the deadline
        if self._timer is not None:
            self._timer.cancel()
        assert task is not None
        # As asyncio.timeout does: another cancel, that came beside ours, goes on.
        if self.rang and task.uncancel() <= self.cancels and isinstance(error, asyncio.CancelledError):
            raise TimeoutError from error

    @property
    def runs_here(self) -> bool:
        """Whether it is not over, and of the running event loop."""
        return self.task is not None and self._loop is asyncio.get_running_loop()

    @property
    def left(self) -> float:
        """Seconds until it rings; while it stands still, those that there will be."""
        return 0.0 if self.rang else self._when - self._loop.time()

    @property
    def remaining(self) -> float:
        """Seconds until it rings; without end while it stands still."""
        return inf if self._timer is None and not self.rang else self.left

    @property
    def moved(self) -> float:
        """Seconds that it stood still so far."""
        return self._when - self._due

    def ring(self) -> None:
        """The time is over."""
        if self.task is not None and not self.rang:
            self.rang = True
            self.task.cancel()

    def pause(self, by: object) -> None:
        """Stand still until ``resume`` with the same ``by``, if it is patient."""
        if self.patient and self._timer is not None:
            self._left = self.left
            self._timer.cancel()
            self._timer = None
        self.waits.add(by)

    def resume(self, by: object) -> None:
        """Go on, when nothing else is waited for."""
        self.waits.discard(by)
        if self._timer is None and self.task is not None and not self.waits:
            self._timer = self._loop.call_later(self._left, self.ring)

    @property
    def _when(self) -> float:
        return self._loop.time() + self._left if self._timer is None else self._timer.when()


def watch() -> list[Deadline]:
    """Will hold the first deadline that begins in the running task: that of the whole call, whatever is asked within it."""
    watched: list[Deadline] = []
    _watched.set(watched)
    return watched
