"""A call's time: what is given is for everything, and of the default a wait for a turn within a quota takes nothing. In made-up time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, nullcontext
from itertools import pairwise
from math import inf
from typing import Any

import pytest
from attrs import define, field

from brokerport import AsyncClient, ClientClosedError, DeadlineError, Quota, QuotaError, ShortVolumeHistory, ShortVolumeProvider, Symbol
from brokerport.calls.call import Call, impatient, patience, place, remaining, unhurried, waiting
from brokerport.calls.deadline import Deadline, watch
from brokerport.client.asking import Terms
from brokerport.quotas.limiter import Limiter
from brokerport.quotas.rules import MARGIN
from brokerport.testing import run_in_virtual_time
from core.toy import ANSWER, TSLA, Toy, asks

QUOTA = Quota(30, 30.0)
WINDOW = QUOTA.seconds + MARGIN

Work = Callable[[], Awaitable[object]]
Hurry = Callable[[], AbstractContextManager[None]]


def now() -> float:
    return asyncio.get_running_loop().time()


def turn(seconds: float) -> Work:
    """Waits so long for a turn."""

    async def wait() -> None:
        with waiting(QUOTA, seconds):
            await asyncio.sleep(seconds)

    return wait


def silence() -> Work:
    return asyncio.Event().wait


def ended(*works: Work, seconds: float = 60.0, timeout: float | None = None) -> float:
    """When a call whose provider does all that is over, by its deadline."""

    async def run() -> float:
        async def work() -> None:
            for each in works:
                await each()

        async with asks(work) as client:
            client._terms = Terms(seconds)
            with pytest.raises(DeadlineError):
                await client.ark_dynamic("US.TSLA", timeout=timeout)
            return now()

    return run_in_virtual_time(run())


def test_the_default_deadline_stands_still_while_the_call_waits_for_its_turn() -> None:
    assert ended(turn(100), silence()) == pytest.approx(160, abs=0.01)


def test_one_that_is_given_is_for_everything() -> None:
    assert ended(turn(100), silence(), timeout=60) == pytest.approx(60, abs=0.01)


def test_the_time_before_and_between_turns_adds_up() -> None:
    def work(seconds: float) -> Work:
        return lambda: asyncio.sleep(seconds)

    assert ended(work(20), turn(100), work(30), turn(100), work(5), silence()) == pytest.approx(260, abs=0.01)


def test_of_turns_that_are_waited_for_at_once_the_last_sets_it_going_again() -> None:
    async def both() -> None:
        await asyncio.gather(turn(50)(), turn(100)())

    assert ended(both, silence()) == pytest.approx(160, abs=0.01)


def test_a_turn_that_is_given_up_sets_it_going_again() -> None:
    async def leave() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(40):
                await turn(100)()

    assert ended(leave, silence()) == pytest.approx(100, abs=0.01)


def test_a_task_that_waits_for_its_turn_beyond_the_end_of_its_call_disturbs_nobody() -> None:
    async def run() -> object:
        tasks: list[asyncio.Task[object]] = []

        async def plant() -> None:
            tasks.append(asyncio.ensure_future(turn(100)()))
            await asyncio.sleep(1)

        async with asks(plant) as client:
            await client.ark_dynamic("US.TSLA")
            await tasks[0]
            await asyncio.sleep(100)
            return await client.ark_dynamic("US.TSLA")

    assert run_in_virtual_time(run()) == ANSWER


def test_how_much_is_left_is_without_end_while_the_clock_stands() -> None:
    async def run() -> list[Any]:
        told: list[Any] = [remaining(), patience()]
        for patient in (True, False):
            async with Call("toy", 60.0, patient=patient):
                await asyncio.sleep(10)
                told += [remaining(), patience()]
                with waiting(QUOTA, 5.0):
                    await asyncio.sleep(5)
                    told.append(remaining())
                told.append(remaining())
        return told

    outside, default, given = [None, inf], [50, inf, inf, 50], [50, 50, 45, 45]
    assert run_in_virtual_time(run()) == pytest.approx([*outside, *default, *given], abs=0.01)


def test_a_call_around_another_stands_still_with_it() -> None:
    async def route() -> None:
        async with Call("route", 60.0, patient=True):
            async with Call("broker", 1000.0):
                await turn(100)()
            await silence()()

    async def run() -> float:
        with pytest.raises(DeadlineError, match=r"^route had 60 s"):
            await route()
        return now()

    assert run_in_virtual_time(run()) == pytest.approx(160, abs=0.01)


def test_a_task_that_waits_beyond_the_end_of_the_inner_call_does_not_hold_the_outer_one() -> None:
    async def route() -> None:
        async with Call("route", 60.0, patient=True):
            async with Call("broker", 1000.0):
                tasks.append(asyncio.ensure_future(turn(10_000)()))
                await asyncio.sleep(10)
            await silence()()

    async def run() -> float:
        with pytest.raises(DeadlineError, match=r"^route had 60 s"):
            await route()
        tasks[0].cancel()
        return now()

    tasks: list[asyncio.Future[object]] = []
    assert run_in_virtual_time(run()) == pytest.approx(70, abs=0.01)


def test_a_call_that_is_closed_has_no_time_left_even_while_it_waits_for_its_turn() -> None:
    left: list[float] = []

    async def closed() -> None:
        async with Call("toy", 60.0, patient=True) as call:
            asyncio.get_running_loop().call_later(5, call.abandon)
            try:
                await turn(100)()
            finally:
                left.extend([call.remaining(), call.deadline.left])

    async def run() -> list[float]:
        with pytest.raises(ClientClosedError):
            await closed()
        return left

    assert run_in_virtual_time(run()) == [0, 0]


def test_a_call_around_another_limits_its_patience() -> None:
    async def run() -> list[float]:
        told = []
        for patient in (True, False):
            async with Call("route", 60.0, patient=patient), Call("broker", 1000.0, patient=True):
                told.append(patience())
        return told

    assert run_in_virtual_time(run()) == pytest.approx([inf, 60], abs=0.01)


def test_an_attempt_stands_still_while_its_turn_is_waited_for_or_there_is_no_hurry() -> None:
    async def attempt(call: Call) -> None:
        with Deadline(12.0, patient=True) as call.attempt:
            await turn(100)()
            with unhurried(), waiting(QUOTA, 1.0):
                await asyncio.sleep(50)
            with unhurried():
                await asyncio.sleep(50)
            await silence()()

    async def run() -> float:
        async with Call("toy", 1000.0) as call:
            with pytest.raises(TimeoutError):
                await attempt(call)
            return now()

    assert run_in_virtual_time(run()) == pytest.approx(212, abs=0.01)


def test_two_deadlines_that_ring_at_once_end_as_the_outer_one() -> None:
    async def run() -> str:
        try:
            with Deadline(5.0) as outer, Deadline(5.0):
                await silence()()
        except TimeoutError:
            task = asyncio.current_task()
            assert task is not None
            return f"{outer.rang} {task.cancelling()}"
        return "not ended"

    assert run_in_virtual_time(run()) == "True 0"


async def test_the_first_deadline_of_a_task_can_be_watched() -> None:
    watched = watch()
    async with Call("toy", 60.0) as call:
        with Deadline(12.0):
            pass
    async with Call("toy", 60.0):
        pass
    assert watched == [call.deadline]


# With a quota


@define
class Paged(ShortVolumeProvider):
    """A history of so many pages, within a quota; notes when each request is sent, and for whom."""

    pages: int
    limiter: Limiter
    sent: list[tuple[float, str]] = field(factory=list)

    async def short_volume(self, symbol: Symbol, *, limit: int | None, after: str | None) -> ShortVolumeHistory:
        async with self.limiter.slot():
            self.sent.append((now(), symbol.code))
            await asyncio.sleep(0.2)
        number = int(after or 0) + 1
        return ShortVolumeHistory(symbol=symbol, cursor=str(number) if number < self.pages else None, rows=ROWS, source=ANSWER.source)


ROWS: Any = (object(),)


def test_forty_calls_of_six_pages_are_all_answered_however_long_their_turns_take() -> None:
    async def run() -> tuple[list[int], list[float]]:
        provider = Paged(6, Limiter(QUOTA, clock=now))
        async with AsyncClient(lambda: provider, broker="toy") as client:
            answers = await asyncio.gather(*(client.short_volume(f"US.{each}", limit=None) for each in range(40)))
            return [len(each) for each in answers], [when for when, _ in provider.sent]

    rows, sent = run_in_virtual_time(run())
    assert rows == [6] * 40
    assert len(sent) == 240
    assert all(later - first > 30 for first, later in zip(sent, sent[30:], strict=False))
    assert sent[-1] < 8 * (WINDOW + 0.2)
    assert all(first <= later for first, later in pairwise(sent))


@pytest.mark.parametrize(("hurry", "timeout"), [(nullcontext, 60.0), (impatient, None)])
def test_who_cannot_or_does_not_want_to_wait_is_refused_at_once(hurry: Hurry, timeout: float | None) -> None:
    async def run() -> float:
        limiter = Limiter(Quota(1, 90.0), clock=now)
        async with asks(*[limiter_used(limiter)] * 2) as client:
            await client.ark_dynamic("US.TSLA")
            with hurry(), pytest.raises(QuotaError):
                await client.ark_dynamic("US.TSLA", timeout=timeout)
            return now()

    assert run_in_virtual_time(run()) < 1


def limiter_used(limiter: Limiter) -> Work:
    async def used() -> None:
        async with limiter.slot():
            pass

    return used


def test_the_pages_of_an_iterator_have_one_place() -> None:
    async def run() -> list[int]:
        places: list[int] = []

        class Placed(Toy, ShortVolumeProvider):
            async def short_volume(self, symbol: Symbol, *, limit: int | None, after: str | None) -> ShortVolumeHistory:
                places.append(place())
                number = int(after or 0) + 1
                return ShortVolumeHistory(symbol=symbol, cursor=str(number) if number < 3 else None, rows=ROWS, source=ANSWER.source)

        async with AsyncClient(Placed, broker="toy") as client:
            rows = client.iter_short_volume(TSLA)
            await anext(rows)
            await client.short_volume(TSLA, limit=1)
            assert [len([row async for row in rows])] == [2]
        return [each - places[0] for each in places]

    assert run_in_virtual_time(run()) == [0, 1, 0, 0]
