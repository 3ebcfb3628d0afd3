"""A cancelled call and a Ctrl-C return at once, and the connection goes on."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from random import Random

from benchmarks.heartbeat import beating
from benchmarks.promises.figure import Figure, centile, ms
from benchmarks.promises.interrupted import ROUNDS, symbols
from brokerport import Registry
from brokerport_opend.sandbox import Sandbox
from faults.fault import Hold
from faults.proxy import Proxy, Stage

LIMIT = 0.05  # seconds


async def measured(random: Random) -> AsyncIterator[Figure]:
    """Of calls whose replies are held back; then these come late, and the next 100 calls must have their own."""
    del random  # nothing here is left to chance
    async with Sandbox(quotas=False) as sandbox, Proxy(sandbox.port) as proxy:
        yield await _cancelled(proxy)
    async with Sandbox(quotas=False) as sandbox, Proxy(sandbox.port) as proxy:
        yield await _interrupted(proxy)


async def _cancelled(proxy: Proxy) -> Figure:
    raw, net = [], []
    async with Registry().get_async("moomoo", port=proxy.port, quotas=False) as client, beating() as beats:
        await client.capital_distribution("HK.00700")
        proxy.arm(Hold("hold"), Stage.WAITING)
        for number in range(ROUNDS):
            call = asyncio.create_task(client.capital_distribution("HK.00700"))
            while len(proxy.passages[0].held) <= number:  # noqa: ASYNC110  # a list tells nobody that it grows
                await asyncio.sleep(0.001)
            began = time.monotonic()
            call.cancel()
            await asyncio.wait({call})
            assert call.cancelled()
            ended = time.monotonic()
            raw.append(ended - began)
            net.append(ended - began - beats[False].within(began, ended))
        await proxy.heal()
        right = [(await client.capital_distribution(symbol)).symbol for symbol in symbols()] == symbols()
    return _figure("cancelled tasks", raw, net, right=right and len(proxy.passages) == 1)


async def _interrupted(proxy: Proxy) -> Figure:
    command = [sys.executable, "-W", "error", "-m", "benchmarks.promises.interrupted", str(proxy.port)]
    process = await asyncio.create_subprocess_exec(*command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    await process.stdout.readline()  # its first call is answered
    proxy.arm(Hold("hold"), Stage.WAITING)
    process.stdin.write(b"\n")
    raw, net = json.loads(await process.stdout.readline())
    await proxy.heal()
    process.stdin.write(b"\n")
    right = json.loads(await process.stdout.readline())
    return _figure("Ctrl-C in a blocking call", raw, net, right=right and await process.wait() == 0 and len(proxy.passages) == 1)


def _figure(what: str, raw: list[float], net: list[float], *, right: bool) -> Figure:
    text = f"p95 {ms(centile(raw, 95))}, worst {ms(max(raw))}; {ms(max(net))} less the pauses of the process"
    after = "the next 100 answers right" if right else "the next 100 answers NOT right"
    return Figure(f"P10 {what}, {ROUNDS} times", ms(LIMIT), f"{text}; {after}", right and max(net) <= LIMIT)
