"""Retries do not multiply the load on a gateway that is down."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from random import Random

from benchmarks.promises.figure import Figure
from brokerport import AsyncClient, BrokerportError, Registry
from brokerport_opend.sandbox import Sandbox
from faults.fault import Cut
from faults.proxy import Proxy, Stage

CALLS = 1000
LIMIT = 1.1  # requests or connections a call


async def measured(random: Random) -> AsyncIterator[Figure]:
    """One call after another, and all at once; by what the gateway sees, which is connections: each carries one request and is cut."""
    del random  # nothing here is left to chance
    async with Sandbox(quotas=False) as sandbox, Proxy(sandbox.port) as proxy:
        async with Registry().get_async("moomoo", port=proxy.port, quotas=False, share=False) as client:
            await _ask(client)
            before = len(proxy.passages) - 1
            proxy.arm(Cut("cut"), Stage.WAITING)
            for _ in range(CALLS):
                await _ask(client)
            yield _figure(f"{CALLS:,} calls in turn, each loses its connection", len(proxy.passages) - before)
        async with Registry().get_async("moomoo", port=proxy.port, quotas=False, share=False) as client:
            proxy.arm(Cut("cut"), Stage.CONNECT)
            before = len(proxy.passages)
            await asyncio.gather(*(_ask(client) for _ in range(CALLS)))
            yield _figure(f"{CALLS:,} calls at once, no connection lives", len(proxy.passages) - before)


async def _ask(client: AsyncClient) -> None:
    with suppress(BrokerportError):
        await client.capital_distribution("HK.00700", timeout=5)


def _figure(what: str, connections: int) -> Figure:
    text = f"{connections / CALLS:.3f} ({connections:,} connections)"
    return Figure(f"P8 attempts a call, {what}", f"{LIMIT:.2f}", text, connections <= CALLS * LIMIT)
