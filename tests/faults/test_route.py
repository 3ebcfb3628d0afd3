"""A gateway is killed in the middle of a thousand routed calls: the other one answers, and nobody waits for the dead."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import pytest
from attrs import define, field

from brokerport import ConnectError, Registry, RouteError, ShortVolumeHistory
from brokerport.calls.call import impatient
from brokerport_opend.connecting.dial import Patience
from brokerport_opend.connecting.session import Session

CALLS = 1000
ASIDE = 100  # at the same time
BEFORE = 300  # answers, until the gateway is killed
TIMEOUT = 20.0  # a broken promise shows as RouteError or DeadlineError, which no call here is to end with

pytestmark = pytest.mark.timeout(60)  # two gateways are started, each in a Python of its own


@define
class Gateway:
    """A sandbox in a process of its own."""

    process: subprocess.Popen[str]
    port: str

    def kill(self) -> None:
        """End it as a crash would."""
        self.process.kill()
        self.process.wait()


@contextmanager
def gateway() -> Iterator[Gateway]:
    command = [sys.executable, "-m", "brokerport_opend.sandbox", "--port", "0", "--no-quotas"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        yield Gateway(process, process.stderr.readline().split(";")[0].rpartition(":")[2])
        process.kill()


@define
class Desks:
    """Two profiles, each of a brand and a gateway of its own, and what is asked of a route of both."""

    first: Gateway
    second: Gateway
    answered: Counter[str] = field(factory=Counter)
    _lock: threading.Lock = field(factory=threading.Lock)

    def count(self, history: ShortVolumeHistory) -> None:
        """Take note of who answered, and kill the first gateway when that is due."""
        assert len(history.rows) == 60
        with self._lock:
            self.answered[history.source.broker] += 1
            due = self.answered.total() == BEFORE
        if due:
            self.first.kill()


@pytest.fixture
def desks(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desks]:
    with ExitStack() as stack:
        first, second = (stack.enter_context(gateway()) for _ in range(2))
        for name, brand, port in (("DESK", "futu", first.port), ("OFFICE", "moomoo", second.port)):
            monkeypatch.setenv(f"BROKERPORT_{name}_PLUGIN", brand)
            monkeypatch.setenv(f"BROKERPORT_{name}_PORT", port)
            monkeypatch.setenv(f"BROKERPORT_{name}_QUOTAS", "false")
        yield Desks(first, second)


async def test_tasks_get_every_answer_though_the_first_gateway_is_killed(desks: Desks) -> None:
    room = asyncio.Semaphore(ASIDE)
    async with Registry().route_async("desk", "office") as client:

        async def ask() -> None:
            async with room:
                desks.count(await client.short_volume("HK.00700", limit=60, timeout=TIMEOUT))

        await asyncio.gather(*(ask() for _ in range(CALLS)))
        stats = client.stats()
    assert (stats.calls, stats.answered, stats.failed) == (CALLS, CALLS, {})
    _changed_over(desks)


def test_threads_get_every_answer_though_the_first_gateway_is_killed(desks: Desks) -> None:
    own = Registry()
    client = own.route("desk", "office")

    def ask(_: int) -> None:
        desks.count(client.short_volume("HK.00700", limit=60, timeout=TIMEOUT))

    with ThreadPoolExecutor(ASIDE) as pool:
        list(pool.map(ask, range(CALLS)))
    own.close()
    _changed_over(desks)


async def test_when_both_are_killed_every_call_ends_with_both_reasons(desks: Desks) -> None:
    async with Registry().route_async("desk", "office") as client:
        await client.short_volume("HK.00700", timeout=TIMEOUT)
        desks.first.kill()
        desks.second.kill()
        ended = await asyncio.gather(*(client.short_volume("HK.00700", timeout=1) for _ in range(ASIDE)), return_exceptions=True)
    assert [type(error) for error in ended] == [RouteError] * ASIDE
    assert all(isinstance(error, RouteError) and list(error.reasons) in (["desk", "office"], ["office", "desk"]) for error in ended)


@pytest.mark.timeout(4)
async def test_who_can_ask_another_broker_does_not_wait_for_a_gateway_to_come_back() -> None:
    with gateway() as one:
        session = Session("127.0.0.1", int(one.port), "start it", Patience(outage=3600.0))
        await session.ready()
        one.kill()
        with impatient():
            for _ in ("lost", "refused"):
                with pytest.raises(ConnectError):
                    await session.request(1004, b"")
    await session.aclose()


def _changed_over(desks: Desks) -> None:
    """All answers were the first one's before it was killed, but for those on their way, and the second one's after that."""
    assert desks.answered.total() == CALLS
    assert BEFORE <= desks.answered["futu"] < BEFORE + ASIDE
