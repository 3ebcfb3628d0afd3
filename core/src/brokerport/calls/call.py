"""One public call: its deadline, where its time went, and what may come out of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from types import TracebackType
from typing import TypeVar

from attrs import define, field

from brokerport.errors import Attempt, BrokerportError, ClientClosedError, DeadlineError, PluginError
from brokerport.events.reporter import Reporter
from brokerport.logs import harmless, said
from brokerport.models.quota import Quota

E = TypeVar("E", bound=BaseException)

_impatient: ContextVar[bool] = ContextVar("brokerport_impatient", default=False)
_current: ContextVar[Call | None] = ContextVar("brokerport_call", default=None)


@define(eq=False)
class Call:
    """Runs a provider's method under one deadline.

    Out of it come the provider's answer, one of our errors, DeadlineError when the time is up, or ClientClosedError when the client goes.
    """

    what: str  # as the user wrote it: moomoo.short_volume('HK.00700')
    seconds: float
    over: Callable[[Call], None] | None = None  # told when the call is over
    reporter: Reporter = field(factory=Reporter)
    number: int = field(init=False, default=0)  # which call of its client's it is
    attempt: asyncio.Timeout | None = field(init=False, default=None)  # that runs, where it has less time than the call
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
        self.number = self.reporter.started(self.what)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is not GeneratorExit:  # collected with its loop, in whatever context that happens
            _current.reset(self._token)
        if self.over is not None:
            self.over(self)
        try:
            await self._timeout.__aexit__(kind, error, trace)
        except TimeoutError as expired:
            raise self._told(self._ended()) from self._attempts[-1].error if self._attempts else expired
        finally:
            del trace  # an error would hold this frame, and by it itself
        if isinstance(error, Exception | SystemExit) and not isinstance(error, BrokerportError):
            raise self._told(PluginError(f"{self.what}: the plugin raised {said(error)}; tell its author")) from harmless(error)
        if error is not None:
            self._told(error)
        else:  # the usual end
            self.reporter.answered(self.what, self.number, self._began)

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

    def attempt_failed(self, error: BrokerportError) -> None:
        """Tell of an attempt that failed."""
        self.reporter.attempt_failed(self.what, self.number, len(self._attempts) + 1, error)

    def attempted(self, error: BrokerportError, wait: float) -> None:
        """Remember an attempt that another will follow, in ``wait`` seconds."""
        self._attempts.append(Attempt(len(self._attempts) + 1, error, time.monotonic() - self._began))
        self.reporter.retrying(self.what, self.number, wait)

    def quota_waited(self, quota: Quota, seconds: float) -> None:
        """Tell of a wait that is over."""
        self.reporter.quota_waited(self.what, self.number, quota, seconds)

    def _told(self, error: E) -> E:
        """The error that the call ends with, after telling of it in itself and to the reporter."""
        if isinstance(error, BrokerportError):
            self._tell_attempts(error)
        self.reporter.failed(self.what, self.number, self._began, error)
        return error

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


@contextmanager
def impatient() -> Iterator[None]:
    """Calls inside wait for no quota, and for no broker that may come back: another can be asked instead."""
    token = _impatient.set(True)
    try:
        yield
    finally:
        _impatient.reset(token)


def is_impatient() -> bool:
    """Whether the running call is to fail rather than wait for what may take its time."""
    return _impatient.get()


def attempting() -> Call | None:
    """The running call, told that an attempt begins; None outside of one."""
    call = _current.get()
    if call is not None:
        call.reporter.attempts += 1
    return call


def attempt_failed(error: BrokerportError) -> None:
    """Tell the running call of an attempt that failed."""
    if (call := _current.get()) is not None:
        call.attempt_failed(error)


def attempted(error: BrokerportError, wait: float) -> None:
    """Tell the running call of an attempt that another will follow, in ``wait`` seconds."""
    if (call := _current.get()) is not None:
        call.attempted(error, wait)


def reporter() -> Reporter:
    """What a provider tells its client's observers and statistics through, also from tasks and callbacks that a call began.

    It stays the same as long as the client lives: keep it for what happens between calls. Outside of a call it is one that nobody hears.
    """
    call = _current.get()
    return Reporter() if call is None else call.reporter


@contextmanager
def waiting(quota: Quota) -> Iterator[None]:
    """Tell the client that the running call waits inside for its turn within ``quota``, and how long it did."""
    call = _current.get()
    began = asyncio.get_running_loop().time()
    try:
        with stage("waiting for quota"):
            yield
    finally:
        if call is not None:
            call.quota_waited(quota, asyncio.get_running_loop().time() - began)


@contextmanager
def unhurried() -> Iterator[None]:
    """Stop the clock of the running attempt; what is waited for here is no reply. The deadline stands."""
    call = _current.get()
    attempt = None if call is None else call.attempt
    when = None if attempt is None else attempt.when()
    if attempt is None or when is None:
        yield
        return
    began = asyncio.get_running_loop().time()
    attempt.reschedule(None)
    try:
        yield
    finally:
        attempt.reschedule(when + asyncio.get_running_loop().time() - began)


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
