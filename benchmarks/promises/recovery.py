"""A gateway that restarts is used again: how long after it is healthy each door has its next answer."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import keys
from benchmarks.promises.figure import Figure, centile, ms
from brokerport import BrokerportError, Registry
from brokerport_opend.sandbox import Sandbox
from faults.proxy import Proxy

RESTARTS = 200
DOWN = 1.0  # seconds at most
PAUSE = 0.01  # seconds between two calls
LIMIT = 2.5  # seconds

Ask = Callable[[], Awaitable[object]]


async def measured(random: Random) -> AsyncIterator[Figure]:
    """Half of the restarts with encryption."""
    with tempfile.TemporaryDirectory() as folder:
        key = keys.write(Path(folder))
        runs = (_restarts(Random(random.getrandbits(32)), each) for each in (None, key))
        plain, encrypted = await asyncio.gather(*runs)
    times = plain + encrypted
    text = f"median {ms(centile(times, 50))}, p99 {ms(centile(times, 99))}, worst {ms(max(times))}"
    kept = centile(times, 99) <= LIMIT
    yield Figure(f"P7 from a healthy gateway to the next answer, {RESTARTS} restarts, both doors", f"p99 {LIMIT:g} s", text, kept)


async def _restarts(random: Random, key: Path | None) -> list[float]:
    given: dict[str, Any] = {"quotas": False, "timeout": 5} | ({"rsa_key": key} if key else {})
    async with Sandbox(quotas=False, rsa_key=key) as sandbox, Proxy(sandbox.port) as proxy:
        asynchronous = Registry().get_async("moomoo", port=proxy.port, **given)
        blocking = Registry().get("moomoo", port=proxy.port, **given)
        doors: list[Ask] = [
            partial(asynchronous.capital_distribution, "HK.00700"),
            partial(asyncio.to_thread, blocking.capital_distribution, "HK.00700"),
        ]
        answered = [asyncio.Event() for _ in doors]
        asking = [asyncio.create_task(_keep_asking(*each)) for each in zip(doors, answered, strict=True)]
        times = [each for _ in range(RESTARTS // 2) for each in await _restart(proxy, random.random() * DOWN, answered)]
        for each in asking:
            each.cancel()
        await asyncio.wait(asking)
        await asynchronous.aclose()
        await asyncio.to_thread(blocking.close)
    return times


async def _restart(proxy: Proxy, down: float, answered: list[asyncio.Event]) -> list[float]:
    await proxy.refuse()
    await asyncio.sleep(down)
    await proxy.heal()
    healthy = time.monotonic()
    for each in answered:
        each.clear()

    async def first(event: asyncio.Event) -> float:
        await event.wait()
        return time.monotonic() - healthy

    return await asyncio.gather(*map(first, answered))


async def _keep_asking(ask: Ask, answered: asyncio.Event) -> None:
    while True:
        with suppress(BrokerportError):
            await ask()
            answered.set()
        await asyncio.sleep(PAUSE)
