"""A process that forks shares no connection with its child: calls on their way, new ones, and a child that closes what it has."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from random import Random

from benchmarks.promises.figure import Figure
from brokerport_opend.sandbox import Sandbox
from hostile.attack import program

FORKS = 20
WAYS = ("same loop", "closed by the child", "blocking")


async def measured(random: Random) -> AsyncIterator[Figure]:
    """For each way in which parent and child may go on."""
    del random  # nothing here is left to chance
    async with Sandbox(quotas=False) as sandbox:
        for way in WAYS:
            tally = await asyncio.to_thread(program, "forked", way, sandbox.port, FORKS)
            told = f"{tally.answered:,} answered, {tally.refused.total():,} of a child's refused, {len(tally.broken)} otherwise"
            yield Figure(f"P12 {FORKS} forks, {way}", "the parent's answers are right, the child is refused", told, not tally.broken)
