"""What follows a refusal all the same: a hold, single probes, fewer requests, and the whole quota again after a clean time."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from itertools import pairwise
from random import Random

import pytest

from brokerport import Quota, QuotaError
from brokerport.calls.call import Call
from brokerport.calls.retry import Retry
from brokerport.models.quota import Account
from brokerport.quotas.leases import RECOVERY
from brokerport.quotas.limiter import Limiter
from brokerport.quotas.rules import MARGIN
from brokerport.quotas.slot import Slot
from brokerport.testing import run_in_virtual_time
from core.strict_gateway import StrictGateway, until_done

QUOTA = Quota(10, 10.0)
WINDOW = QUOTA.seconds + MARGIN

logs = pytest.mark.parametrize("local", [True, False])


async def refuse(limiter: Limiter, seconds: float = 10.0) -> QuotaError:
    with pytest.raises(QuotaError) as raised:
        async with limiter.slot():
            raise QuotaError("频率太高", retry_after=seconds)
    return raised.value


def limiter(*, local: bool = True) -> Limiter:
    return Limiter(QUOTA, name="short_volume", account=Account("acme user 1", local=local), clock=asyncio.get_running_loop().time)


@logs
def test_after_a_refusal_all_wait_for_a_probe_and_go_one_at_a_time(local: bool) -> None:
    async def run() -> list[tuple[float, float]]:
        slots, loop, held = limiter(local=local), asyncio.get_running_loop(), list[tuple[float, float]]()
        await refuse(slots)

        async def one() -> None:
            async with slots.slot():
                began = loop.time()
                await asyncio.sleep(0.25)
                held.append((began, loop.time()))

        await asyncio.gather(one(), one(), one())
        return held

    held = run_in_virtual_time(run())
    assert held[0][0] == pytest.approx(WINDOW, abs=1e-3)
    assert all(after[0] >= before[1] for before, after in pairwise(held))
    assert held[2][1] == pytest.approx(WINDOW + 0.75, abs=0.01)


@logs
def test_another_process_holds_too_and_waits_for_the_probe(local: bool) -> None:
    async def run() -> tuple[float, float]:
        first, second, loop = limiter(local=local), limiter(local=local), asyncio.get_running_loop()
        await refuse(first)
        async with first.slot():
            probing = asyncio.create_task(second.slot().__aenter__())
            await asyncio.sleep(3)
            assert not probing.done()
            back = loop.time()
        await probing
        return back, loop.time()

    back, sent = run_in_virtual_time(run())
    assert 0 <= sent - back <= 0.11


def test_the_quota_shrinks_at_each_refusal_to_half_of_it_at_most() -> None:
    async def run() -> list[int]:
        slots, used = limiter(), []
        for _ in range(8):
            await refuse(slots)
            (gate,) = slots._keeper._gates.values()
            used.append(gate.log._ring._limit(gate.rule, gate.clock()))  # type: ignore[attr-defined]
        return used

    assert run_in_virtual_time(run()) == [9, 8, 7, 6, 5, 5, 5, 5]


def test_refusals_of_requests_that_were_on_their_way_count_once() -> None:
    async def run() -> float:
        slots = limiter()
        await asyncio.gather(*(refuse_later(slots) for _ in range(5)))
        probe = slots.slot()
        assert isinstance(probe, Slot)
        async with probe:
            return probe._leases[0].share

    async def refuse_later(slots: Limiter) -> None:
        with suppress(QuotaError):
            async with slots.slot():
                await asyncio.sleep(0.1)
                raise QuotaError("频率太高", retry_after=10)

    assert run_in_virtual_time(run()) == 0.9


def test_ten_clean_minutes_later_the_whole_quota_is_used_again_and_both_are_told(caplog: pytest.LogCaptureFixture) -> None:
    async def run() -> float:
        slots, loop = limiter(), asyncio.get_running_loop()
        await refuse(slots)
        await refuse(slots)
        await asyncio.sleep(RECOVERY + 1)
        began = loop.time()
        for _ in range(10):
            async with slots.slot():
                pass
        return loop.time() - began

    with caplog.at_level(logging.INFO, "brokerport"):
        assert run_in_virtual_time(run()) < 0.01
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
    assert caplog.messages[0].startswith("limiter.short_volume: refused within the quota of 10 in 10 s, so something else asks")
    assert caplog.messages[1].startswith("limiter.short_volume: no refusal for 10 minutes")


@pytest.mark.parametrize(("told", "waits"), [(0.0, WINDOW), (10.0, WINDOW), (60.0, 60 + MARGIN), (1e9, RECOVERY)])
def test_the_refused_caller_hears_when_it_makes_sense_to_come_again(told: float, waits: float) -> None:
    async def run() -> tuple[float, float]:
        slots = limiter()
        error = await refuse(slots, told)
        return error.retry_after, slots.estimate()

    retry_after, estimate = run_in_virtual_time(run())
    assert estimate == pytest.approx(waits, abs=1e-3)
    assert retry_after == pytest.approx(max(told, waits), abs=1e-3)


def test_whoever_cannot_wait_for_the_hold_to_end_is_refused_at_once() -> None:
    async def run() -> float:
        slots = limiter()
        await refuse(slots)
        with pytest.raises(QuotaError) as raised:
            async with Call("toy", 5.0), slots.slot():
                pass
        return raised.value.retry_after

    assert run_in_virtual_time(run()) == pytest.approx(WINDOW, abs=1e-3)


@pytest.mark.parametrize("counts_refused", [True, False])
@pytest.mark.parametrize("others", [4, 10, 30])
def test_beside_a_stranger_there_is_at_most_one_further_refusal_a_window(others: int, counts_refused: bool) -> None:
    async def run() -> list[float]:
        gateway, slots, random, loop = StrictGateway(QUOTA, counts_refused), limiter(local=False), Random(1), asyncio.get_running_loop()
        ours: list[float] = []

        async def stranger() -> None:
            for _ in range(30 * others):
                await asyncio.sleep(QUOTA.seconds / others)
                try:
                    gateway.count(loop.time())
                except QuotaError:
                    continue

        async def ask() -> None:
            try:
                await gateway.answer(0.05, random)
            except QuotaError:
                ours.append(loop.time())
                raise

        before = asyncio.create_task(stranger())
        await asyncio.sleep(QUOTA.seconds + 0.1)
        sweeping = asyncio.gather(*(until_done(ask, slots) for _ in range(60)))
        await before
        await sweeping
        return ours

    ours = run_in_virtual_time(run())
    first = [time for time in ours if time - ours[0] <= 0.2]  # those that were on their way together
    further = ours[len(first) :]
    assert 1 <= len(first) <= QUOTA.requests
    assert all(after - before > QUOTA.seconds for before, after in zip([first[-1], *further], further, strict=False))


def test_waiting_for_the_quota_is_not_waiting_for_a_reply() -> None:
    """An attempt has 12 seconds for its reply; the turn may come later."""

    async def run() -> list[float]:
        slots, loop = limiter(), asyncio.get_running_loop()

        async def ask() -> float:
            async with slots.slot():
                await asyncio.sleep(11)
                return loop.time()

        async def one() -> float:
            async with Call("toy", 60.0, requests=1):
                return await Retry()(ask)

        return await asyncio.gather(*(one() for _ in range(20)))

    assert run_in_virtual_time(run()) == pytest.approx([11.0] * 10 + [22 + WINDOW] * 10, abs=0.01)
