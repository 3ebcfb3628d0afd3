"""What was counted, beside what is promised.

Memory is compared at rest, after each half of the run, so that what the first half loads and pools is not counted. A million calls
may cost 5 MiB and so may a thousand reconnects; a run of a minute makes a twentieth of a million, in which pages that the system
gives and takes weigh more than that. So resident memory has ``NOISE`` free, and the count of Python's blocks, which is exact, tells
of leaks that are too small to see in it: 5 MiB a million calls are 5 bytes a call, and one block kept by every tenth call is more.
"""

from __future__ import annotations

from attrs import frozen

from benchmarks.heartbeat import Heartbeat
from benchmarks.held import Memory
from benchmarks.soak.tally import Late, Tally
from brokerport.events.stats import Stats

LATE = 0.05  # seconds past its deadline that a call may take
NOISE = 8.0  # MiB of resident memory that come and go by themselves: among the faults are replies of a MiB, to each of four clients
SLOPE = 5.0  # MiB that memory may grow by in a million calls, and in a thousand reconnects
BLOCKS = 5000  # of Python's that come and go by themselves
BLOCKS_A_CALL = 0.1
BLOCKS_A_LATE = 3  # what the record of a late call takes: itself, and two times
BLOCKS_A_RECONNECT = 2


@frozen
class Lateness:
    """Of the calls of one door."""

    raw: float  #: seconds past its deadline that the latest call ended
    net: float  #: the same, less what the heartbeat missed in that time
    over: int  #: calls that were late by more than they may
    broken: int  #: those of them that still are, less the heartbeat's

    def __str__(self) -> str:
        figures = f"worst {self.raw * 1e3:.1f} ms, less the pauses of the process {self.net * 1e3:.1f} ms"
        return f"{figures}; over {LATE * 1e3:.0f} ms: {self.over}, less the pauses {self.broken}"


@frozen
class Rest:
    """How things stood when nobody asked."""

    memory: Memory
    calls: int
    late: int  #: of those, past their deadline by however little
    reconnects: int


def lateness(late: list[Late], beat: Heartbeat) -> Lateness:
    """Each call's own, and less what the heartbeat missed between its deadline and its end."""
    raw = [each.ended - each.deadline for each in late]
    net = [each.ended - each.deadline - beat.within(each.deadline, each.ended) for each in late]
    return Lateness(max(raw, default=0.0), max(net, default=0.0), sum(each > LATE for each in raw), sum(each > LATE for each in net))


def timely(tally: Tally, beats: dict[bool, Heartbeat]) -> bool:
    """Whether no caller of either door was kept past its deadline."""
    kept = True
    for blocking, beat in beats.items():
        found = lateness([each for each in tally.late if each.blocking is blocking], beat)
        door = "blocking, threads" if blocking else "async, tasks"
        print(f"past the deadline, {door}: {found} (longest pause {beat.worst * 1e3:.1f} ms)")
        kept &= not found.broken
    return kept


def closed(tally: Tally, stats: list[Stats]) -> bool:
    """Whether every call has one end, and it was that of its own question; our own counts must say so too."""
    right = tally.accepted == tally.ended and not tally.untyped and not any(each.running for each in stats)
    print(f"calls: {tally.accepted:,} accepted = {tally.answered:,} answered + {tally.failed.total():,} failed", end=" ")
    print(f"+ {tally.cancelled:,} cancelled + {tally.untyped} untyped: {'yes' if right else 'NO'}")
    print("failed: " + ", ".join(f"{count:,} {kind}" for kind, count in tally.failed.most_common()))
    print(f"delivered to the wrong caller: {tally.wrong}")
    return right and not tally.wrong


def flat(half: Rest, full: Rest) -> bool:
    """Whether memory stayed where it was between two rests."""
    calls, reconnects = full.calls - half.calls, full.reconnects - half.reconnects
    grown, blocks = full.memory.resident - half.memory.resident, full.memory.blocks - half.memory.blocks
    allowed = max(NOISE, SLOPE * (calls / 1e6 + reconnects / 1e3))
    allowed_blocks = BLOCKS + BLOCKS_A_CALL * calls + BLOCKS_A_LATE * (full.late - half.late) + BLOCKS_A_RECONNECT * reconnects
    print(f"memory: {full.memory.resident:.1f} MiB; in the second half, of {calls:,} calls and {reconnects:,} reconnects,", end=" ")
    print(f"{grown:+.2f} MiB of {allowed:.1f} allowed, {blocks:+,} blocks of {allowed_blocks:,.0f}")
    return grown <= allowed and blocks <= allowed_blocks
