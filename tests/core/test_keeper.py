"""The limits of one client: which questions share them, whose requests count, and what happens when they change."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack

import pytest

from brokerport import QuotaError
from brokerport.calls.call import Call, impatient
from brokerport.models.quota import Account, AtOnce, Bucket, Limit, Quota
from brokerport.quotas.keeper import Keeper
from brokerport.quotas.leases import WANTED
from brokerport.quotas.private_file import folder
from brokerport.quotas.rules import MARGIN, SLOTS
from brokerport.testing import run_in_virtual_time

ALONE = Account("acme user 1", local=True)
ACCOUNT = Account("acme user 1")
OWN = (Quota(3, 10.0),)
SHARED = (Quota(3, 10.0, shared="quotes"),)


def keeper(broker: str = "acme") -> Keeper:
    return Keeper(broker, asyncio.get_running_loop().time)


async def send(slots: Keeper, question: str, limits: Sequence[Limit], account: Account | None, times: int = 1) -> None:
    for _ in range(times):
        async with slots.slot(question, limits, account):
            pass


# who shares


def test_a_limit_is_the_questions_own_unless_it_is_shared() -> None:
    async def run() -> tuple[int | None, int | None]:
        slots = keeper()
        await send(slots, "short_volume", OWN, ALONE, 2)
        await send(slots, "short_volume", SHARED, ALONE, 2)
        return slots.left("short_interest", OWN, ALONE), slots.left("short_interest", SHARED, ALONE)

    assert run_in_virtual_time(run()) == (3, 1)


def test_a_group_is_no_question_of_its_name() -> None:
    async def run() -> int | None:
        slots = keeper()
        await send(slots, "quotes", OWN, ALONE, 2)
        return slots.left("short_volume", SHARED, ALONE)

    assert run_in_virtual_time(run()) == 3


def test_questions_of_a_group_wait_in_one_queue_in_the_order_of_their_calls() -> None:
    async def run() -> list[str]:
        slots, order = keeper(), list[str]()
        limits = (Quota(1, 10.0, shared="quotes"),)

        async def one(question: str, name: str) -> None:
            async with Call(name, 1e6, requests=1), slots.slot(question, limits, ALONE):
                order.append(name)

        await asyncio.gather(one("a", "first"), one("b", "second"), one("a", "third"), one("c", "fourth"))
        return order

    assert run_in_virtual_time(run()) == ["first", "second", "third", "fourth"]


@pytest.mark.parametrize(
    ("account", "left"),
    [(ACCOUNT, 1), (Account("acme user 2"), 3), (ALONE, 3), (None, 3)],
    ids=["the same", "another", "the same, but local", "none"],
)
def test_other_processes_count_what_is_sent_for_an_account(account: Account | None, left: int) -> None:
    async def run() -> int | None:
        await send(keeper(), "short_volume", OWN, ACCOUNT, 2)
        return keeper().left("short_volume", OWN, account)

    assert run_in_virtual_time(run()) == left


def test_without_an_account_it_counts_for_the_broker() -> None:
    async def run() -> list[int | None]:
        await send(keeper(), "short_volume", OWN, None, 2)
        return [keeper(broker).left("short_volume", OWN, None) for broker in ("acme", "other")]

    assert run_in_virtual_time(run()) == [1, 3]


def test_what_is_local_is_in_no_file() -> None:
    async def run() -> int | None:
        slots, other = keeper(), keeper()
        await send(slots, "short_volume", OWN, ALONE, 2)
        return other.left("short_volume", OWN, ALONE)

    assert run_in_virtual_time(run()) == 1
    assert not folder().exists()


def test_without_limits_nothing_is_counted_and_nobody_waits() -> None:
    async def run() -> tuple[float, int | None]:
        slots = keeper()
        await send(slots, "short_volume", (), None, 1000)
        assert asyncio.get_running_loop().time() < 1e-3
        return slots.estimate("short_volume", (), None), slots.left("short_volume", (), None)

    assert run_in_virtual_time(run()) == (0.0, None)
    assert not folder().exists()


# several limits on one request


def test_all_limits_have_to_have_a_slot() -> None:
    async def run() -> tuple[float, float, int | None]:
        slots, limits = keeper(), (AtOnce(2), Quota(3, 10.0), Quota(4, 60.0))
        await send(slots, "short_volume", limits, ALONE, 3)
        waits = slots.estimate("short_volume", limits, ALONE)
        await send(slots, "short_volume", limits, ALONE)
        return waits, slots.estimate("short_volume", limits, ALONE), slots.left("short_volume", limits, ALONE)

    assert run_in_virtual_time(run()) == pytest.approx((10 + MARGIN, 50, 0), abs=0.01)


def test_who_leaves_while_waiting_for_one_limit_gives_back_the_others() -> None:
    async def run() -> list[int | None]:
        slots, limits = keeper(), (Quota(3, 60.0), AtOnce(1))
        async with slots.slot("short_volume", limits, ALONE):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(1), slots.slot("short_volume", limits, ALONE):
                    pass
            return [slots.left("short_volume", limits[:1], ALONE)]

    assert run_in_virtual_time(run()) == [2]


def test_who_gives_back_serves_those_who_wait_for_it() -> None:
    async def run() -> float:
        slots, window = keeper(), Quota(1, 60.0)

        async def both() -> None:
            async with asyncio.timeout(1), slots.slot("short_volume", (window, AtOnce(1)), ALONE):
                pass

        async with slots.slot("short_volume", (AtOnce(1),), ALONE):
            leaving = asyncio.create_task(both())
            await asyncio.sleep(0)
            await send(slots, "short_volume", (window,), ALONE)
            with pytest.raises(TimeoutError):
                await leaving
        return asyncio.get_running_loop().time()

    assert run_in_virtual_time(run()) == pytest.approx(1, abs=0.01)


def test_nobody_waits_for_one_who_waits_for_him() -> None:
    """Each question tells its limits in another order."""

    async def run() -> float:
        slots = keeper()
        one, two = AtOnce(1, shared="one"), AtOnce(1, shared="two")

        async def ask(question: str, limits: Sequence[Limit]) -> None:
            for _ in range(20):
                async with slots.slot(question, limits, ALONE):
                    await asyncio.sleep(0.01)

        await asyncio.gather(*(ask("a", (one, two)) for _ in range(3)), *(ask("b", (two, one)) for _ in range(3)))
        return asyncio.get_running_loop().time()

    assert run_in_virtual_time(run()) == pytest.approx(120 * 0.01, abs=0.05)


def test_a_wait_that_cannot_fit_is_refused_before_anything_is_held() -> None:
    async def run() -> tuple[str, float, int | None]:
        slots, limits = keeper(), (Quota(10, 60.0), Bucket(0.1, 1))
        await send(slots, "short_volume", limits, ALONE)
        async with Call("toy", 5.0):
            with pytest.raises(QuotaError) as raised:
                await send(slots, "short_volume", limits, ALONE)
        return str(raised.value), raised.value.retry_after, slots.left("short_volume", limits[:1], ALONE)

    text, retry_after, left = run_in_virtual_time(run())
    assert text == "the quota of 0.1 a second, bursts of 1 is used up: the next turn is in 10.0 s, and the call has 5.0 s left"
    assert retry_after == pytest.approx(10, abs=0.01)
    assert left == 9


def test_a_refusal_holds_for_as_long_as_the_shortest_limit_or_as_the_broker_says() -> None:
    async def run(told: float) -> float:
        slots, limits = keeper(), (Quota(1000, 86400.0), Quota(10, 10.0), AtOnce(5))
        with pytest.raises(QuotaError) as raised:
            async with slots.slot("short_volume", limits, ALONE):
                raise QuotaError("频率太高", retry_after=told)
        assert raised.value.retry_after == pytest.approx(slots.estimate("short_volume", limits, ALONE))
        return raised.value.retry_after

    assert run_in_virtual_time(run(0.0)) == pytest.approx(10 + MARGIN)
    assert run_in_virtual_time(run(60.0)) == pytest.approx(60 + MARGIN)


def test_what_another_limiter_refuses_within_the_body_is_no_refusal_of_the_brokers() -> None:
    async def run() -> int | None:
        slots, tokens = keeper(), (Quota(1, 1000.0),)
        await send(slots, "refresh", tokens, ALONE)
        async with Call("toy", 5.0):
            with pytest.raises(QuotaError):
                async with slots.slot("short_volume", OWN, ALONE), slots.slot("refresh", tokens, ALONE):
                    pass
        return slots.left("short_volume", OWN, ALONE)

    assert run_in_virtual_time(run()) == 2


# so many at once


def test_a_slot_of_those_at_once_is_free_as_soon_as_the_reply_is_there_or_given_up() -> None:
    async def run() -> list[float]:
        slots, loop, sent = keeper(), asyncio.get_running_loop(), list[float]()

        async def one(*, fails: bool) -> None:
            async with slots.slot("short_volume", (AtOnce(2),), ACCOUNT):
                sent.append(loop.time())
                await asyncio.sleep(3)
                if fails:
                    raise ConnectionError

        await asyncio.gather(*(one(fails=number % 2 == 0) for number in range(6)), return_exceptions=True)
        return sent

    assert run_in_virtual_time(run()) == pytest.approx([0, 0, 3, 3, 6, 6], abs=1e-3)


@pytest.mark.parametrize("account", [ACCOUNT, ALONE], ids=["processes", "clients of one process"])
def test_who_is_busy_all_the_time_leaves_a_slot_to_others(account: Account) -> None:
    async def run() -> float:
        busy, other, limits = keeper(), keeper(), (AtOnce(1),)

        async def one(slots: Keeper) -> float:
            async with slots.slot("short_volume", limits, account):
                await asyncio.sleep(0.06)
                return asyncio.get_running_loop().time()

        sweep = asyncio.gather(*(one(busy) for _ in range(100)))
        await asyncio.sleep(1)
        ended = await one(other)
        await sweep
        return ended

    assert run_in_virtual_time(run()) < 1 + 2 * 0.06 + WANTED


def test_who_can_ask_another_broker_does_not_wait_for_one_of_those_at_once() -> None:
    async def run() -> None:
        slots, limits = keeper(), (AtOnce(1),)
        async with slots.slot("short_volume", limits, ALONE), Call("toy", 60.0):
            with impatient(), pytest.raises(QuotaError, match=r"^the quota of 1 at once is used up: .+ this call does not wait$"):
                await send(slots, "short_volume", limits, ALONE)

    run_in_virtual_time(run())


# what changes while it runs


@pytest.mark.parametrize("account", [ALONE, ACCOUNT], ids=["in memory", "in the ledger"])
@pytest.mark.parametrize(
    ("before", "after", "left"),
    [
        (Quota(5, 10.0), Quota(8, 10.0), 4),
        (Quota(5, 10.0), Quota(3, 10.0), 0),
        (Bucket(1, 5), Bucket(1, 8), 4),
        (Bucket(1, 5), Bucket(2, 5), 1),
        (Quota(5, 10.0), Quota(5, 60.0), 5),
    ],
    ids=["more", "fewer", "a larger bucket", "a faster bucket", "another window, which is another limit"],
)
def test_a_limit_of_another_size_counts_what_was_sent(account: Account, before: Limit, after: Limit, left: int) -> None:
    async def run() -> int | None:
        slots = keeper()
        await send(slots, "short_volume", (before,), account, 4)
        return slots.left("short_volume", (after,), account)

    assert run_in_virtual_time(run()) == left


def test_fewer_at_once_count_those_that_are_on_their_way() -> None:
    async def run() -> list[int | None]:
        slots = keeper()
        async with AsyncExitStack() as on_their_way:
            for _ in range(3):
                await on_their_way.enter_async_context(slots.slot("short_volume", (AtOnce(5),), ALONE))
            during = [slots.left("short_volume", (AtOnce(number),), ALONE) for number in (2, 3, 4)]
        return [*during, slots.left("short_volume", (AtOnce(2),), ALONE)]

    assert run_in_virtual_time(run()) == [0, 0, 1, 2]


def test_those_who_wait_are_served_at_once_when_a_limit_grows() -> None:
    async def run() -> float:
        slots = keeper()
        await send(slots, "short_volume", (Quota(1, 60.0),), ALONE)
        waiting = asyncio.create_task(send(slots, "short_volume", (Quota(1, 60.0),), ALONE))
        await asyncio.sleep(1)
        await send(slots, "short_volume", (Quota(3, 60.0),), ALONE)
        await waiting
        return asyncio.get_running_loop().time()

    assert run_in_virtual_time(run()) == pytest.approx(1, abs=0.01)


# large ones


def test_a_very_large_window_is_spread_and_never_allows_more() -> None:
    async def run() -> tuple[int | None, float]:
        slots, limits = keeper(), (Quota(3 * SLOTS, 86400.0),)
        left = slots.left("short_volume", limits, ALONE)
        await send(slots, "short_volume", limits, ALONE, SLOTS)
        return left, slots.estimate("short_volume", limits, ALONE)

    assert run_in_virtual_time(run()) == pytest.approx((SLOTS, 86400 / 3), rel=1e-3)
