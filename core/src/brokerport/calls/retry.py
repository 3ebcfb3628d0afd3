"""Asks again when that may help: within the call's deadline, with full jitter, and within a budget.

Everything brokerport asks is a read, so asking again does the account no harm; what it must not do is multiply the load on a broker that
is down. An error says itself whether it is worth it (``.retryable``), so a plugin has all of this by raising the right one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from copy import copy
from functools import partial
from typing import TYPE_CHECKING, Generic, TypeVar

from attrs import define, field

from brokerport.calls.call import current, is_impatient
from brokerport.calls.deadline import Deadline
from brokerport.errors import BadReplyError, BrokerportError, ConnectError, ConnectionLostError, DeadlineError, QuotaError

if TYPE_CHECKING:
    from tenacity import RetryCallState

T = TypeVar("T")

ATTEMPTS = 4  # a safety net; the deadline and the budget end most calls before
FIRST_WAIT = 0.05  # seconds; gateways are on this machine or near
LONGEST_WAIT = 2.0  # seconds

#: what a retry takes from the budget, by the error that led to it; the first class that fits
COSTS: tuple[tuple[type[BrokerportError], float], ...] = (
    (DeadlineError, 2.0),  # silence hides an overload
    (BrokerportError, 1.0),
)
#: what ends a connection, and with it every call on it by one and the same error
BREAKS = (ConnectionLostError, BadReplyError)
CAPACITY = 20.0
REFUND = 0.1  # for each call that succeeds: in the long run one retry for ten calls


@define(eq=False)
class Budget:
    """What a client may spend on retries, whoever makes the calls."""

    tokens: float = CAPACITY
    _charged: BrokerportError | None = field(init=False, default=None)

    def spend(self, error: BrokerportError, *, first: bool = True) -> bool:
        """Pay for a retry after ``error``; False when there is not enough left.

        A connection that breaks fails every call on it with one and the same error: for the ``first`` retry of each, it is paid for once.
        What is lost again is paid for call by call, else a gateway that drops every request would get each four times.
        """
        if first and error is self._charged:
            return True
        cost = next(cost for kind, cost in COSTS if isinstance(error, kind))
        if cost > self.tokens:
            return False
        self.tokens -= cost
        if isinstance(error, BREAKS):
            self._charged = error
        return True

    def refund(self) -> None:
        """A call succeeded."""
        self.tokens = min(self.tokens + REFUND, CAPACITY)


@define(eq=False)
class Retry:
    """Runs one request until it succeeds, fails for good, or is not worth another attempt."""

    attempts: int = ATTEMPTS
    budget: Budget = field(factory=Budget)
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def __call__(self, ask: Callable[[], Awaitable[T]], reply_within: float | None = None) -> T:
        """The answer, or the last error on the way to it, which tells of the ``attempts`` before.

        A first attempt that takes longer than ``reply_within`` seconds is made again: where replies are quick, a request was lost on a
        connection that lives. The others have all the time that the call has left.
        """
        try:
            answer = await _attempt(ask if reply_within is None else partial(_quick, ask, reply_within))
        except BrokerportError as error:
            if not error.retryable:
                raise
            answer = await self._again(ask, error)
        self.budget.refund()
        return answer

    async def _again(self, ask: Callable[[], Awaitable[T]], first: BrokerportError) -> T:
        # Tenacity costs more than a healthy call: it is imported and entered only here, with the first attempt told to it.
        from tenacity import AsyncRetrying, retry_if_exception, wait_random_exponential

        jitter = wait_random_exponential(multiplier=FIRST_WAIT, max=LONGEST_WAIT)
        further = _Further(ask, first)
        del first  # an error that holds the frames it went through, and they it, is only freed by the collector: so are its like below
        # A new object for every call: tasks that shared one would share its state.
        retrying = AsyncRetrying(
            retry=retry_if_exception(_retryable),
            wait=lambda state: max(jitter(state), _hold(_error(state))),
            stop=self._enough,
            before_sleep=further.remember,
            reraise=True,
            sleep=self.sleep,
        )
        try:
            return await retrying(further.attempt)
        except BrokerportError as error:
            error.__traceback__ = None
            if not further.made:
                raise
            # A copy: the same error may have ended other calls, which have attempts of their own.
            raise copy(error) from error.__cause__

    def _enough(self, state: RetryCallState) -> bool:
        # The budget comes last: nothing is charged when another rule stops already.
        return state.attempt_number >= self.attempts or _broken_twice(state) or _too_late(state) or not self._affords(state)

    def _affords(self, state: RetryCallState) -> bool:
        return self.budget.spend(_error(state), first=state.attempt_number == 1)


@define(eq=False)
class _Further(Generic[T]):
    """The attempts of one call after its first, which tenacity is told as if it had made it."""

    ask: Callable[[], Awaitable[T]]
    first: BrokerportError | None
    made: int = 0

    async def attempt(self) -> T:
        """Fail as the first attempt did, then ask again."""
        if self.first is not None:
            try:
                raise self.first
            finally:
                self.first = None  # else it would hold this frame, and this frame it
        return await _attempt(self.ask)

    def remember(self, state: RetryCallState) -> None:
        """Another attempt will follow this one."""
        self.made += 1
        error = _error(state)
        error.__traceback__ = None
        if (call := current()) is not None:
            call.attempted(error, state.upcoming_sleep)


async def _attempt(ask: Callable[[], Awaitable[T]]) -> T:
    call = current()
    if call is None:
        return await ask()
    call.attempting()
    try:
        return await ask()
    except BrokerportError as error:
        call.attempt_failed(error)
        raise


async def _quick(ask: Callable[[], Awaitable[T]], seconds: float) -> T:
    """Ask, and wait no longer than ``seconds`` for the reply; waiting for a turn is none of it."""
    call = current()
    if call is None or call.remaining() <= seconds:  # the call's own deadline comes first
        return await ask()
    call.attempt = clock = Deadline(seconds, patient=True)
    try:
        with clock:
            return await ask()
    except TimeoutError as error:
        if not clock.rang:
            raise
        unanswered = DeadlineError(f"no reply within {seconds:g} s")
        unanswered.retryable = True
        raise unanswered from error
    finally:
        call.attempt = None


def _retryable(error: BaseException) -> bool:
    return isinstance(error, BrokerportError) and error.retryable


def _hold(error: BrokerportError) -> float:
    """Seconds that the broker wants to be left alone."""
    return error.retry_after if isinstance(error, QuotaError) else 0.0


def _broken_twice(state: RetryCallState) -> bool:
    """A broken reply is worth one new connection; what breaks again will break always."""
    return isinstance(_error(state), BadReplyError) and state.attempt_number > 1


def _too_late(state: RetryCallState) -> bool:
    """Whether the wait before the next attempt would not end before the deadline, or is no wait for this call."""
    call, error = current(), _error(state)
    if call is not None and state.upcoming_sleep >= call.remaining():
        call.hurried = True
        return True
    return is_impatient() and (_hold(error) > 0 or (isinstance(error, ConnectError) and not isinstance(error, ConnectionLostError)))


def _error(state: RetryCallState) -> BrokerportError:
    error = state.outcome.exception() if state.outcome else None
    assert isinstance(error, BrokerportError)
    return error
