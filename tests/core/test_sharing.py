"""Many who ask the same thing at the same time share one request, and none of them its fate. In made-up time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import pytest

from brokerport import BrokerportError, ConnectError, DeadlineError, PluginError, Quota, QuotaError, RejectedError
from brokerport.calls.call import Call, impatient, waiting
from brokerport.calls.retry import Retry
from brokerport.calls.sharing import Sharing
from brokerport.events import CallEnded, CallStarted, Event
from brokerport.events.observers import Observer, Observers
from brokerport.events.reporter import Reporter
from brokerport.quotas.limiter import Limiter
from brokerport.testing import run_in_virtual_time
from core.toy import kinds

Work = Callable[[], Awaitable[object]]


class Broker:
    """Answers after a second, with the number of the request; or does what it is told, one thing a request."""

    def __init__(self, *doings: BaseException | Work) -> None:
        self.doings = list(doings)
        self.asked = 0
        self.sharing = Sharing()
        self.retry = Retry()
        self.events: list[Event] = []
        observers = Observers()
        observers.add(Observer("test", self.events.append))
        self.reporter = Reporter("toy", (observers,))

    async def answer(self) -> int:
        self.asked += 1
        number, doing = self.asked, self.doings.pop(0) if self.doings else None
        await asyncio.sleep(1)
        if isinstance(doing, BaseException):
            raise doing
        if doing is not None:
            await doing()
        return number

    async def call(self, key: object = "same", seconds: float = 60.0, *, patient: bool = False) -> int:
        """One call, as a client makes it."""
        async with Call("toy.asks()", seconds, None, self.reporter, patient=patient):
            return await self.sharing.join(key, partial(self.retry, self.answer))

    async def later(self, after: float, **how: Any) -> int:
        await asyncio.sleep(after)
        return await self.call(**how)


async def outcomes(*calls: Awaitable[Any]) -> list[Any]:
    return await asyncio.gather(*calls, return_exceptions=True)


def now() -> float:
    return asyncio.get_running_loop().time()


def test_many_who_ask_the_same_share_one_request_and_each_is_a_call() -> None:
    async def run() -> tuple[list[int], Broker]:
        broker = Broker()
        return await outcomes(*(broker.later(each / 10) for each in range(5))), broker

    answers, broker = run_in_virtual_time(run())
    assert answers == [1] * 5
    stats = broker.reporter.stats(budget=0.0)
    assert (stats.calls, stats.answered, stats.attempts) == (5, 5, 1)
    assert sorted(kinds(broker.events)) == ["CallEnded"] * 5 + ["CallStarted"] * 5
    assert {each.number for each in broker.events if isinstance(each, CallStarted)} == {1, 2, 3, 4, 5}


def test_what_is_over_is_asked_for_again() -> None:
    async def run() -> list[int]:
        broker = Broker()
        return [await broker.call(), await broker.call()]

    assert run_in_virtual_time(run()) == [1, 2]


def test_what_differs_is_asked_for_by_itself() -> None:
    async def run() -> list[int]:
        broker = Broker()
        return await outcomes(broker.call(("HK.00700", 10)), broker.call(("HK.00700", 20)), broker.call(("HK.00700", 10)))

    assert run_in_virtual_time(run()) == [1, 2, 1]


def test_what_cannot_be_hashed_is_shared_with_nobody() -> None:
    async def run() -> list[int]:
        broker = Broker()
        return await outcomes(*(broker.call((["HK.00700"],)) for _ in range(3)))

    assert run_in_virtual_time(run()) == [1, 2, 3]


def test_who_waits_for_nothing_shares_with_its_like_alone() -> None:
    async def run() -> list[int]:
        broker = Broker()

        async def hasty() -> int:
            with impatient():
                return await broker.call()

        return await outcomes(broker.call(), hasty(), hasty(), broker.call())

    assert run_in_virtual_time(run()) == [1, 2, 2, 1]


# Who leaves


def test_a_follower_ends_by_its_own_deadline_and_says_what_it_waited_for() -> None:
    async def run() -> tuple[list[Any], Broker]:
        broker = Broker()
        return await outcomes(broker.call(), broker.call(seconds=0.5), broker.call()), broker

    (leader, hasty, other), broker = run_in_virtual_time(run())
    assert (leader, type(hasty), other, broker.asked) == (1, DeadlineError, 1, 1)


async def test_a_follower_that_ran_out_of_time_names_the_wait() -> None:
    broker = Broker(asyncio.Event().wait)
    leader = asyncio.create_task(broker.call())
    await asyncio.sleep(0)
    with pytest.raises(DeadlineError, match=r"0\.\d\d\d s waiting for a call that asks the same$"):
        await broker.call(seconds=0.02)
    leader.cancel()


@pytest.mark.parametrize("place", [0, 1, 2])
def test_one_that_is_cancelled_ends_it_for_nobody_else(place: int) -> None:
    async def run() -> tuple[list[Any], int]:
        broker = Broker()
        calls = [asyncio.create_task(broker.call()) for _ in range(4)]
        await asyncio.sleep(0.5)
        calls[place].cancel()
        return await outcomes(*calls), broker.asked

    answers, asked = run_in_virtual_time(run())
    assert isinstance(answers.pop(place), asyncio.CancelledError)
    assert (answers, asked) == ([2] * 3, 2) if place == 0 else ([1] * 3, 1)


def test_when_leader_after_leader_runs_out_of_time_the_next_asks() -> None:
    async def run() -> tuple[list[Any], int, float]:
        broker = Broker()
        calls = outcomes(broker.call(seconds=0.2), broker.call(seconds=0.4), broker.call(seconds=0.6), broker.call(), broker.call())
        return await calls, broker.asked, now()

    ends, asked, took = run_in_virtual_time(run())
    assert [type(each) for each in ends[:3]] == [DeadlineError] * 3
    assert (ends[3:], asked) == ([4, 4], 4)
    assert took == pytest.approx(1.6, abs=0.01)


def test_a_leader_whose_client_is_closed_leaves_as_others_do() -> None:
    async def run() -> list[Any]:
        broker, begun = Broker(), list[Call]()

        async def closing() -> int:
            async with Call("toy.asks()", 60.0) as call:
                begun.append(call)
                return await broker.sharing.join("same", broker.answer)

        calls = [asyncio.create_task(each) for each in (closing(), closing(), broker.call())]
        await asyncio.sleep(0.5)
        for call in begun:
            call.abandon()
        return await outcomes(*calls)

    ends = run_in_virtual_time(run())
    assert [type(each).__name__ for each in ends] == ["ClientClosedError", "ClientClosedError", "int"]


def test_whoever_comes_while_a_leader_is_leaving_asks_for_the_others() -> None:
    async def run() -> tuple[list[Any], int]:
        broker = Broker()
        calls = [asyncio.create_task(broker.call()) for _ in range(2)]
        await asyncio.sleep(0.5)
        calls[0].cancel()
        await asyncio.sleep(0)  # it has left, and the other did not hear of it yet
        calls.append(asyncio.create_task(broker.call()))
        return await outcomes(*calls[1:]), broker.asked

    assert run_in_virtual_time(run()) == ([2, 2], 2)


# Errors


def test_the_brokers_error_is_everybodys_and_its_attempts_are_those_of_the_one_that_made_them() -> None:
    async def run() -> tuple[list[Any], Broker]:
        broker = Broker(*(ConnectError("nobody") for _ in range(9)))
        return await outcomes(*(broker.call() for _ in range(3))), broker

    (leader, *followers), broker = run_in_virtual_time(run())
    assert (str(leader), len(leader.attempts), len(leader.__notes__)) == ("nobody", 4, 1)
    assert [(type(each), str(each), each.attempts, hasattr(each, "__notes__")) for each in followers] == [
        (ConnectError, "nobody", (), False)
    ] * 2
    assert len({id(each) for each in (leader, *followers)}) == 3
    assert broker.asked == 4
    told = {each.number: each.error for each in broker.events if isinstance(each, CallEnded)}
    assert told == {1: leader, 2: followers[0], 3: followers[1]}


def test_a_note_of_the_brokers_own_is_everybodys() -> None:
    async def run() -> list[Any]:
        error = RejectedError("no", code=-1, text="no")
        error.add_note("see the manual")
        broker = Broker(ConnectError("nobody"), error)
        return await outcomes(broker.call(), broker.call())

    leader, follower = run_in_virtual_time(run())
    assert [len(each.__notes__) for each in (leader, follower)] == [2, 1]
    assert (follower.__notes__, follower.code) == (["see the manual"], -1)


@pytest.mark.parametrize("error", [QuotaError("used up", retry_after=50.0), ConnectError("nobody")])
def test_what_the_leader_had_no_time_to_try_again_the_next_tries(error: BrokerportError) -> None:
    async def run() -> list[Any]:
        broker = Broker(error, error)
        broker.retry = Retry(attempts=2)
        return await outcomes(broker.call(seconds=1.000001), broker.call(seconds=100.0))

    leader, follower = run_in_virtual_time(run())
    assert (type(leader), follower) == (type(error), 3)


def test_a_bug_of_the_plugins_is_each_callers_own() -> None:
    async def run() -> tuple[list[Any], int]:
        broker = Broker(ValueError("a bug"), ValueError("a bug"))
        return await outcomes(*(broker.call() for _ in range(3))), broker.asked

    ends, asked = run_in_virtual_time(run())
    assert [type(each) for each in ends] == [PluginError, PluginError, int]
    assert asked == 3


# Turns


@pytest.mark.parametrize("patient", [True, False])
def test_a_follower_with_the_default_deadline_has_all_its_time_when_the_leader_has_its_turn(patient: bool) -> None:
    async def turn() -> None:
        with waiting(Quota(1, 100.0), 100.0):
            await asyncio.sleep(100)

    async def run() -> tuple[list[Any], float]:
        broker = Broker(turn)
        calls = broker.call(seconds=1000.0, patient=patient), broker.call(patient=True), broker.later(20, patient=True), broker.call()
        return await outcomes(*calls), now()

    ends, took = run_in_virtual_time(run())
    assert [each if isinstance(each, int) else type(each) for each in ends] == [1, 1, 1, DeadlineError]
    assert took == pytest.approx(101, abs=0.01)


def test_a_follower_that_leaves_while_the_leader_waits_for_its_turn_takes_its_clock_along() -> None:
    async def turn() -> None:
        with waiting(Quota(1, 100.0), 100.0):
            await asyncio.sleep(100)

    async def run() -> tuple[Any, float]:
        broker = Broker(turn)

        async def impatiently() -> None:
            async with Call("toy.asks()", 60.0, patient=True):
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(50):
                        await broker.sharing.join("same", broker.answer)
                await asyncio.Event().wait()

        leader = asyncio.create_task(broker.call(seconds=1000.0))
        (ended,) = await outcomes(impatiently())
        took = now()
        await leader
        return type(ended), took

    ended, took = run_in_virtual_time(run())
    assert ended is DeadlineError
    assert took == pytest.approx(109, abs=0.01)  # it stood still from second 1 to 50


def test_one_request_of_many_takes_one_slot_of_the_quota() -> None:
    async def run() -> tuple[list[Any], int | None]:
        limiter = Limiter(Quota(3, 10.0), clock=now)

        async def slot() -> None:
            async with limiter.slot():
                pass

        broker = Broker(slot)
        return await outcomes(*(broker.call() for _ in range(9))), limiter.left()

    assert run_in_virtual_time(run()) == ([1] * 9, 2)


async def test_outside_of_a_call_it_is_shared_too() -> None:
    broker, begun = Broker(), asyncio.Event()

    async def answer() -> int:
        broker.asked += 1
        await begun.wait()
        return broker.asked

    calls = [asyncio.create_task(broker.sharing.join("same", answer)) for _ in range(3)]
    await asyncio.sleep(0)
    begun.set()
    assert await asyncio.gather(*calls) == [1, 1, 1]
