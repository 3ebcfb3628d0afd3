"""The gateways that the official SDKs and our clients are put before."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from attrs import frozen

from brokerport_opend.sandbox import Sandbox

HALF_PAST_TEN = datetime(2026, 5, 8, 2, 30, tzinfo=UTC)  # in Hong Kong, where it is a trading day

AskOfficial = Callable[..., list[str]]  # a port and questions, and how to encrypt; each question's pages, as JSON
Ask = Callable[..., Any]


@frozen
class OfficialGateway:
    """A gateway of an official package's own messages, in a process of its own."""

    port: int
    record: Path

    def seen(self) -> list[dict[str, Any]]:
        """Every frame that came, in order."""
        return [json.loads(line) for line in self.record.read_text("utf-8").splitlines()]


@contextmanager
def official_gateway(brand: str, folder: Path, replies: dict[str, Any]) -> Iterator[OfficialGateway]:
    """One that answers by the table of ``replies``, as official_gateway.py takes it."""
    table, record = folder / "replies.json", folder / "record.jsonl"
    table.write_text(json.dumps(replies), "utf-8")
    record.touch()
    command = [sys.executable, str(Path(__file__).with_name("official_gateway.py")), brand, str(table), str(record)]
    with subprocess.Popen(command, env=environment(folder), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            yield OfficialGateway(int(process.stdout.readline()), record)
            process.stdin.close()
            process.wait(5)
        finally:
            process.kill()


def environment(folder: Path) -> dict[str, str]:
    """With a home of its own: an SDK fails to start when another makes the same folder of logs at that moment."""
    home = mkdtemp(dir=folder)
    return os.environ | {"HOME": home, "APPDATA": home}


@contextmanager
def standing_still(*, quotas: bool, rsa_key: Path | None = None) -> Iterator[Sandbox]:
    """A sandbox on a thread of its own, in which no time passes."""
    sandbox = Sandbox(quotas=quotas, rsa_key=rsa_key, now=lambda: HALF_PAST_TEN, clock=lambda: 0.0)
    started, loop, stop = threading.Event(), asyncio.new_event_loop(), asyncio.Event()

    async def serve() -> None:
        async with sandbox:
            started.set()
            await stop.wait()

    def run() -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(serve())

    thread = threading.Thread(target=run)
    thread.start()
    assert started.wait(5)
    try:
        yield sandbox
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
