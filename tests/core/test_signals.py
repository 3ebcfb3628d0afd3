"""Ctrl-C and SIGTERM in every wait of a blocking call: real signals to whole Pythons.

Each call has an hour: only a signal that ends the wait lets a test end in time.
"""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import pytest

from brokerport import ArkDynamic, ArkProvider, Client, Symbol
from core import toy

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no signals to a process alone")

PROGRAM = """
import asyncio, signal, sys, tenacity  # now, as what is imported in the moment of a Ctrl-C may change Python's exit code
from datetime import UTC, datetime
from brokerport import ArkDynamic, ArkProvider, Quota, QuotaError, Registry, Source
from brokerport.client import line
from brokerport.quotas.limiter import Limiter

class Toy(ArkProvider):
    def __init__(self):
        self.limiter = Limiter(Quota(1, 1800), name="toy")

    async def ark_dynamic(self, symbol):
        if symbol.code != "NOW":
            print("waiting", flush=True)
            await getattr(self, symbol.code.lower())()
        return ArkDynamic(symbol=symbol, source=Source("toy", datetime.now(UTC)))

    async def reply(self):
        await asyncio.get_running_loop().create_future()

    async def quota(self):
        for _ in range(2):
            async with self.limiter.slot():
                pass

    async def backoff(self):
        raise QuotaError("not now", retry_after=1800)

    async def aclose(self):
        print("closed", flush=True)

registry = Registry()
registry.register("toy", lambda settings: Toy())
toy = registry.get("toy", timeout=3600)
"""

WAITS = ["REPLY", "QUOTA", "BACKOFF"]


@contextmanager
def running(code: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-W", "default", "-c", PROGRAM + code, *map(str, arguments)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def raised(err: str) -> list[str]:
    """The last line of every traceback, and whatever else was complained of."""
    return [line for line in err.splitlines() if line and not line.startswith((" ", "Traceback", "During handling of"))]


@pytest.mark.parametrize("wait", WAITS)
def test_ctrl_c_ends_the_program_in_every_wait(wait: str) -> None:
    with running(f'toy.ark_dynamic("US.{wait}")') as process:
        assert said(process) == "waiting"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=3)
    assert (out, raised(err), process.returncode) == ("closed\n", ["KeyboardInterrupt"], -signal.SIGINT)


@pytest.mark.parametrize("wait", WAITS)
def test_ctrl_c_leaves_nothing_of_the_call_and_the_client_usable(wait: str) -> None:
    code = f"""
try:
    toy.ark_dynamic("US.{wait}")
except KeyboardInterrupt:
    print(toy.ark_dynamic("US.NOW").symbol, len(toy._asking._calls), toy.stats().cancelled, flush=True)
    registry.close()
"""
    with running(code) as process:
        assert said(process) == "waiting"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=3)
    assert (out, err, process.returncode) == ("US.NOW 0 1\nclosed\n", "", 0)


CONNECTING = """
moomoo = registry.get("moomoo", port=int(sys.argv[1]), timeout=3600)
try:
    moomoo.ark_dynamic("US.TSLA")
except KeyboardInterrupt:
    moomoo.close()
    print("closed", flush=True)
sys.stdin.readline()
"""


def test_ctrl_c_while_connecting_and_a_close_release_the_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gateway, running(CONNECTING, gateway.getsockname()[1]) as process:
        connection, _ = gateway.accept()
        with connection:
            connection.settimeout(3)
            assert connection.recv(65536)  # the handshake, which is never answered
            process.send_signal(signal.SIGINT)
            assert said(process) == "closed"
            assert hung_up(connection)
        out, err = process.communicate("\n", timeout=3)
    assert (out, err, process.returncode) == ("", "", 0)


def hung_up(connection: socket.socket) -> bool:
    try:
        return connection.recv(65536) == b""
    except ConnectionResetError:
        return True


def test_sigterm_ends_the_program_as_always() -> None:
    with running('toy.ark_dynamic("US.REPLY")') as process:
        assert said(process) == "waiting"
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=3)
    assert (out, err, process.returncode) == ("", "", -signal.SIGTERM)


@pytest.mark.parametrize("wait", WAITS)
def test_a_handler_that_exits_ends_the_wait_and_closes_what_is_open(wait: str) -> None:
    with running(f'signal.signal(signal.SIGTERM, lambda *_: sys.exit(3))\ntoy.ark_dynamic("US.{wait}")') as process:
        assert said(process) == "waiting"
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=3)
    assert (out, err, process.returncode) == ("closed\n", "", 3)


CLOSES_SLOWLY = """
line.CLOSING = 3600

class Slow(Toy):
    async def aclose(self):
        print("closing", flush=True)
        try:
            await asyncio.sleep(float(sys.argv[1]))
        finally:
            print("over", flush=True)

registry.register("slow", lambda settings: Slow())
slow = registry.get("slow", timeout=3600)
"""


def test_a_second_ctrl_c_kills_what_the_first_made_close() -> None:
    with running(f'{CLOSES_SLOWLY}\nwith slow: slow.ark_dynamic("US.REPLY")', 3600) as process:
        assert said(process) == "waiting"
        process.send_signal(signal.SIGINT)
        assert said(process) == "closing"
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=3)
    assert (raised(err), process.returncode) == (["KeyboardInterrupt"] * 2, -signal.SIGINT)


def test_a_close_that_was_interrupted_goes_on_without_its_caller() -> None:
    code = f"""{CLOSES_SLOWLY}
slow.ark_dynamic("US.NOW")
try:
    slow.close()
except KeyboardInterrupt:
    print("interrupted", slow.closed, flush=True)
from brokerport.client.portal import shared
(thread := shared()._thread) and thread.join()
print("stopped", len(shared()._leases), flush=True)
"""
    with running(code, 0.3) as process:
        assert said(process) == "closing"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=3)
    assert (out.splitlines(), err, process.returncode) == (["interrupted True", "over", "stopped 0"], "", 0)


STORM = """
import os, random, threading, time
interrupted = answered = 0
over = threading.Event()

def strike():
    while not over.wait(random.random() / 2000):
        os.kill(os.getpid(), signal.SIGINT)

toy.ark_dynamic("US.NOW")
striker = threading.Thread(target=strike)
striker.start()
while interrupted < 300:
    try:
        while True:
            answered += toy.ark_dynamic("US.NOW") is not None
    except KeyboardInterrupt:
        interrupted += 1
signal.signal(signal.SIGINT, signal.SIG_IGN)
over.set()
striker.join()
toy.ark_dynamic("US.NOW")
stats = toy.stats()
print(len(toy._asking._calls), stats.calls - stats.answered - stats.cancelled, stats.failed)
registry.close()
"""


def test_a_storm_of_ctrl_c_loses_no_call_and_leaves_none_behind() -> None:
    with running(STORM) as process:
        out, err = process.communicate(timeout=4)
    lines = [line for line in err.splitlines() if line]
    assert (out.splitlines(), lines, process.returncode) == (["0 0 {}", "closed"], [], 0)


def test_an_interrupt_at_any_point_of_a_call_leaves_nothing_running() -> None:
    """From the first step in the portal until the caller waits; Python looks for signals where a function begins, and after a call."""
    steps: list[str] = []
    strikes_at: int | None = None

    def strike(frame: FrameType, event: str, _: object) -> None:
        if event == "c_call" or not (steps or frame.f_code.co_qualname == "Portal.call"):
            return
        steps.append(f"{event} {frame.f_code.co_qualname}")
        if len(steps) == strikes_at:
            raise KeyboardInterrupt

    def interrupted(client: Client, at: int | None) -> bool:
        nonlocal strikes_at
        strikes_at = at
        steps.clear()
        sys.setprofile(strike)
        try:
            client.ark_dynamic("US.TSLA", timeout=3600)
        except KeyboardInterrupt:
            return True
        finally:
            sys.setprofile(None)
        return False

    provider = Switched()
    with Client(lambda: provider, broker="toy") as client:
        assert not interrupted(client, None)
        until_it_waits = steps.index("call _Run.result") + 1
        assert {"call Portal._begin", "return _Run.begin"} < set(steps[:until_it_waits])
        for step in range(1, until_it_waits + 1):
            provider.answers = False
            assert interrupted(client, step)
            provider.answers = True
            assert client.ark_dynamic("US.TSLA") == toy.ANSWER
            assert not client._asking._calls, steps[-1]


class Switched(ArkProvider):
    answers = True

    async def ark_dynamic(self, symbol: Symbol) -> ArkDynamic:
        if not self.answers:
            await asyncio.get_running_loop().create_future()
        return toy.ANSWER
