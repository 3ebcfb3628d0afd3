"""The gateway that all contenders ask: the sandbox in a process of its own, without quotas."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from brokerport_opend.sandbox import Sandbox


@contextmanager
def running() -> Iterator[int]:
    """The port of a gateway that lives as long as the context."""
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.gateway"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    with process:
        yield int(process.stdout.readline())
        process.stdin.close()  # it ends with its input


async def _serve() -> None:
    async with Sandbox(quotas=False) as sandbox:
        print(sandbox.port, flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_serve())
