"""Closing is bounded and complete with 1,000 calls in flight; in a process with all of Python's own checks on, which must say nothing."""

from __future__ import annotations

import asyncio
import json
import logging
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator
from random import Random
from typing import Any

from benchmarks.held import Held, left_behind
from benchmarks.promises.figure import Figure, ms
from brokerport import BrokerportError, ClientClosedError, Registry
from brokerport_opend.sandbox import Sandbox
from faults.fault import Hold
from faults.proxy import Proxy, Stage

CALLS = 1000
LIMIT = 1.0  # seconds
FLAGS = ("-X", "dev", "-W", "error")


async def measured(random: Random) -> AsyncIterator[Figure]:
    """For each door."""
    del random  # nothing here is left to chance
    for door in DOORS:
        command = [sys.executable, *FLAGS, "-m", "benchmarks.promises.closing", door]
        done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False)
        name = f"P11 close() with {CALLS:,} {door} calls in flight, under {' '.join(FLAGS)}"
        if done.returncode or done.stderr:
            yield Figure(name, f"{LIMIT:g} s", f"exit code {done.returncode}: {done.stderr[-2000:]!r}", kept=False)
            continue
        took, over, ends, left = json.loads(done.stdout)
        right = ends == {ClientClosedError.__name__: CALLS} and not left
        text = f"{ms(took)}, all calls ended after {ms(over)}; left behind: {', '.join(left) or 'nothing'}; {ends}"
        yield Figure(name, f"{LIMIT:g} s, nothing left", text, right and max(took, over) <= LIMIT)


async def _async(proxy: Proxy) -> tuple[float, float, list[str]]:
    client = Registry().get_async("moomoo", port=proxy.port, quotas=False, share=False)

    async def ask() -> str:
        try:
            await client.capital_distribution("HK.00700")
        except BrokerportError as error:
            return type(error).__name__
        return "answered"

    await ask()
    proxy.arm(Hold("hold"), Stage.WAITING)
    calls = [asyncio.create_task(ask()) for _ in range(CALLS)]
    await _in_flight(proxy)
    began = time.monotonic()
    await client.aclose()
    closed = time.monotonic()
    ends = await asyncio.gather(*calls)
    return closed - began, time.monotonic() - began, ends


async def _blocking(proxy: Proxy) -> tuple[float, float, list[str]]:
    client = Registry().get("moomoo", port=proxy.port, quotas=False, share=False)
    ends: list[str] = []

    def ask() -> None:
        try:
            client.capital_distribution("HK.00700")
        except BrokerportError as error:
            ends.append(type(error).__name__)

    await asyncio.to_thread(ask)
    proxy.arm(Hold("hold"), Stage.WAITING)
    threads = [threading.Thread(target=ask, name=f"caller {number}") for number in range(CALLS)]
    for thread in threads:
        thread.start()
    await _in_flight(proxy)

    def close() -> tuple[float, float]:
        began = time.monotonic()
        client.close()
        closed = time.monotonic()
        for thread in threads:
            thread.join()
        return closed - began, time.monotonic() - began

    took, over = await asyncio.to_thread(close)
    return took, over, ends


DOORS: dict[str, Any] = {"async": _async, "blocking": _blocking}


async def _in_flight(proxy: Proxy) -> None:
    while len(proxy.passages[0].held) < CALLS:  # noqa: ASYNC110  # a list tells nobody that it grows
        await asyncio.sleep(0.01)


async def _close(door: str) -> None:
    logging.getLogger("asyncio").setLevel(logging.ERROR)  # that a turn of a loop was slow is no matter here: the whole is measured
    async with Sandbox(quotas=False) as sandbox, Proxy(sandbox.port) as proxy:
        before = Held()
        took, over, ends = await DOORS[door](proxy)
        await proxy.deserted()
        left = await left_behind(before)
    print(json.dumps([took, over, {end: ends.count(end) for end in set(ends)}, left]))


if __name__ == "__main__":
    asyncio.run(_close(sys.argv[1]))
