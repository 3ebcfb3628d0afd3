"""``make promises``: each promise beside its limit and what was measured; ``ARGS="P7 P10"`` for some of them.

A figure "less the pauses of the process" leaves out the time in which not even a loop or thread that only ticks was let run.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from random import Random, SystemRandom

from benchmarks.promises import amplification, cancelling, closing, deadline, forking, recovery
from benchmarks.promises.figure import Figure

PROMISES: dict[str, Callable[[Random], AsyncIterator[Figure]]] = {
    "P1": deadline.measured,
    "P7": recovery.measured,
    "P8": amplification.measured,
    "P10": cancelling.measured,
    "P11": closing.measured,
    "P12": forking.measured,
}


def main() -> None:
    """Print the table; the exit code is 1 when a promise is broken."""
    parser = argparse.ArgumentParser("promises")
    parser.add_argument("promises", nargs="*", metavar="P", help=f"{', '.join(PROMISES)} (default: all)")
    parser.add_argument("--seed", type=int, default=None, help="to do again what was done (default: at random)")
    options = parser.parse_args()
    if unknown := set(options.promises) - set(PROMISES):
        parser.error(f"no promise {', '.join(sorted(unknown))}; there are {', '.join(PROMISES)}")
    seed = SystemRandom().getrandbits(32) if options.seed is None else options.seed
    print(f"seed {seed}\n\n| promise | limit | measured | kept |\n| --- | --- | --- | --- |", flush=True)
    sys.exit(not asyncio.run(_measure(options.promises or list(PROMISES), Random(seed))))


async def _measure(promises: list[str], random: Random) -> bool:
    kept = True
    for each in promises:
        async for figure in PROMISES[each](random):
            print(figure, flush=True)
            kept &= figure.kept
    return kept


if __name__ == "__main__":
    main()
