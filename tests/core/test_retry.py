"""What is asked again, how often, how long after, and what the caller hears of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from brokerport import (
    ArkDynamic,
    ArkProvider,
    AsyncClient,
    BadReplyError,
    BrokerportError,
    ConnectError,
    ConnectionLostError,
    DeadlineError,
    PluginError,
    Quota,
    QuotaError,
    RejectedError,
    Source,
    Symbol,
)
from brokerport.calls.call import Call, impatient, waiting
from brokerport.calls.retry import ATTEMPTS, CAPACITY, REFUND, Budget, Retry
from brokerport.testing.virtual_time import run_in_virtual_time

LOST = ConnectionLostError("gone")


def kind(error: BaseException) -> str:
    return type(error).__name__


class Answers:
    """Raises what it is given, one after the other, then answers."""

    def __init__(self, *errors: BaseException) -> None:
        self.errors = list(errors)
        self.asked = 0

    async def __call__(self) -> str:
        self.asked += 1
        if self.errors:
            raise self.errors.pop(0)
        return "answer"


class Sleeps:
    """A sleep that takes no time and remembers how long it should have taken."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


async def test_a_success_is_not_asked_for_again() -> None:
    ask = Answers()
    assert await Retry()(ask) == "answer"
    assert ask.asked == 1


@pytest.mark.parametrize("error", [LOST, ConnectError("nobody"), QuotaError("used up", retry_after=1.0)], ids=kind)
async def test_what_is_retryable_is_asked_again(error: BrokerportError) -> None:
    ask = Answers(error)
    assert await Retry(sleep=Sleeps())(ask) == "answer"
    assert ask.asked == 2


@pytest.mark.parametrize(
    "error",
    [
        RejectedError("no", code=-1, text="no"),
        BadReplyError("nonsense"),
        ValueError("a bug"),
        asyncio.CancelledError(),
        KeyboardInterrupt(),
    ],
    ids=kind,
)
async def test_everything_else_is_raised_at_once_and_itself(error: BaseException) -> None:
    ask = Answers(error)
    with pytest.raises(type(error)) as raised:
        await Retry(sleep=Sleeps())(ask)
    assert raised.value is error
    assert ask.asked == 1


@pytest.mark.parametrize("second", [RejectedError("no", code=-1, text="no"), asyncio.CancelledError(), ValueError("a bug")])
async def test_what_is_not_retryable_ends_it_on_any_attempt(second: BaseException) -> None:
    ask = Answers(LOST, second)
    with pytest.raises(type(second)):
        await Retry(sleep=Sleeps())(ask)
    assert ask.asked == 2


async def test_there_are_four_attempts_at_most() -> None:
    ask = Answers(*(ConnectError(str(number)) for number in range(9)))
    with pytest.raises(ConnectError, match=r"^3$"):
        await Retry(sleep=Sleeps())(ask)
    assert ask.asked == ATTEMPTS == 4


async def test_the_waits_are_jittered_and_bounded_by_twice_the_one_before() -> None:
    waits = []
    for _ in range(50):
        sleeps = Sleeps()
        with pytest.raises(ConnectError):
            await Retry(sleep=sleeps)(Answers(*(ConnectError("nobody") for _ in range(9))))
        waits.append(sleeps.seconds)
    for attempt, longest in enumerate((0.05, 0.1, 0.2)):
        seconds = [each[attempt] for each in waits]
        assert all(0 <= each <= longest for each in seconds)
        assert len(set(seconds)) > 40


async def test_a_quota_is_waited_out_and_no_less() -> None:
    sleeps = Sleeps()
    await Retry(sleep=sleeps)(Answers(QuotaError("used up", retry_after=7.5)))
    assert sleeps.seconds == [7.5]


async def test_a_wait_that_would_not_end_before_the_deadline_is_not_begun() -> None:
    sleeps, ask = Sleeps(), Answers(QuotaError("used up", retry_after=7.5))
    with pytest.raises(QuotaError) as raised:
        async with Call("toy", 5.0):
            await Retry(sleep=sleeps)(ask)
    assert (sleeps.seconds, ask.asked, raised.value.attempts) == ([], 1, ())


async def test_a_broken_reply_is_worth_one_new_connection() -> None:
    def broken() -> BadReplyError:
        error = BadReplyError("no frame")
        error.retryable = True
        return error

    assert await Retry(sleep=Sleeps())(Answers(broken())) == "answer"
    ask = Answers(broken(), broken(), broken())
    with pytest.raises(BadReplyError):
        await Retry(sleep=Sleeps())(ask)
    assert ask.asked == 2


# the budget


async def test_when_the_budget_is_spent_errors_come_at_once() -> None:
    retries = Retry(budget=Budget(tokens=1.5), sleep=Sleeps())
    first, second = Answers(ConnectionLostError("1")), Answers(ConnectionLostError("2"))
    assert await retries(first) == "answer"
    with pytest.raises(ConnectionLostError, match=r"^2$"):
        await retries(second)
    assert second.asked == 1


@pytest.mark.parametrize("error", [LOST, BadReplyError("no frame")], ids=kind)
def test_one_lost_connection_is_paid_for_once_however_many_calls_were_on_it(error: BrokerportError) -> None:
    budget = Budget()
    assert all(budget.spend(error) for _ in range(1000))
    assert budget.tokens == CAPACITY - 1


def test_what_is_lost_again_is_paid_for_call_by_call() -> None:
    budget = Budget()
    assert sum(budget.spend(LOST, first=False) for _ in range(1000)) == CAPACITY


def test_a_connection_that_could_not_be_made_is_paid_for_by_every_call() -> None:
    budget, nobody = Budget(), ConnectError("nobody")
    assert sum(budget.spend(nobody) for _ in range(1000)) == CAPACITY


def test_successes_fill_the_budget_up_to_its_capacity() -> None:
    budget = Budget(tokens=CAPACITY - 1.5 * REFUND)
    budget.refund()
    assert budget.tokens == pytest.approx(CAPACITY - 0.5 * REFUND)
    budget.refund()
    assert budget.tokens == CAPACITY


async def test_a_dead_gateway_sees_at_most_a_tenth_more_attempts_than_calls() -> None:
    retries, asks = Retry(sleep=Sleeps()), [Answers(*(ConnectionLostError("gone") for _ in range(9))) for _ in range(1000)]
    outcomes = await asyncio.gather(*(retries(ask) for ask in asks), return_exceptions=True)
    assert all(isinstance(outcome, ConnectionLostError) for outcome in outcomes)
    assert sum(ask.asked for ask in asks) == 1020


# what the caller hears


async def test_the_last_error_tells_of_those_before() -> None:
    with pytest.raises(ConnectError, match=r"^nobody 2") as raised:
        async with Call("toy", 5.0):
            await Retry(attempts=3, sleep=Sleeps())(Answers(LOST, ConnectError("nobody 1"), ConnectError("nobody 2")))
    assert [(attempt.number, str(attempt.error)) for attempt in raised.value.attempts] == [(1, "gone"), (2, "nobody 1"), (3, "nobody 2")]
    (note,) = raised.value.__notes__
    assert note.startswith("gave up after 3 attempts in 0.0")
    assert note.endswith("; earlier: #1 ConnectionLostError, #2 ConnectError")


async def test_errors_of_calls_that_shared_a_connection_tell_their_own_attempts() -> None:
    shared = ConnectionLostError("shared")

    async def call(*before: BrokerportError) -> BrokerportError:
        with pytest.raises(ConnectionLostError) as raised:
            async with Call("toy", 5.0):
                await Retry(attempts=len(before) + 1, sleep=Sleeps())(Answers(*before, shared))
        return raised.value

    first, second = await call(ConnectError("1")), await call(ConnectError("1"), ConnectError("2"))
    assert (len(first.attempts), len(second.attempts)) == (2, 3)
    assert shared.attempts == ()


def test_a_deadline_in_the_middle_keeps_the_last_real_cause() -> None:
    async def call() -> None:
        async def lost_then_silent() -> None:
            if errors:
                raise errors.pop()
            await asyncio.Event().wait()

        errors = [LOST]
        async with Call("toy", 5.0):
            await Retry()(lost_then_silent)

    with pytest.raises(DeadlineError) as raised:
        run_in_virtual_time(call())
    assert raised.value.__cause__ is LOST
    assert [attempt.error for attempt in raised.value.attempts] == [LOST, raised.value]


class Slow(ArkProvider):
    """Answers each request after so many seconds."""

    def __init__(self, *seconds: float) -> None:
        self.seconds = list(seconds)

    async def ark_dynamic(self, symbol: Symbol) -> ArkDynamic:
        await asyncio.sleep(self.seconds.pop(0))
        return ArkDynamic(symbol=symbol, source=Source("slow", fetched_at=NOW))


class Quick(Slow):
    """Says that it answers within 12 s."""

    reply_within = 12.0


def took(provider: Slow, timeout: float | None = None) -> tuple[float, int]:
    """How long a call takes, and how many requests it makes."""

    async def call() -> tuple[float, int]:
        async with AsyncClient(lambda: provider, broker="slow") as client:
            await client.ark_dynamic("US.TSLA", timeout=timeout)
            return asyncio.get_running_loop().time(), client.stats().attempts

    return run_in_virtual_time(call())


def test_an_attempt_may_take_all_the_time_of_its_call() -> None:
    seconds, attempts = took(Slow(59), timeout=60)
    assert seconds == pytest.approx(59, abs=0.01)
    assert attempts == 1


def test_a_first_attempt_of_a_quick_broker_is_made_again_and_the_next_has_the_rest_of_the_time() -> None:
    seconds, attempts = took(Quick(13, 47), timeout=60)
    assert seconds == pytest.approx(59, abs=0.06)
    assert attempts == 2


def test_a_quick_reply_that_is_only_nearly_late_is_asked_for_once() -> None:
    assert took(Quick(11.9), timeout=60)[1] == 1


def test_a_call_with_less_time_than_a_quick_reply_ends_by_its_own_deadline() -> None:
    with pytest.raises(DeadlineError, match=r"slow\.ark_dynamic\('US\.TSLA'\) had 12 s"):
        took(Quick(13), timeout=12)


def test_a_turn_that_is_waited_for_is_no_part_of_a_quick_reply() -> None:
    class Queueing(Quick):
        async def ark_dynamic(self, symbol: Symbol) -> ArkDynamic:
            with waiting(Quota(1, 100.0), 100.0):
                await asyncio.sleep(100)
            return await super().ark_dynamic(symbol)

    assert took(Queueing(11))[1] == 1


def test_a_timeout_of_a_quick_brokers_own_is_the_plugins_fault_as_any_other() -> None:
    class Impatient(Quick):
        async def ark_dynamic(self, symbol: Symbol) -> ArkDynamic:
            if self.seconds.pop(0):
                raise TimeoutError("its own")
            return ArkDynamic(symbol=symbol, source=Source("slow", fetched_at=NOW))

    with pytest.raises(PluginError, match="TimeoutError: its own"):
        took(Impatient(1, 0))


def test_what_a_quick_broker_owes_is_told_with_the_attempts() -> None:
    with pytest.raises(DeadlineError) as raised:
        took(Quick(13, 60), timeout=60)
    assert [type(attempt.error) for attempt in raised.value.attempts] == [DeadlineError, DeadlineError]
    assert str(raised.value.attempts[0].error) == "no reply within 12 s"


async def test_who_can_ask_another_broker_does_not_wait_until_this_one_wants_to_be_asked() -> None:
    ask, sleeps = Answers(QuotaError("used up", retry_after=1.0)), Sleeps()
    with impatient(), pytest.raises(QuotaError):
        await Retry(sleep=sleeps)(ask)
    assert (ask.asked, sleeps.seconds) == (1, [])
    ask = Answers(LOST)  # asked again at once, it may be there
    with impatient():
        assert await Retry(sleep=sleeps)(ask) == "answer"


# through the client: a stranger's provider has all of it by raising our errors


class Flaky(ArkProvider):
    """Loses the connection so many times."""

    def __init__(self, times: int, error: Callable[[], BrokerportError]) -> None:
        self.times, self.error = times, error

    async def ark_dynamic(self, symbol: Symbol) -> ArkDynamic:
        if self.times:
            self.times -= 1
            raise self.error()
        return ArkDynamic(symbol=symbol, source=Source("flaky", fetched_at=NOW))


NOW: Any = None


async def test_a_strangers_provider_is_asked_again() -> None:
    async with AsyncClient(lambda: Flaky(2, lambda: ConnectionLostError("gone")), broker="flaky") as client:
        assert str((await client.ark_dynamic("US.TSLA")).symbol) == "US.TSLA"


async def test_a_strangers_error_tells_of_its_attempts() -> None:
    async with AsyncClient(lambda: Flaky(9, lambda: ConnectError("nobody")), broker="flaky") as client:
        with pytest.raises(ConnectError) as raised:
            await client.ark_dynamic("US.TSLA")
    assert len(raised.value.attempts) == 4
