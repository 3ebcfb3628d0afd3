"""Turns are handed out in the order in which the calls came, and no more calls begin than can go on. All in made-up time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from itertools import pairwise
from random import Random

import pytest

from brokerport import DeadlineError, Quota, QuotaError
from brokerport.calls.call import Call, outermost, place
from brokerport.models.quota import AtOnce, Bucket, Limit
from brokerport.quotas.limiter import Limiter
from brokerport.quotas.rules import MARGIN
from brokerport.testing import run_in_virtual_time
from core.strict_gateway import LATENCIES, StrictGateway

QUOTA = Quota(30, 30.0)
WAY = 0.06  # seconds to the reply


def limiter(limit: Limit = QUOTA) -> Limiter:
    return Limiter(limit, name="toy", clock=asyncio.get_running_loop().time)


def now() -> float:
    return asyncio.get_running_loop().time()


async def history(slots: Limiter, pages: int, ask: Callable[[], Awaitable[object]], *, told: int | None, timeout: float = 1e6) -> float:
    """A call of so many pages, each asked for when the one before is there; when it ended."""
    async with Call("toy", timeout, requests=told):
        for _ in range(pages):
            async with slots.slot():
                await ask()
    return now()


async def reply() -> None:
    await asyncio.sleep(WAY)


@pytest.mark.parametrize("told", [None, 6, 20])
@pytest.mark.parametrize("latency", ["zero", "1-5 ms", "log-normal 60 ms"])
def test_forty_calls_of_six_pages_are_answered_five_a_window(latency: str, told: int | None) -> None:
    async def run() -> tuple[StrictGateway, list[float]]:
        gateway, slots, random, law = StrictGateway(QUOTA), limiter(), Random(1), LATENCIES[latency]
        calls = (history(slots, 6, lambda: gateway.answer(law(random), random), told=told) for _ in range(40))
        return gateway, await asyncio.gather(*calls)

    gateway, ended = run_in_virtual_time(run())
    assert (len(gateway.accepted), gateway.refused) == (240, [])
    assert [end // QUOTA.seconds for end in ended] == [number // 5 for number in range(40)]
    assert ended[4] < 2
    assert ended[-1] < 7 * 30 + 3


def test_where_time_is_short_the_first_calls_are_answered_and_the_rest_cost_nothing() -> None:
    async def run() -> tuple[StrictGateway, list[float | BaseException]]:
        gateway, slots, random, law = StrictGateway(QUOTA), limiter(), Random(1), LATENCIES["1-5 ms"]
        calls = (history(slots, 6, lambda: gateway.answer(law(random), random), told=None, timeout=59) for _ in range(40))
        return gateway, await asyncio.gather(*calls, return_exceptions=True)

    gateway, ended = run_in_virtual_time(run())
    assert [isinstance(end, float) for end in ended] == [True] * 10 + [False] * 30
    assert {type(end) for end in ended[10:]} == {DeadlineError}
    assert (len(gateway.accepted), gateway.refused) == (60, [])


# what is kept for calls that have begun


def test_calls_of_one_request_need_not_wait_for_each_other() -> None:
    async def run() -> list[float]:
        slots = limiter()
        return await asyncio.gather(*(history(slots, 1, reply, told=1) for _ in range(40)))

    assert run_in_virtual_time(run()) == pytest.approx([WAY] * 30 + [2 * WAY + 30 + MARGIN] * 10, abs=0.01)


def test_what_calls_of_unknown_length_need_is_learned_from_the_first() -> None:
    async def run() -> list[float]:
        slots = limiter()
        return await asyncio.gather(*(history(slots, 1, reply, told=None) for _ in range(30)))

    ended = run_in_virtual_time(run())
    assert ended[:5] == pytest.approx([WAY] * 5, abs=0.01)
    assert ended[5:] == pytest.approx([2 * WAY] * 25, abs=0.01)


def test_nothing_is_kept_for_long_for_a_call_that_does_not_come_back() -> None:
    async def run() -> float:
        slots = limiter(Quota(10, 10.0))
        hanging = asyncio.create_task(history(slots, 10, asyncio.Event().wait, told=10))
        await asyncio.sleep(0.1)
        ended = await history(slots, 9, reply, told=9)
        hanging.cancel()
        return ended

    assert run_in_virtual_time(run()) == pytest.approx(0.5 + 9 * WAY, abs=0.01)


def test_nothing_is_kept_for_a_call_that_is_over() -> None:
    async def run() -> list[float]:
        slots = limiter(Quota(10, 10.0))
        leaving = asyncio.create_task(history(slots, 10, reply, told=10))
        waiting = asyncio.create_task(history(slots, 2, reply, told=2))
        await asyncio.sleep(0.1)
        leaving.cancel()
        return [await waiting]

    assert run_in_virtual_time(run()) == pytest.approx([0.1 + 2 * WAY], abs=0.01)


@pytest.mark.parametrize("limit", [AtOnce(3), Bucket(10, 3), Quota(3, 0.3)], ids=str)
def test_replies_that_are_slow_for_the_limit_do_not_slow_down_the_rest(limit: Limit) -> None:
    """A call of 10 pages takes 10 seconds; three in a second are served all the same, or as many as the limit allows."""

    async def run() -> list[float]:
        slots = limiter(limit)
        return await asyncio.gather(*(history(slots, 10, lambda: asyncio.sleep(1), told=None) for _ in range(3)))

    assert max(run_in_virtual_time(run())) < 14


# the order


def test_the_call_that_came_first_goes_first_whoever_waits() -> None:
    async def run() -> list[str]:
        slots, order = limiter(Quota(1, 10.0)), list[str]()

        async def one(name: str, asks: float) -> None:
            async with Call(name, 1e6, requests=1):
                await asyncio.sleep(asks)
                async with slots.slot():
                    order.append(name)

        async with slots.slot():
            pass
        await asyncio.gather(one("first", 3), one("second", 2), one("third", 1))
        return order

    assert run_in_virtual_time(run()) == ["first", "second", "third"]


def test_within_a_call_first_come_is_first_served() -> None:
    async def run() -> list[int]:
        slots, order = limiter(Quota(1, 10.0)), list[int]()

        async def page(number: int) -> None:
            async with slots.slot():
                order.append(number)

        async with Call("toy", 1e6):
            await asyncio.gather(*map(page, range(5)))
        return order

    assert run_in_virtual_time(run()) == [0, 1, 2, 3, 4]


def test_work_that_is_part_of_no_call_comes_after_those_that_are_there_and_before_later_ones() -> None:
    async def run() -> list[str]:
        slots, order = limiter(Quota(1, 10.0)), list[str]()

        async def work(name: str) -> None:
            async with slots.slot():
                order.append(name)

        async def called(name: str) -> None:
            async with Call(name, 1e6, requests=1):
                await work(name)

        await work("first")
        tasks = [
            asyncio.create_task(each) for each in (called("call 1"), called("call 2"), work("work 1"), work("work 2"), called("call 3"))
        ]
        await asyncio.gather(*tasks)
        return order

    assert run_in_virtual_time(run()) == ["first", "call 1", "call 2", "work 1", "work 2", "call 3"]


def test_who_leaves_makes_no_hole_in_the_order() -> None:
    async def run() -> list[tuple[int, float]]:
        slots, served = limiter(Quota(1, 10.0)), list[tuple[int, float]]()

        async def one(number: int, stays: float) -> None:
            async with Call("toy", 1e6, requests=1), asyncio.timeout(stays), slots.slot():
                served.append((number, now()))

        await asyncio.gather(*(one(number, 15.0 if number % 2 else 1e6) for number in range(6)), return_exceptions=True)
        return served

    served = run_in_virtual_time(run())
    assert [number for number, _ in served] == [0, 1, 2, 4]
    assert all(after - before == pytest.approx(10 + MARGIN, abs=1e-3) for (_, before), (_, after) in pairwise(served))


def test_a_call_within_a_call_has_its_place() -> None:
    async def run() -> tuple[list[int], bool, int]:
        async with Call("route", 60.0, requests=3) as route, Call("moomoo", 60.0) as inner:
            first = place()
            async with Call("futu", 60.0):
                places = [first, place(), route.place]
            assert inner.place == route.place  # it is made for that one
            within = outermost() is route
        return places, within, place()

    places, within, after = run_in_virtual_time(run())
    assert places == [places[0]] * 3
    assert within
    assert after == 0


def test_what_outlives_a_call_is_part_of_none() -> None:
    async def run() -> int:
        over = asyncio.Event()

        async def later() -> int:
            await over.wait()
            return place()

        async with Call("toy", 60.0):
            task = asyncio.create_task(later())
        over.set()
        return await task

    assert run_in_virtual_time(run()) == 0


# what is told of it


def test_the_estimate_is_that_of_the_calls_place() -> None:
    async def run() -> tuple[float, float]:
        slots, others_wait = limiter(Quota(1, 10.0)), asyncio.Event()

        async def early() -> float:
            async with Call("early", 1e6):
                async with slots.slot():
                    pass
                await others_wait.wait()
                return slots.estimate()

        async def late() -> float:
            async with Call("late", 1e6):
                others_wait.set()
                return slots.estimate()

        estimating = asyncio.create_task(early())
        await asyncio.sleep(1)
        others = [asyncio.create_task(history(slots, 1, reply, told=1)) for _ in range(3)]
        await asyncio.sleep(1)
        estimates = await late(), await estimating
        await asyncio.gather(*others)
        return estimates

    assert run_in_virtual_time(run()) == pytest.approx((38, 8), abs=0.1)


def test_a_call_far_back_hears_at_once_that_its_turn_comes_too_late() -> None:
    async def run() -> list[str]:
        slots = limiter(Quota(1, 10.0))
        outcomes = await asyncio.gather(*(history(slots, 1, reply, told=1, timeout=25) for _ in range(5)), return_exceptions=True)
        assert [error.sent for error in outcomes if isinstance(error, QuotaError)] == [False, False]
        return list(map(str, outcomes[3:]))

    told = "the quota of 1 in 10 s is used up: the next turn is in 30.0 s, and the call has 25.0 s left"
    assert run_in_virtual_time(run()) == [told, told]
