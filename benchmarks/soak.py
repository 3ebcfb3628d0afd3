"""``make soak SECONDS=60 SEED=1``: many tasks ask through the fault proxy while its faults change, and every promise is counted.

Gateway and proxy are a process of their own, so that the times measured are the client's. The seed decides what is asked and which
faults there are; how they meet is the machine's.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import subprocess
import sys
import time
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random, SystemRandom
from typing import Any

import attrs
from attrs import define, field

from brokerport import AsyncClient, BrokerportError, Registry
from brokerport_opend.sandbox import Sandbox
from faults.proxy import Proxy, Stage
from faults.table import ROWS
from stateful import wire

TASKS = 64
CHANGE = 0.1  # seconds between two faults
HEALTHY = 0.3  # of the time there is none
TIMEOUTS = (0.05, 0.2, 1.0, 3.0)  # seconds
CANCELLED = 0.05  # of the calls, within their first 100 ms
PAUSE = 0.1  # seconds at most between two calls of a task
LATE = 0.05  # seconds past its deadline that a call may take
OPERATIONS = 1_000_000
SLOPE = 5.0  # MiB that memory may grow by in a million calls
NOW = datetime(2026, 3, 4, 15, tzinfo=UTC)
ASKED = [("ark_dynamic", f"US.S{number}") for number in range(50)]
ASKED += [(each, f"HK.{code:05}") for each in ("capital_distribution", "broker_ranking", "short_volume") for code in range(1, 51)]


@define
class Tally:
    """What became of the calls."""

    accepted: int = 0
    answered: int = 0
    cancelled: int = 0
    wrong: int = 0  #: answered with another's data
    untyped: int = 0  #: ended with what is no error of ours
    failed: Counter[str] = field(factory=Counter)
    worst: float = 0.0  #: seconds past its deadline that a call took at most
    late: int = 0  #: calls that took longer than that by more than they may
    excused: int = 0  #: of those, when the event loop itself was late by as much: the machine was busy
    memory: list[tuple[int, float]] = field(factory=list)  #: calls so far, and MiB
    lag: float = 0.0  #: the longest that the event loop itself was late
    lately: deque[float] = field(factory=lambda: deque([0.0], 20))  #: how late it was, within the last 200 ms

    def ended(self, late: float) -> None:
        """A call ended so many seconds past its deadline, or before it."""
        self.worst = max(self.worst, late)
        self.late += late > LATE
        self.excused += late > LATE >= late - max(self.lately)

    def closed(self) -> bool:
        """Whether every call that was accepted has one end."""
        return self.accepted == self.answered + self.failed.total() + self.cancelled + self.untyped


def main() -> None:
    """Run both parts and print what was counted; the exit code is 1 when a promise was broken."""
    parser = argparse.ArgumentParser("soak")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--operations", type=int, default=OPERATIONS, help="of the wire, before (default: %(default)s)")
    parser.add_argument("--peer", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    seed = SystemRandom().getrandbits(32) if options.seed is None else options.seed
    if options.peer:
        asyncio.run(_peer(Random(seed)))
        return
    print(f"seed {seed}", flush=True)
    done = wire.run(seed, options.operations)
    print(f"wire: {done.operations:,} operations, {done.delivered:,} delivered, {done.misdelivered} to another", flush=True)
    with _gateway(seed) as (direct, through):
        tally, left = asyncio.run(_soak(Random(seed), options.seconds, direct, through))
    sys.exit(not all([done.misdelivered == 0, *_report(tally, left)]))


@contextmanager
def _gateway(seed: int) -> Iterator[tuple[int, int]]:
    """The ports of a gateway and of the proxy before it, which live as long as the context."""
    command = [sys.executable, "-m", "benchmarks.soak", "--peer", "--seed", str(seed)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        direct, through = process.stdout.readline().split()
        yield int(direct), int(through)
        process.stdin.close()  # it ends with its input
        print(process.stdout.read(), end="", flush=True)


async def _peer(random: Random) -> None:
    async with Sandbox(quotas=False, now=lambda: NOW) as sandbox, Proxy(sandbox.port) as proxy:
        print(sandbox.port, proxy.port, flush=True)
        over = asyncio.create_task(asyncio.to_thread(sys.stdin.read))
        changes = 0
        while not over.done():
            await proxy.heal()
            proxy.passages[:] = [passage for passage in proxy.passages if not passage.left.is_set()]
            if random.random() > HEALTHY:
                changes += 1
                await _break(random, proxy)
            await asyncio.sleep(CHANGE)
    print(f"faults: {changes:,} armed, {proxy.struck:,} struck")


async def _break(random: Random, proxy: Proxy) -> None:
    row = random.choice(ROWS)
    stage = random.choice(sorted(row.stages - {Stage.CLOSING}))
    if stage is Stage.IDLE:
        await proxy.strike_idle(row.fault, with_frame=row.fault.whole)
    else:
        proxy.arm(row.fault, stage, spare=random.randrange(3))


async def _soak(random: Random, seconds: float, direct: int, through: int) -> tuple[Tally, list[str]]:
    registry, tally = Registry(), Tally()
    async with registry.get_async("moomoo", port=direct, quotas=False) as client:
        truth = {asked: await _answer(client, *asked, 10) for asked in ASKED}
    before = asyncio.all_tasks()
    async with registry.get_async("moomoo", port=through, quotas=False) as client:
        end = time.monotonic() + seconds
        watch = asyncio.create_task(_watch(tally, end))
        seeds = [random.getrandbits(64) for _ in range(TASKS)]
        await asyncio.gather(*(_keep_asking(client, Random(each), truth, tally, end) for each in seeds))
        await watch
    await asyncio.sleep(0)
    return tally, [task.get_name() for task in asyncio.all_tasks() - before]


async def _keep_asking(client: AsyncClient, random: Random, truth: dict[tuple[str, str], Any], tally: Tally, end: float) -> None:
    while time.monotonic() < end:
        await asyncio.sleep(random.random() * PAUSE)
        asked, seconds = random.choice(ASKED), random.choice(TIMEOUTS)
        tally.accepted += 1
        began = time.monotonic()
        call = asyncio.create_task(_answer(client, *asked, seconds))
        if random.random() < CANCELLED:
            asyncio.get_running_loop().call_later(random.random() / 10, call.cancel)
        await asyncio.wait({call})
        tally.ended(time.monotonic() - began - seconds)
        _count(call, truth[asked], tally)


async def _answer(client: AsyncClient, question: str, symbol: str, seconds: float) -> Any:
    return attrs.evolve(await getattr(client, question)(symbol, timeout=seconds), source=None)


def _count(call: asyncio.Task[Any], truth: Any, tally: Tally) -> None:
    if call.cancelled():
        tally.cancelled += 1
    elif (error := call.exception()) is None:
        tally.answered += 1
        tally.wrong += call.result() != truth
    elif isinstance(error, BrokerportError):
        tally.failed[type(error).__name__] += 1
    else:
        tally.untyped += 1
        print(f"untyped: {error!r}", flush=True)


async def _watch(tally: Tally, end: float) -> None:
    """Note memory every second, and how late the loop itself is."""
    next_look = 0.0
    while (now := time.monotonic()) < end:
        await asyncio.sleep(0.01)
        lag = time.monotonic() - now - 0.01
        tally.lag = max(tally.lag, lag)
        tally.lately.append(lag)
        if now >= next_look:
            next_look = now + 1
            gc.collect(0)
            tally.memory.append((tally.accepted, _resident()))


def _resident() -> float:
    status = Path("/proc/self/statm")
    return int(status.read_text("ascii").split()[1]) * 4096 / 2**20 if status.exists() else 0.0


def _slope(memory: list[tuple[int, float]]) -> float:
    """MiB a million calls, by least squares over the second half: the first fills caches and pools."""
    half = memory[len(memory) // 2 :]
    if len(half) < 2:
        return 0.0
    calls, sizes = [call for call, _ in half], [size for _, size in half]
    middle, level = sum(calls) / len(half), sum(sizes) / len(half)
    spread = sum((call - middle) ** 2 for call in calls)
    return sum((call - middle) * (size - level) for call, size in half) / spread * 1e6 if spread else 0.0


def _report(tally: Tally, left: list[str]) -> list[bool]:
    slope = _slope(tally.memory)
    grown = tally.memory[-1][1] - tally.memory[len(tally.memory) // 2][1]
    print(f"calls: {tally.accepted:,} accepted = {tally.answered:,} answered + {tally.failed.total():,} failed", end=" ")
    print(f"+ {tally.cancelled:,} cancelled + {tally.untyped} untyped: {'yes' if tally.closed() else 'NO'}")
    print("failed: " + ", ".join(f"{count:,} {kind}" for kind, count in tally.failed.most_common()))
    print(f"delivered to the wrong caller: {tally.wrong}")
    print(f"past the deadline by more than {LATE * 1000:.0f} ms: {tally.late}, {tally.excused} of them with the loop itself;", end=" ")
    print(f"worst {tally.worst * 1000:.1f} ms, the loop {tally.lag * 1000:.1f} ms")
    print(f"memory: {tally.memory[-1][1]:.1f} MiB, {grown:+.2f} MiB in the second half, {slope:+.1f} MiB a million calls")
    print(f"tasks left behind: {left or 'none'}")
    # In fewer calls the growth is noise: a page here or there is much when it is multiplied to a million.
    steady = slope <= SLOPE or grown <= 2.0
    return [tally.closed(), not tally.untyped, not tally.wrong, tally.late == tally.excused, not left, steady]


if __name__ == "__main__":
    main()
