"""``make soak SECONDS=60 SEED=1``: ask in every way while the faults change, count every promise, and fail when one is broken.

The seed decides what is asked and which faults there are; how they meet is the machine's.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path
from random import Random, SystemRandom

import keys
from benchmarks.heartbeat import beating
from benchmarks.held import Held, left_behind, memory
from benchmarks.soak import peer
from benchmarks.soak.callers import Callers, callers
from benchmarks.soak.verdict import Rest, closed, flat, timely

QUIET = 0.5  # seconds that what was given up has to end


def main() -> None:
    """Print what was counted; the exit code is 1 when a promise was broken."""
    parser = argparse.ArgumentParser("soak")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=None, help="to ask again what was asked (default: at random)")
    options = parser.parse_args()
    seed = SystemRandom().getrandbits(32) if options.seed is None else options.seed
    print(f"seed {seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        key = keys.write(Path(folder))
        with peer.running(seed, key) as ports:
            kept = asyncio.run(_soak(Random(seed), options.seconds, ports, key))
    sys.exit(not kept)


async def _soak(random: Random, seconds: float, ports: peer.Ports, key: Path) -> bool:
    before = Held()
    async with callers(ports, key) as all_callers:
        async with beating() as beats:
            half = await _ask(all_callers, random, seconds / 2)
            full = await _ask(all_callers, random, seconds / 2)
        verdicts = [closed(all_callers.tally, all_callers.doors.stats()), timely(all_callers.tally, beats), flat(half, full)]
    left = await left_behind(before)
    print(f"left behind: {', '.join(left) or 'nothing'}")
    return all(verdicts) and not left


async def _ask(all_callers: Callers, random: Random, seconds: float) -> Rest:
    """Ask for so long; then see how things stand."""
    end = time.monotonic() + seconds
    await all_callers.ask(random, lambda: time.monotonic() >= end)
    await asyncio.sleep(QUIET)
    tally = all_callers.tally
    return Rest(memory(), tally.accepted, len(tally.late), sum(each.reconnects for each in all_callers.doors.stats()))


if __name__ == "__main__":
    main()
