"""Work that all who need it at the same time share."""

from __future__ import annotations

import asyncio
import gc
import logging

import pytest

from brokerport import ConnectionLostError
from brokerport.kit.flights import Flights


async def test_work_that_nobody_waits_for_is_cancelled() -> None:
    flights: Flights[str, None] = Flights()
    ended: list[str] = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("ended")

    callers = [asyncio.create_task(flights.join("key", work)) for _ in range(2)]
    for left, caller in enumerate(callers):
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert len(ended) == 0, left
        caller.cancel()
        await asyncio.gather(caller, return_exceptions=True)
    assert ended == ["ended"]
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_failure_reaches_all_who_share_it_and_nobody_later() -> None:
    flights: Flights[str, int] = Flights()

    async def fail() -> int:
        raise ConnectionLostError("once")

    async def succeed() -> int:
        return 7

    outcomes = await asyncio.gather(*(flights.join("key", fail) for _ in range(3)), return_exceptions=True)
    assert [str(outcome) for outcome in outcomes] == ["once"] * 3
    assert await flights.join("key", succeed) == 7


async def test_a_failure_that_all_have_left_is_told_to_nobody(caplog: pytest.LogCaptureFixture) -> None:
    flights: Flights[str, int] = Flights()
    failing = asyncio.Event()

    async def fail() -> int:
        await failing.wait()
        raise ConnectionLostError("once")

    call = asyncio.create_task(flights.join("key", fail))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    failing.set()
    await asyncio.sleep(0)
    call.cancel()  # at the moment that it fails
    with caplog.at_level(logging.ERROR, "asyncio"):
        await asyncio.gather(call, return_exceptions=True)
        await flights.aclose()
        del call
        gc.collect()
    assert caplog.text == ""
