"""Made-up time: it passes where tasks wait for it, and only there."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest

from brokerport.testing import VirtualLoop, run_in_virtual_time


async def now(wait: float = 0) -> float:
    await asyncio.sleep(wait)
    return asyncio.get_running_loop().time()


def test_a_year_of_waiting_is_over_at_once() -> None:
    year = 365 * 24 * 3600.0
    assert run_in_virtual_time(now(year)) == pytest.approx(year)


def test_timers_come_in_their_order_and_at_their_times() -> None:
    async def times() -> list[float]:
        return [await later for later in asyncio.as_completed([now(3), now(1), now(2)])]

    assert run_in_virtual_time(times()) == pytest.approx([1, 2, 3])


def test_time_never_stands_still() -> None:
    async def times() -> list[float]:
        return [await now(wait) for wait in (0, 1, 0, 2)]

    assert [earlier < later for earlier, later in pairwise(run_in_virtual_time(times()))] == [True] * 3


def test_while_there_is_work_time_does_not_jump() -> None:
    async def busy() -> float:
        asyncio.get_running_loop().call_later(1000, lambda: None)
        for _ in range(100):
            await now()
        return await now()

    assert run_in_virtual_time(busy()) < 1


def test_who_waits_for_nothing_is_told_so_at_once() -> None:
    loop = VirtualLoop()
    with pytest.raises(RuntimeError, match="every task waits, and no timer is set"):
        loop.run_until_complete(loop.create_future())
    loop.close()
