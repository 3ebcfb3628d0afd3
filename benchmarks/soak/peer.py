"""The gateways, plain and encrypted, each behind a proxy whose faults change: a process of its own, so that the times measured are ours."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from attrs import frozen

from brokerport_opend.sandbox import Sandbox
from faults.proxy import Proxy, Stage
from faults.table import ROWS

CHANGE = 0.1  # seconds between two faults
HEALTHY = 0.3  # of the time there is none
NOW = datetime(2026, 3, 4, 15, tzinfo=UTC)


@frozen
class Ports:
    """Where to ask."""

    direct: int  #: of a gateway without faults, whose answers are the truth
    through: dict[bool, int]  #: of the proxies, by whether the gateway behind encrypts


@contextmanager
def running(seed: int, key: Path) -> Iterator[Ports]:
    """Gateways that live as long as the context; then they tell of their faults."""
    command = [sys.executable, "-m", "benchmarks.soak.peer", str(seed), str(key)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        direct, plain, encrypted = map(int, process.stdout.readline().split())
        yield Ports(direct, {False: plain, True: encrypted})
        process.stdin.close()  # it ends with its input
        print(process.stdout.read(), end="", flush=True)


async def _serve(random: Random, key: Path) -> None:
    async with (
        Sandbox(quotas=False, now=lambda: NOW) as plain,
        Sandbox(quotas=False, now=lambda: NOW, rsa_key=key) as encrypted,
        Proxy(plain.port) as before_plain,
        Proxy(encrypted.port) as before_encrypted,
    ):
        print(plain.port, before_plain.port, before_encrypted.port, flush=True)
        proxies = (before_plain, before_encrypted)
        over = asyncio.create_task(asyncio.to_thread(sys.stdin.read))
        changes = 0
        while not over.done():
            for proxy in proxies:
                changes += await _change(random, proxy)
            await asyncio.sleep(CHANGE)
    print(f"faults: {changes:,} armed, {sum(proxy.struck for proxy in proxies):,} struck")


async def _change(random: Random, proxy: Proxy) -> bool:
    """Heal the proxy; mostly, with another fault after that."""
    await proxy.heal()
    proxy.passages[:] = [passage for passage in proxy.passages if not passage.left.is_set()]
    if random.random() < HEALTHY:
        return False
    row = random.choice(ROWS)
    stage = random.choice(sorted(row.stages - {Stage.CLOSING}))
    if stage is Stage.IDLE:
        await proxy.strike_idle(row.fault, with_frame=row.fault.whole)
    else:
        proxy.arm(row.fault, stage, spare=random.randrange(3))
    return True


if __name__ == "__main__":
    asyncio.run(_serve(Random(int(sys.argv[1])), Path(sys.argv[2])))
