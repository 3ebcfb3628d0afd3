"""The wait that keeps to a quota: exact, fair, and given up at once where it cannot fit. All in made-up time."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Coroutine
from typing import Any

import pytest
from attrs import define, field, frozen
from hypothesis import given
from hypothesis import strategies as st

from brokerport import DeadlineError, Quota, QuotaError
from brokerport.calls.call import Call, impatient
from brokerport.models.quota import AtOnce, Bucket, Limit
from brokerport.quotas.gate import Gate
from brokerport.quotas.limiter import Limiter
from brokerport.quotas.rules import MARGIN
from brokerport.quotas.slot import GRACE
from brokerport.testing import VirtualLoop, run_in_virtual_time

QUOTA = Quota(3, 10.0)
WINDOW = 10.0 + MARGIN


@frozen
class Request:
    """One caller: when it comes, how long the reply takes, when within that the gateway counts it, and when the caller leaves."""

    comes: float
    latency: float
    counted: float
    leaves: float | None


requests = st.builds(
    Request,
    comes=st.floats(0, 40),
    latency=st.floats(0, 15),
    counted=st.floats(0, 1),
    leaves=st.none() | st.floats(0, 30),
)


@define
class Gateway:
    """Counts each request somewhere between send and reply; the reply comes when it comes."""

    limiter: Limiter
    asked: list[int] = field(factory=list)
    sent: list[int] = field(factory=list)
    counted: list[float] = field(factory=list)

    async def ask(self, number: int, request: Request) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(request.comes)
        self.asked.append(number)
        deadline = None if request.leaves is None else loop.time() + request.leaves
        try:
            async with asyncio.timeout_at(deadline), self.limiter.slot():
                self.sent.append(number)
                leaves = request.latency if deadline is None else min(request.latency, max(deadline - loop.time(), 0.0))
                self.counted.append(loop.time() + request.counted * leaves)
                await asyncio.sleep(request.latency)
        except TimeoutError:
            pass

    async def ask_all(self, every: list[Request]) -> None:
        await asyncio.gather(*(self.ask(number, request) for number, request in enumerate(every)))


def limiter(limit: Limit = QUOTA) -> Limiter:
    return Limiter(limit, name="toy", clock=asyncio.get_running_loop().time)


def gate(slots: Limiter) -> Gate:
    (only,) = slots._keeper._gates.values()
    return only


def later(seconds: float) -> None:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    loop.now += seconds


def in_made_up_time(work: Coroutine[Any, Any, Any]) -> Any:
    return run_in_virtual_time(work)


@given(st.integers(1, 4), st.lists(requests, max_size=25))
def test_the_gateway_never_counts_more_than_the_quota_in_any_window(number: int, every: list[Request]) -> None:
    async def law() -> list[float]:
        gateway = Gateway(limiter(Quota(number, 10.0)))
        await gateway.ask_all(every)
        return sorted(gateway.counted)

    counted = in_made_up_time(law())
    too_close = [(first, later) for first, later in zip(counted, counted[number:], strict=False) if later - first <= 10.0]
    assert too_close == []


@given(st.lists(requests, max_size=25))
def test_first_come_is_first_served(every: list[Request]) -> None:
    async def order() -> tuple[list[int], list[int]]:
        gateway = Gateway(limiter())
        await gateway.ask_all(every)
        return gateway.asked, gateway.sent

    asked, sent = in_made_up_time(order())
    assert sent == [number for number in asked if number in sent]


@given(st.lists(requests, min_size=1, max_size=25))
def test_whoever_stays_is_served_and_afterwards_every_slot_is_free_again(every: list[Request]) -> None:
    async def after() -> tuple[list[int], float]:
        gateway = Gateway(limiter())
        await gateway.ask_all(every)
        await asyncio.sleep(WINDOW + 0.001)
        gateway.sent.sort()
        async with gateway.limiter.slot(), gateway.limiter.slot(), gateway.limiter.slot():
            return gateway.sent, gateway.limiter.estimate()

    sent, estimate = in_made_up_time(after())
    assert {number for number, request in enumerate(every) if request.leaves is None} <= set(sent)
    assert estimate == pytest.approx(WINDOW)


def test_slots_are_used_as_soon_as_they_are_free() -> None:
    async def times() -> list[float]:
        loop, slots, sent = asyncio.get_running_loop(), limiter(), []
        for _ in range(8):
            async with slots.slot():
                sent.append(loop.time())
        return sent

    assert in_made_up_time(times()) == pytest.approx([0, 0, 0, WINDOW, WINDOW, WINDOW, 2 * WINDOW, 2 * WINDOW], abs=1e-4)


def test_a_slot_counts_from_the_reply_on_and_not_from_the_request() -> None:
    async def times() -> list[float]:
        loop, slots, sent = asyncio.get_running_loop(), limiter(Quota(1, 10.0)), []
        for _ in range(3):
            async with slots.slot():
                sent.append(loop.time())
                await asyncio.sleep(4)
        return sent

    assert in_made_up_time(times()) == pytest.approx([0, 4 + WINDOW, 2 * (4 + WINDOW)], abs=1e-4)


def test_a_request_without_a_reply_counts_a_little_longer_as_the_broker_may_come_to_it_late() -> None:
    async def times() -> list[Any]:
        loop, slots, sent = asyncio.get_running_loop(), limiter(Quota(1, 10.0)), []

        async def lost() -> None:
            async with slots.slot():
                sent.append(loop.time())
                raise ConnectionError

        return [*await asyncio.gather(lost(), lost(), return_exceptions=True), *sent]

    first, second, *sent = in_made_up_time(times())
    assert (type(first), type(second)) == (ConnectionError, ConnectionError)
    assert sent == pytest.approx([0, WINDOW + GRACE], abs=1e-4)


def test_who_leaves_the_queue_frees_nothing_and_holds_nobody_up() -> None:
    async def times() -> list[tuple[str, float]]:
        loop, slots, sent = asyncio.get_running_loop(), limiter(Quota(1, 10.0)), []

        async def one(name: str) -> None:
            async with slots.slot():
                sent.append((name, loop.time()))

        await one("first")
        leaving, staying, last = (asyncio.create_task(one(name)) for name in ("leaving", "staying", "last"))
        await asyncio.sleep(1)
        leaving.cancel()
        await asyncio.gather(leaving, staying, last, return_exceptions=True)
        return sent

    named = in_made_up_time(times())
    assert [name for name, _ in named] == ["first", "staying", "last"]
    assert [time for _, time in named] == pytest.approx([0, WINDOW, 2 * WINDOW], abs=1e-4)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_who_leaves_around_the_moment_of_their_turn_passes_it_on(moment: str) -> None:
    async def order() -> list[str]:
        slots, sent = limiter(Quota(1, 10.0)), []

        async def one(name: str) -> None:
            async with slots.slot():
                sent.append(name)

        await one("first")
        leaving, staying = asyncio.create_task(one("leaving")), asyncio.create_task(one("staying"))
        await asyncio.sleep(1)
        later(2 * WINDOW)
        # Neither of the two who wait runs in between: what happens to both happens in one turn of the loop.
        for step in (leaving.cancel, gate(slots)._serve) if moment == "before" else (gate(slots)._serve, leaving.cancel):
            step()
        await asyncio.wait({leaving, staying})
        assert leaving.cancelled()
        return sent

    assert in_made_up_time(order()) == ["first", "staying"]


def test_who_comes_in_the_moment_a_slot_falls_free_does_not_pass_those_who_wait() -> None:
    async def order() -> list[str]:
        slots, sent = limiter(Quota(1, 10.0)), []

        async def one(name: str) -> None:
            async with slots.slot():
                sent.append(name)

        await one("first")
        waiting = asyncio.create_task(one("waiting"))
        await asyncio.sleep(1)
        later(WINDOW)  # the slot is free, and the alarm has not rung yet
        await one("coming")
        await waiting
        return sent

    assert in_made_up_time(order()) == ["first", "waiting", "coming"]


@given(st.builds(Quota, st.integers(1, 4), st.just(10.0)) | st.builds(Bucket, st.just(0.5), st.integers(1, 4)), st.integers(0, 14))
def test_where_replies_come_at_once_the_estimate_is_the_wait(limit: Limit, ahead: int) -> None:
    async def both() -> tuple[float, float]:
        loop, slots = asyncio.get_running_loop(), limiter(limit)

        async def one() -> float:
            async with slots.slot():
                return loop.time()

        others = [asyncio.create_task(one()) for _ in range(ahead)]
        await asyncio.sleep(0)
        begun, estimate = loop.time(), slots.estimate()
        wait = await one() - begun
        await asyncio.gather(*others)
        return estimate, wait

    estimate, wait = in_made_up_time(both())
    assert estimate == pytest.approx(wait, rel=1e-3, abs=1e-4)


def test_the_estimate_counts_on_replies_that_are_still_due() -> None:
    async def estimates() -> list[float]:
        slots, told = limiter(Quota(2, 10.0)), []
        async with slots.slot():
            told.append(slots.estimate())
            await asyncio.sleep(3)
            async with slots.slot():
                told.append(slots.estimate())
        await asyncio.sleep(4)
        return [*told, slots.estimate()]

    assert in_made_up_time(estimates()) == pytest.approx([0, WINDOW, WINDOW - 4], abs=1e-4)


def test_a_wait_that_cannot_fit_the_call_is_refused_at_once() -> None:
    async def refused() -> tuple[float, float]:
        loop, slots = asyncio.get_running_loop(), limiter()
        for _ in range(3):
            async with slots.slot():
                await asyncio.sleep(1)
        begun = loop.time()
        async with Call("toy.short_volume('HK.00700')", 5.0):
            with pytest.raises(QuotaError) as raised:
                await slots.slot().__aenter__()
        assert str(raised.value) == "the quota of 3 in 10 s is used up: the next turn is in 8.0 s, and the call has 5.0 s left"
        return loop.time() - begun, raised.value.retry_after

    waited, retry_after = in_made_up_time(refused())
    assert waited == pytest.approx(0, abs=1e-4)
    assert retry_after == pytest.approx(WINDOW - 2, abs=1e-4)


def test_a_refused_call_holds_no_place_in_the_queue() -> None:
    async def next_one() -> float:
        slots = limiter(Quota(1, 10.0))
        async with slots.slot():
            pass
        with pytest.raises(QuotaError):
            async with Call("toy", 1.0), slots.slot():
                pass
        async with Call("toy", 60.0), slots.slot():
            return asyncio.get_running_loop().time()

    assert in_made_up_time(next_one()) == pytest.approx(WINDOW, abs=1e-4)


def test_a_place_far_back_in_the_queue_is_refused_too() -> None:
    async def outcomes() -> list[type]:
        slots = limiter(Quota(1, 10.0))

        async def one() -> None:
            async with Call("toy", 25.0), slots.slot():
                pass

        return [type(outcome) for outcome in await asyncio.gather(*(one() for _ in range(5)), return_exceptions=True)]

    assert in_made_up_time(outcomes()) == [type(None)] * 3 + [QuotaError] * 2


def test_a_call_that_is_over_already_hears_of_its_deadline_and_not_of_the_quota() -> None:
    async def late() -> None:
        slots = limiter(Quota(1, 10.0))
        async with slots.slot(), Call("toy", 1.0):
            later(2.0)
            async with slots.slot():
                pass

    with pytest.raises(DeadlineError):
        in_made_up_time(late())


def test_who_can_ask_another_broker_waits_for_no_quota() -> None:
    async def law() -> tuple[QuotaError, float]:
        slots = limiter(Quota(1, 10.0))
        async with Call("toy", 60.0):
            with impatient():
                async with slots.slot():  # one that is free is taken
                    pass
                with pytest.raises(QuotaError, match=r"the next turn is in 10\.\d s, and this call does not wait$") as raised:
                    await slots.slot().__aenter__()
            async with slots.slot():  # outside it is waited for
                return raised.value, asyncio.get_running_loop().time()

    error, waited = in_made_up_time(law())
    assert error.retry_after == pytest.approx(WINDOW)
    assert waited == pytest.approx(WINDOW)


async def test_time_in_the_queue_is_told_as_such() -> None:
    slots = Limiter(Quota(1, 0.001), name="toy")
    async with slots.slot():
        with pytest.raises(DeadlineError, match=r"all spent: \d\.\d\d\d s waiting for quota$"):
            async with Call("toy", 0.02), slots.slot():
                pass


def test_there_is_an_alarm_while_somebody_waits_and_not_otherwise() -> None:
    async def alarms() -> list[bool]:
        slots = limiter(Quota(1, 10.0))

        async def one() -> bool:
            async with slots.slot():
                await asyncio.sleep(1)
                return gate(slots)._alarm is not None

        waiting = await asyncio.gather(one(), one(), one())
        return [*waiting, gate(slots)._alarm is not None]

    assert in_made_up_time(alarms()) == [True, True, False, False]


@pytest.mark.filterwarnings("ignore:coroutine:RuntimeWarning")
def test_a_loop_that_is_closed_with_callers_in_the_queue_takes_them_along() -> None:
    slots = Limiter(AtOnce(1), name="toy")

    async def hold() -> None:
        async with slots.slot():
            await asyncio.sleep(3600)

    async def begin() -> list[asyncio.Task[None]]:
        tasks = [asyncio.create_task(hold()) for _ in range(2)]
        await asyncio.sleep(0)
        return tasks

    async def take() -> int | None:
        async with asyncio.timeout(1), slots.slot():
            return slots.left()

    loop = asyncio.new_event_loop()
    tasks = loop.run_until_complete(begin())
    loop.set_exception_handler(lambda *_: None)  # asyncio tells of each task that is lost
    loop.close()
    del tasks
    gc.collect()
    assert asyncio.run(take()) == 0
