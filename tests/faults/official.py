"""The official SDK under the same faults, beside ours: ``make faults ARGS=--official``.

Each trial is a process of its own that constructs a client and asks twice: while the gateway misbehaves, then when it is healthy. What has
not ended after ``LIMIT`` seconds is killed and counts as hung.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from attrs import frozen

from brokerport_opend.sandbox import Sandbox
from faults.fault import BlackHole, Cut, Empty, Fault, Flip
from faults.proxy import Proxy, Stage

LIMIT = 45.0  # seconds for both calls; ours have TIMEOUT each
TIMEOUT = 5.0
NOW = datetime(2026, 3, 4, 15, tzinfo=UTC)

# Each prints a line when it has constructed and asked, and again when it has asked after the line on its input.
OURS = f"""
import sys
from brokerport import BrokerportError, registry
client = registry.get("moomoo", port=int(sys.argv[1]), quotas=False, timeout={TIMEOUT})
def ask():
    try:
        client.capital_distribution("HK.00700")
        print("answer", flush=True)
    except BrokerportError as error:
        print(type(error).__name__, flush=True)
if sys.argv[2] == "warm": ask()
sys.stdin.readline()
ask()
sys.stdin.readline()
ask()
"""
OFFICIAL = """
import os, sys
import moomoo
moomoo.SysConfig.enable_console_log(False)
moomoo.SysConfig.set_all_thread_daemon(True)
context = None
def ask():
    global context
    try:
        context = context or moomoo.OpenQuoteContext("127.0.0.1", int(sys.argv[1]))
        code, data = context.get_capital_distribution("HK.00700")
        print("answer" if code == 0 else f"error {str(data)[:40]!r}", flush=True)
    except Exception as error:
        print(type(error).__name__, flush=True)
if sys.argv[2] == "warm": ask()
sys.stdin.readline()
ask()
sys.stdin.readline()
ask()
os._exit(0)
"""


@frozen
class Trial:
    """What the gateway does while the first call is made."""

    name: str
    begin: Callable[[Proxy], None]
    warm: bool = True  #: the client is connected before


@frozen
class _Refused(Fault):
    """The handshake is answered with a refusal."""

    whole = True

    async def strike(self, passage: object, rest: bytes) -> None:
        """retType -1, and a text."""
        from brokerport_opend.messages import init_connect_pb2
        from brokerport_opend.wire.frame import Frame, encode

        protocol, serial = (int.from_bytes(rest[at : at + 4], "little") for at in (2, 8))
        body = init_connect_pb2.Response(retType=-1, retMsg="not logged in").SerializeToString()
        await passage.send(encode(Frame(protocol, serial, body)))  # type: ignore[attr-defined]  # a Passage


def _armed(fault: Fault, stage: Stage) -> Callable[[Proxy], None]:
    return lambda proxy: proxy.arm(fault, stage)


TRIALS = (
    Trial("a reply cut in the middle, then a healthy gateway", _armed(Cut("cut"), Stage.BODY)),
    Trial("nothing listens, then a healthy gateway", lambda _: None, warm=False),
    Trial("accepts and stays silent, then healthy", _armed(BlackHole("black hole"), Stage.CONNECT), warm=False),
    Trial("refuses the handshake, then healthy", _armed(_Refused("refused"), Stage.HANDSHAKE), warm=False),
    Trial("a reply with a wrong magic, then healthy", _armed(Flip("magic", 0), Stage.WAITING)),
    Trial("a reply with an empty body, then healthy", _armed(Empty("empty"), Stage.WAITING)),
)
NOBODY = TRIALS[1]


def main() -> None:
    """Print a line a trial."""
    print(f"| situation | official: the call, then the next | seconds | ours (timeout {TIMEOUT:g} s) | seconds |")
    print("| --- | --- | ---: | --- | ---: |")
    for trial in TRIALS:
        official, ours = asyncio.run(_both(trial))
        print(f"| {trial.name} | {official[0]} | {official[1]} | {ours[0]} | {ours[1]} |", flush=True)


async def _both(trial: Trial) -> tuple[tuple[str, str], tuple[str, str]]:
    official, ours = await asyncio.gather(_run(trial, OFFICIAL), _run(trial, OURS))
    return official, ours


async def _run(trial: Trial, program: str) -> tuple[str, str]:
    """How the two calls ended, and their seconds."""
    async with Sandbox(quotas=False, now=lambda: NOW) as sandbox, Proxy(sandbox.port) as proxy:
        if trial is NOBODY:
            await proxy.refuse()
        async with _process(program, proxy.port, "warm" if trial.warm else "cold") as process:
            assert process.stdin is not None
            assert process.stdout is not None
            if trial.warm:
                await process.stdout.readline()
            trial.begin(proxy)
            outcomes: list[str] = []
            seconds: list[str] = []
            end = time.monotonic() + LIMIT
            for _ in range(2):
                process.stdin.write(b"\n")
                began = time.monotonic()
                # An SDK that hangs gets its healthy gateway in the middle of the time.
                outcome = await _line(process.stdout, end - LIMIT / 2 if not outcomes else end)
                if outcome is None and not outcomes:
                    await proxy.heal()
                    outcome = await _line(process.stdout, end)
                    outcome = outcome and f"{outcome} once healthy"
                await proxy.heal()
                outcomes.append(outcome or "hung")
                seconds.append(f"{time.monotonic() - began:.2f}" if outcome else f"> {time.monotonic() - began:.0f}")
                if outcome is None:
                    break
            return ", ".join(outcomes), ", ".join(seconds)


async def _line(stdout: asyncio.StreamReader, end: float) -> str | None:
    """What the program says next; the SDK's own lines on stdout are passed over."""
    with suppress(TimeoutError):
        async with asyncio.timeout(max(end - time.monotonic(), 0)):
            while line := (await stdout.readline()).decode():
                if line.startswith(("answer", "error")) or line.strip().endswith("Error"):
                    return line.strip()
            return "the process ended"
    return None


@asynccontextmanager
async def _process(program: str, port: int, how: str) -> AsyncIterator[asyncio.subprocess.Process]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        script = Path(home) / "trial.py"
        script.write_text(program, "utf-8")
        environment = os.environ | {"HOME": home}
        pipes = {"stdin": asyncio.subprocess.PIPE, "stdout": asyncio.subprocess.PIPE, "stderr": asyncio.subprocess.DEVNULL}
        process = await asyncio.create_subprocess_exec(sys.executable, script, str(port), how, env=environment, **pipes)  # type: ignore[arg-type]
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
