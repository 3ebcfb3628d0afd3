"""Nobody waits past a deadline: 10,000 calls of all four clients, while the faults change."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

import keys
from benchmarks.heartbeat import beating
from benchmarks.promises.figure import Figure, ms
from benchmarks.soak import peer
from benchmarks.soak.callers import callers
from benchmarks.soak.verdict import LATE, lateness

CALLS = 10_000


async def measured(random: Random) -> AsyncIterator[Figure]:
    """For both doors, and that the calls add up."""
    with tempfile.TemporaryDirectory() as folder:
        key = keys.write(Path(folder))
        with peer.running(random.getrandbits(32), key) as ports:
            async with callers(ports, key) as asking, beating() as beats:
                tally = asking.tally
                await asking.ask(random, lambda: tally.accepted >= CALLS)
    for blocking, beat in beats.items():
        found = lateness([each for each in tally.late if each.blocking is blocking], beat)
        name = f"P1 past the deadline, {tally.accepted:,} calls under random faults, {'blocking' if blocking else 'async'} ones"
        text = f"worst {ms(found.raw)}; {ms(found.net)} less the pauses of the process"
        yield Figure(name, ms(LATE), text, not found.broken)
    ends = f"{tally.accepted:,} = {tally.answered:,} answered + {tally.failed.total():,} failed + {tally.cancelled:,} cancelled"
    whole = tally.accepted == tally.ended and not tally.untyped
    yield Figure("P2, P3 the same calls: accepted, and to the wrong caller", "all; 0", f"{ends}; {tally.wrong}", whole and not tally.wrong)
