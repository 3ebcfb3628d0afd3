"""One public call: its deadline, where its time went, and what may come out of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from types import TracebackType

from attrs import define, field

from brokerport.errors import Attempt, BrokerportError, ClientClosedError, DeadlineError, PluginError

_current: ContextVar[Call | None] = ContextVar("brokerport_call", default=None)


@define(eq=False)
class Call:
    """Runs a provider's method under one deadline.

    Out of it come the provider's answer, one of our errors, DeadlineError when the time is up, or ClientClosedError when the client goes.
    """

    what: str  # as the user wrote it: moomoo.short_volume('HK.00700')
    seconds: float
    over: Callable[[Call], None] | None = None  # told when the call is over
    _timeout: asyncio.Timeout = field(init=False)
    _token: Token[Call | None] = field(init=False)
    _stages: dict[str, float] = field(init=False, factory=dict)
    _stage: str = field(init=False, default="waiting for the reply")
    _since: float = field(init=False, factory=time.monotonic)
    _abandoned: bool = field(init=False, default=False)
    _began: float = field(init=False, factory=time.monotonic)
    _attempts: list[Attempt] = field(init=False, factory=list)

    async def __aenter__(self) -> Call:
        self._timeout = asyncio.timeout(self.seconds)
        await self._timeout.__aenter__()
        self._token = _current.set(self)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        _current.reset(self._token)
        if self.over is not None:
            self.over(self)
        try:
            await self._timeout.__aexit__(kind, error, trace)
        except TimeoutError as expired:
            ended = self._ended()
            self._tell_attempts(ended)
            raise ended from self._attempts[-1].error if self._attempts else expired
        if isinstance(error, BrokerportError):
            self._tell_attempts(error)
        if isinstance(error, Exception | SystemExit) and not isinstance(error, BrokerportError):
            raise PluginError(f"{self.what}: the plugin raised {type(error).__name__}: {error}; tell its author") from error

    def abandon(self) -> None:
        """End the call now: its client is being closed."""
        if not self._timeout.expired():
            self._abandoned = True
            self._timeout.reschedule(asyncio.get_running_loop().time())

    def remaining(self) -> float:
        """Seconds left before the deadline."""
        when = self._timeout.when()
        return self.seconds if when is None else when - asyncio.get_running_loop().time()

    def enter(self, stage: str) -> str:
        """Count the time from here on to ``stage``; returns the stage before."""
        now = time.monotonic()
        before, self._stage = self._stage, stage
        self._stages[before] = self._stages.get(before, 0.0) + now - self._since
        self._since = now
        return before

    def attempted(self, error: BrokerportError) -> None:
        """Remember an attempt that another will follow."""
        self._attempts.append(Attempt(len(self._attempts) + 1, error, time.monotonic() - self._began))

    def _tell_attempts(self, last: BrokerportError) -> None:
        if not self._attempts:
            return
        elapsed = time.monotonic() - self._began
        before = ", ".join(f"#{attempt.number} {type(attempt.error).__name__}" for attempt in self._attempts)
        last.attempts = (*self._attempts, Attempt(len(self._attempts) + 1, last, elapsed))
        last.add_note(f"gave up after {len(last.attempts)} attempts in {elapsed:.3f} s; earlier: {before}")

    def _ended(self) -> BrokerportError:
        if self._abandoned:
            return ClientClosedError(f"{self.what}: the client was closed while the call ran")
        self.enter("over")
        spent = ", ".join(f"{seconds:.3f} s {stage}" for stage, seconds in self._stages.items() if seconds >= 0.001)
        return DeadlineError(f"{self.what} had {self.seconds:g} s, all spent{spent and ': '}{spent}")


def remaining() -> float | None:
    """Seconds that the running call has left; None outside of one."""
    call = _current.get()
    return None if call is None else call.remaining()


def attempted(error: BrokerportError) -> None:
    """Tell the running call of an attempt that another will follow."""
    if (call := _current.get()) is not None:
        call.attempted(error)


@contextmanager
def stage(name: str) -> Iterator[None]:
    """Count the time inside to ``name`` ("connecting to 127.0.0.1:11111"), should the deadline pass."""
    call = _current.get()
    if call is None:
        yield
        return
    before = call.enter(name)
    try:
        yield
    finally:
        call.enter(before)
