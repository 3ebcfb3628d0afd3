"""What a client counts: everything once, and it adds up."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Iterator
from typing import Any

import pytest

from brokerport import ConnectionLostError, InvalidRequestError, Quota, RejectedError, UnsupportedError
from brokerport.calls.call import reporter
from brokerport.calls.retry import CAPACITY, REFUND
from brokerport.events.stats import Stats
from brokerport.quotas.limiter import Limiter
from brokerport.testing.virtual_time import run_in_virtual_time
from core.toy import Doing, asks, blocks, until

NOTHING = Stats(
    calls=0,
    answered=0,
    failed={},
    cancelled=0,
    attempts=0,
    retries=0,
    budget=CAPACITY,
    quota_waits=0,
    quota_seconds=0.0,
    refusals=0,
    orphans={},
    reconnects=0,
    observer_failures=0,
)
REFUSED = RejectedError("no", code=-1, text="no")


async def for_ever() -> None:
    await asyncio.get_running_loop().create_future()


def lost() -> ConnectionLostError:
    return ConnectionLostError("gone")


def after(*doings: Doing, timeout: float = 60.0) -> Stats:
    """The counts when as many calls were made as there are things to do."""

    async def run() -> Stats:
        async with asks(*doings) as toy:
            calls = (toy.ark_dynamic("US.TSLA", timeout=timeout) for _ in doings)
            for call in calls:
                await asyncio.gather(call, return_exceptions=True)
        return toy.stats()

    return run_in_virtual_time(run())


def test_at_first_there_is_nothing() -> None:
    assert asks().stats() == NOTHING
    assert blocks().stats() == NOTHING


def test_an_answer_is_a_call_and_an_attempt() -> None:
    counts = after(None, None)
    assert (counts.calls, counts.answered, counts.attempts, counts.retries, counts.running) == (2, 2, 2, 0, 0)
    assert (counts.failed, counts.budget) == ({}, CAPACITY)


def test_failures_are_counted_by_their_kind() -> None:
    counts = after(REFUSED, REFUSED, ValueError("a bug"), for_ever, timeout=5)
    assert counts.failed == {"RejectedError": 2, "PluginError": 1, "DeadlineError": 1}


def test_a_retry_is_an_attempt_and_costs_budget() -> None:
    counts = after(lost(), None)
    assert (counts.calls, counts.answered, counts.attempts, counts.retries) == (2, 2, 3, 1)
    assert counts.budget == pytest.approx(CAPACITY - 1 + 2 * REFUND)


def test_each_page_of_an_attempt_and_each_wait_are_counted() -> None:
    async def run() -> Stats:
        limiter = Limiter(Quota(1, 10.0), name="toy", clock=asyncio.get_running_loop().time)

        async def limited() -> None:
            async with limiter.slot():
                pass

        async with asks(limited, limited, limited) as toy:
            await asyncio.gather(*(toy.ark_dynamic("US.TSLA") for _ in range(3)))
        return toy.stats()

    counts = run_in_virtual_time(run())
    assert counts.quota_waits == 2
    assert counts.quota_seconds == pytest.approx(10.0 + 20.0, abs=0.1)


async def test_what_a_provider_tells_is_counted() -> None:
    async def tell() -> None:
        tells = reporter()
        tells.refused(-1, "no")
        for reason in ("late", "late", "unknown"):
            tells.orphan(reason)
        for _ in range(3):
            tells.connecting()
            tells.ready()
            tells.lost("gone")

    async with asks(tell) as toy:
        await toy.ark_dynamic("US.TSLA")
        counts = toy.stats()
    assert (counts.refusals, counts.orphans, counts.reconnects) == (1, {"late": 2, "unknown": 1}, 2)


async def test_a_call_that_cannot_be_made_never_begins() -> None:
    async with asks() as toy:
        with pytest.raises(InvalidRequestError):
            await toy.ark_dynamic("TSLA")
        with pytest.raises(UnsupportedError):
            await toy.capital_distribution("US.TSLA")
        assert toy.stats() == NOTHING


async def test_calls_are_answered_failed_cancelled_or_running() -> None:
    def doings() -> Iterator[Doing]:
        for _ in range(5):
            yield from (None, REFUSED, for_ever, ValueError("a bug"), for_ever)

    async with asks(*doings()) as toy:
        calls: list[asyncio.Task[Any]] = [asyncio.create_task(toy.ark_dynamic("US.TSLA")) for _ in range(25)]
        await until(lambda: toy.stats().calls - toy.stats().running == 15)
        counts = toy.stats()
        assert (counts.calls, counts.answered, sum(counts.failed.values()), counts.cancelled) == (25, 5, 10, 0)
        for call in calls:
            call.cancel()
        await asyncio.wait(calls)
    counts = toy.stats()
    assert (counts.running, counts.cancelled) == (0, 10)
    assert counts.calls == counts.answered + sum(counts.failed.values()) + counts.cancelled


def test_both_doors_count_and_go_on_counting_for_who_reads_late() -> None:
    with blocks(None, REFUSED) as toy:
        toy.ark_dynamic("US.TSLA")
        with pytest.raises(RejectedError):
            toy.ark_dynamic("US.TSLA")
    counts = toy.stats()
    assert (counts.calls, counts.answered, counts.failed) == (2, 1, {"RejectedError": 1})


def test_the_counts_of_a_moment_stay_and_travel() -> None:
    with blocks() as toy:
        before = toy.stats()
        toy.ark_dynamic("US.TSLA")
        assert (before.calls, toy.stats().calls) == (0, 1)
        assert pickle.loads(pickle.dumps(toy.stats())) == toy.stats()
