"""One public call: its deadline, its place among the others, and what may come out of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar, Token
from itertools import count
from math import inf
from types import TracebackType
from typing import TypeVar

from attrs import define, field

from brokerport.blaming.strangers import blamed, is_strangers
from brokerport.calls.attempts import Attempts
from brokerport.calls.deadline import Deadline
from brokerport.calls.part import Part
from brokerport.calls.spent import Spent
from brokerport.errors import BrokerportError, ClientClosedError, ConnectError, DeadlineError, HandshakeError, RouteError
from brokerport.events.reporter import Reporter
from brokerport.logs import harmless
from brokerport.models import Limit

E = TypeVar("E", bound=BaseException)
B = TypeVar("B", bound=BrokerportError)

#: where the way inside brokerport helps nobody: what to start or to set is what counts
NOBODY_ANSWERED = (ConnectError, HandshakeError, RouteError)
TURN = "waiting for quota"  # the stage

_impatient: ContextVar[bool] = ContextVar("brokerport_impatient", default=False)
_current: ContextVar[Call | None] = ContextVar("brokerport_call", default=None)
_places = count(1)


@define(eq=False)
class Call:
    """Runs a provider's method under one deadline.

    Out of it come the provider's answer, one of our errors, DeadlineError when the time is up, or ClientClosedError when the client goes.
    """

    what: str  # as the user wrote it: moomoo.short_volume('HK.00700')
    seconds: float
    over: Callable[[Call], None] | None = None  # told when the call is over
    reporter: Reporter = field(factory=Reporter)
    patient: bool = field(default=False, kw_only=True)  # whether waiting for its turn within a quota takes none of its seconds
    requests: int | None = field(default=None, kw_only=True)  # that it makes at most when all is well; None: nobody knows
    place: int = field(default=0, kw_only=True)  # in the order of all calls of the process; 0: the next, or that of the call around it
    number: int = field(init=False, default=0)  # which call of its client's it is
    part: Part | None = field(init=False, default=None)  # what came so far, where it asks for a history
    attempt: Deadline | None = field(init=False, default=None)  # of the attempt that runs, where it has less time than the call
    hurried: bool = field(init=False, default=False)  # whether there was no time left for another attempt
    outer: Call | None = field(init=False, default=None)  # that this one is made for, such as a route's
    deadline: Deadline = field(init=False)
    _carried: list[Call] = field(init=False, factory=list)  # that need what this one gets: the outer one, and those that follow
    _token: Token[Call | None] = field(init=False)
    _spent: Spent = field(init=False, factory=Spent)
    _abandoned: str | None = field(init=False, default=None)  # why nobody waits for its end
    _attempts: Attempts = field(init=False, factory=Attempts)
    _at_end: list[Callable[[], object]] = field(init=False, factory=list)

    async def __aenter__(self) -> Call:
        around = _current.get()
        self.outer = around if around is not None and around.deadline.runs_here else None
        self.place = self.place or (self.outer.place if self.outer else next(_places))
        self.deadline = Deadline(self.seconds, self.patient)
        self.deadline.__enter__()
        if self.outer is not None:
            self.carry(self.outer)
        self._token = _current.set(self)
        try:
            self.number = self.reporter.started(self.what)
        except BaseException as error:  # an interrupt amid the observers: nothing goes on that nobody knows of
            await self.__aexit__(type(error), error, None)
            raise
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is not GeneratorExit:  # collected with its loop, in whatever context that happens
            _current.reset(self._token)
        if self.outer is not None:
            self.drop(self.outer)
            self.outer = None  # one call may lead to the next for ever
        if self.over is not None:
            self.over(self)
        for then in self._at_end:
            then()
        task = self.deadline.task
        try:
            self.deadline.__exit__(kind, error, trace)
        except TimeoutError as expired:
            raise self._told(self._with_part(self._ended())) from self._attempts.last or expired
        finally:
            del trace  # an error would hold this frame, and by it itself
        if error is not None and not isinstance(error, BrokerportError) and is_strangers(error, task, self.deadline.cancels):
            raise self._told(self._with_part(blamed(f"{self.what}: the plugin raised", error))) from harmless(error)
        if error is not None:
            self._told(error)
            if isinstance(error, NOBODY_ANSWERED):
                error.__traceback__ = None
        else:  # the usual end
            self.reporter.answered(self.what, self.number, self._attempts.began)

    def abandon(self, why: str = "the client was closed while the call ran") -> None:
        """End the call now with ClientClosedError, which says why."""
        if not self.deadline.rang:
            self._abandoned = why
            self.deadline.ring()

    def remaining(self) -> float:
        """Seconds left before the deadline; without end while the call waits for its turn and that takes none of them."""
        return self.deadline.remaining

    def patience(self) -> float:
        """Seconds that the call can wait for its turn within a quota."""
        return min(inf if self.patient else self.deadline.left, self.outer.patience() if self.outer else inf)

    def at_end(self, then: Callable[[], object]) -> None:
        """Have ``then`` called when the call is over, however it ends."""
        self._at_end.append(then)

    def enter(self, stage: str) -> str:
        """Count the time from here on to ``stage``; returns the stage before."""
        return self._spent.enter(stage)

    @contextmanager
    def waiting(self, limit: Limit, seconds: float) -> Iterator[None]:
        """Wait inside for a turn within ``limit`` that is ``seconds`` away, as far as one can tell."""
        loop, by = asyncio.get_running_loop(), object()
        began, before = loop.time(), self.enter(TURN)
        self.reporter.quota_waiting(self.what, self.number, limit, seconds)
        for clock in self.clocks():
            clock.pause(by)
        try:
            yield
        finally:
            for clock in self.clocks():
                clock.resume(by)
            self.enter(before)
            self.reporter.quota_waited(self.what, self.number, limit, loop.time() - began)

    @contextmanager
    def following(self, leader: Call) -> Iterator[None]:
        """Wait inside for what ``leader`` asks."""
        before = self.enter("waiting for a call that asks the same")
        leader.carry(self)
        try:
            yield
        finally:
            leader.drop(self)
            self.enter(before)

    def carry(self, other: Call) -> None:
        """Have a call that needs this one stand still while this one waits for its turn."""
        self._carried.append(other)
        for clock in other.clocks():
            for by in self.deadline.waits:
                clock.pause(by)

    def drop(self, other: Call) -> None:
        """Have it go on by itself."""
        self._carried.remove(other)
        for clock in other.clocks():
            for by in self.deadline.waits:
                clock.resume(by)

    def clocks(self) -> Iterator[Deadline]:
        """Those that stand still with this call, where they are patient."""
        yield self.deadline
        if self.attempt is not None:
            yield self.attempt
        for call in self._carried:
            yield from call.clocks()

    def attempting(self) -> None:
        """Tell of an attempt that begins."""
        self.reporter.attempts += 1

    def attempt_failed(self, error: BrokerportError) -> None:
        """Tell of an attempt that failed."""
        self.reporter.attempt_failed(self.what, self.number, self._attempts.number, error)

    def attempted(self, error: BrokerportError, wait: float) -> None:
        """Remember an attempt that another will follow, in ``wait`` seconds."""
        self._attempts.add(error)
        self.reporter.retrying(self.what, self.number, wait)

    def page_arrived(self, rows: int, *, more: bool) -> None:
        """Tell of a page of a history, and whether it names a next one."""
        self.reporter.page_arrived(self.what, self.number, rows, more=more)

    def _with_part(self, error: B) -> B:
        return self.part.carried(error) if self.part else error

    def _told(self, error: E) -> E:
        """The error that the call ends with, after telling of it in itself and to the reporter."""
        if isinstance(error, BrokerportError):
            self._attempts.tell(error)
        self.reporter.failed(self.what, self.number, self._attempts.began, error)
        return error

    def _ended(self) -> BrokerportError:
        if self._abandoned:
            return ClientClosedError(f"{self.what}: {self._abandoned}")
        spent = self._spent.told()
        beside = f" beside {TURN}" if self.patient and TURN in spent else ""
        return DeadlineError(f"{self.what} had {self.seconds:g} s{beside}, all spent{spent and ': '}{spent}")


def current() -> Call | None:
    """The running call; None outside of one."""
    return _current.get()


def outermost() -> Call | None:
    """The running call, or the one that it is made for; None outside of one, and in what outlives it."""
    call = _current.get()
    while call is not None and call.outer is not None:
        call = call.outer
    return call if call is not None and call.deadline.runs_here else None


def place() -> int:
    """In the order in which the calls of this process began, that of the running one; 0 outside of a call, and in what outlives it."""
    call = _current.get()
    return call.place if call is not None and call.deadline.runs_here else 0


def remaining() -> float | None:
    """Seconds that the running call has left, None outside of one; without end where a wait for its turn takes none of them."""
    call = _current.get()
    return None if call is None else call.remaining()


def patience() -> float:
    """Seconds that the running call can wait for its turn within a quota; without end where it has the default deadline."""
    call = _current.get()
    return inf if call is None else call.patience()


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


def reporter() -> Reporter:
    """What a provider tells its client's observers and statistics through, also from tasks and callbacks that a call began.

    It stays the same as long as the client lives: keep it for what happens between calls. Outside of a call it is one that nobody hears.
    """
    call = _current.get()
    return Reporter() if call is None else call.reporter


def waiting(limit: Limit, seconds: float) -> AbstractContextManager[None]:
    """Tell that the running call waits inside for its turn within ``limit``, about ``seconds`` from now, and when it is over.

    The clock of the attempt stands still, and that of the call where it has the default deadline.
    """
    call = _current.get()
    return nullcontext() if call is None else call.waiting(limit, seconds)


@contextmanager
def unhurried() -> Iterator[None]:
    """Stop the clock of the running attempt; what is waited for here is no reply. The deadline stands."""
    call, by = _current.get(), object()
    attempt = None if call is None else call.attempt
    if attempt is None:
        yield
        return
    attempt.pause(by)
    try:
        yield
    finally:
        attempt.resume(by)


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
