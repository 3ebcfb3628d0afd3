"""What a process holds that can be left behind, and how much memory."""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
from collections import Counter
from pathlib import Path

from attrs import field, frozen

MOMENT = 0.02  # seconds
MOMENTS = 50  # that a socket just closed may take


@frozen
class Held:
    """Names of threads and tasks, and how many descriptors."""

    threads: Counter[str] = field(factory=lambda: Counter(filter(_own, (thread.name for thread in threading.enumerate()))))
    tasks: Counter[str] = field(factory=lambda: Counter(task.get_name() for task in asyncio.all_tasks()))
    descriptors: int = field(factory=lambda: _entries("/proc/self/fd"))

    def beyond(self, before: Held) -> list[str]:
        """What is held now and was not before, in words."""
        left = [f"thread {name}" for name in self.threads - before.threads]
        left += [f"task {name}" for name in self.tasks - before.tasks]
        more = self.descriptors - before.descriptors
        return left + ([f"{more} descriptors"] if more > 0 else [])


@frozen
class Memory:
    """At rest, when nothing is asked."""

    resident: float  #: MiB; 0 where the system does not tell
    blocks: int  #: allocated by Python's objects


async def left_behind(before: Held) -> list[str]:
    """What is still held after a moment, in words."""
    for _ in range(MOMENTS):
        gc.collect()
        if not (left := Held().beyond(before)):
            break
        await asyncio.sleep(MOMENT)
    return left


def memory() -> Memory:
    """After a full collection."""
    gc.collect()
    status = Path("/proc/self/statm")
    pages = int(status.read_text("ascii").split()[1]) if status.exists() else 0
    return Memory(pages * 4096 / 2**20, sys.getallocatedblocks())


def _own(thread: str) -> bool:
    return not thread.startswith("asyncio_")  # an event loop's executor keeps its threads for as long as the loop is there


def _entries(folder: str) -> int:
    path = Path(folder)
    return len(list(path.iterdir())) if path.is_dir() else 0
