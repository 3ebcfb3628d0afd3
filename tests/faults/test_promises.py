"""Promises about many calls at once: load on a dead gateway, cancelling, closing, and the wall clock.

What is promised in milliseconds is measured by ``make promises``: here, a call that did not end at once would never end.
"""

from __future__ import annotations

import asyncio
import gc
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import attrs
import pytest

from brokerport import AsyncClient, BrokerportError, CapitalDistribution, ClientClosedError, ConnectError, HandshakeError, Registry, Source
from brokerport_opend.sandbox import Sandbox
from faults.fault import Cut, Hold, Latency
from faults.proxy import Proxy, Stage

NOW = datetime(2026, 3, 4, 15, tzinfo=UTC)
SOURCE = Source("moomoo", NOW, sandbox=True)
CROWD = 1000
TURNS = 5  # of the event loop within which a cancelled call ends: it waits for nothing and nobody
SYMBOLS = [f"HK.{number:05}" for number in range(1, 101)]


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(quotas=False, now=lambda: NOW) as sandbox:
        yield sandbox


@pytest.fixture
async def proxy(sandbox: Sandbox) -> AsyncIterator[Proxy]:
    async with Proxy(sandbox.port) as proxy:
        yield proxy


@pytest.fixture
async def client(proxy: Proxy) -> AsyncIterator[AsyncClient]:
    async with Registry().get_async("moomoo", port=proxy.port, quotas=False) as client:
        yield client


async def said(client: AsyncClient, symbol: str) -> CapitalDistribution:
    """The answer, without when it came."""
    return attrs.evolve(await client.capital_distribution(symbol, timeout=3), source=SOURCE)


async def the_truth(sandbox: Sandbox) -> dict[str, CapitalDistribution]:
    async with Registry().get_async("moomoo", port=sandbox.port, quotas=False) as client:
        return {symbol: await said(client, symbol) for symbol in SYMBOLS}


async def all_right(client: AsyncClient, sandbox: Sandbox) -> bool:
    """The next 100 answers are each that of their own symbol, asked one by one and all at once."""
    truth = await the_truth(sandbox)
    one_by_one = [await said(client, symbol) for symbol in SYMBOLS]
    at_once = await asyncio.gather(*(said(client, symbol) for symbol in SYMBOLS))
    return one_by_one == at_once == list(truth.values())


async def held_back(proxy: Proxy, replies: int) -> None:
    """Return when the proxy holds so many."""
    while len(proxy.passages[0].held) < replies:  # noqa: ASYNC110  # a list tells nobody that it grows
        await asyncio.sleep(0.001)


async def turns(number: int) -> None:
    """Let everything run that is ready, so many times."""
    for _ in range(number):
        await asyncio.sleep(0)


async def outcomes(client: AsyncClient, number: int) -> Counter[str]:
    ended = await asyncio.gather(*(said(client, SYMBOLS[at % 100]) for at in range(number)), return_exceptions=True)
    return Counter(type(each).__name__ for each in ended)


async def test_a_thousand_calls_on_a_gateway_that_hangs_up_connect_hardly_more_often_than_once(client: AsyncClient, proxy: Proxy) -> None:
    proxy.arm(Cut("cut"), Stage.CONNECT)
    ended = await outcomes(client, CROWD)
    assert ended.total() == CROWD
    assert set(ended) <= {HandshakeError.__name__, ConnectError.__name__, "ConnectionLostError"}
    assert len(proxy.passages) <= CROWD * 1.1


async def test_a_thousand_calls_that_lose_their_connection_share_the_few_connections_that_replace_it(
    client: AsyncClient, proxy: Proxy
) -> None:
    await said(client, SYMBOLS[0])
    proxy.arm(Cut("cut"), Stage.WAITING)
    ended = await outcomes(client, CROWD)
    assert set(ended) == {"ConnectionLostError"}
    assert len(proxy.passages) <= CROWD * 0.1


async def test_calls_one_after_another_on_a_dead_gateway_make_at_most_a_tenth_more_attempts(
    client: AsyncClient, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("brokerport_opend.connecting.session.LONGEST", 0.0)
    await said(client, SYMBOLS[0])
    connections = len(proxy.passages)
    proxy.arm(Cut("cut"), Stage.WAITING)
    calls = 250
    for number in range(calls):
        with pytest.raises(ConnectError):
            await said(client, SYMBOLS[number % 100])
    attempts = len(proxy.passages) - connections + 1
    assert calls <= attempts <= calls * 1.1


async def test_failed_calls_that_overlap_keep_nothing_of_each_other_alive() -> None:
    """Were each error to hold the one before, memory and the pauses of the collector would grow for as long as a gateway is down."""
    async with Registry().get_async("moomoo", port=_dead_port(), quotas=False) as client:

        async def keep_asking(random: Random) -> None:
            for _ in range(4):
                await asyncio.sleep(random.random() / 50)
                with suppress(BrokerportError):
                    await client.capital_distribution("HK.00001", timeout=random.choice((0.1, 0.05)))

        await asyncio.gather(*(keep_asking(Random(number)) for number in range(64)))
        gc.collect()
        assert sum(isinstance(each, BrokerportError) for each in gc.get_objects()) <= 32


async def test_a_cancelled_call_ends_at_once_and_the_next_hundred_are_right(client: AsyncClient, proxy: Proxy, sandbox: Sandbox) -> None:
    await said(client, SYMBOLS[0])
    random = Random(1)
    proxy.arm(Latency("late", 0.002), Stage.WAITING)
    calls = [asyncio.create_task(said(client, symbol)) for symbol in SYMBOLS]
    await asyncio.sleep(0.005)
    cancelled = random.sample(calls, 50)
    for call in cancelled:
        call.cancel()
    await turns(TURNS)
    assert all(call.done() for call in cancelled)
    assert all(call.cancelled() or call.result() for call in cancelled)
    await proxy.heal()
    await asyncio.gather(*calls, return_exceptions=True)
    assert await all_right(client, sandbox)
    assert len(proxy.passages) == 1


async def test_a_call_cancelled_while_its_reply_is_held_does_not_hand_it_to_the_next(
    client: AsyncClient, proxy: Proxy, sandbox: Sandbox
) -> None:
    await said(client, SYMBOLS[0])
    proxy.arm(Hold("hold"), Stage.WAITING)
    held = [asyncio.create_task(said(client, symbol)) for symbol in SYMBOLS[:20]]
    await held_back(proxy, 20)
    for call in held:
        call.cancel()
    await turns(TURNS)
    assert all(call.cancelled() for call in held)
    await proxy.heal()  # all twenty come now, late
    assert await all_right(client, sandbox)
    assert len(proxy.passages) == 1


async def test_closing_ends_a_thousand_calls(proxy: Proxy) -> None:
    async with Registry().get_async("moomoo", port=proxy.port, quotas=False, share=False) as client:
        await said(client, SYMBOLS[0])
        proxy.arm(Hold("hold"), Stage.WAITING)
        before = asyncio.all_tasks()
        calls = [asyncio.create_task(said(client, SYMBOLS[at % 100])) for at in range(CROWD)]
        await held_back(proxy, CROWD)
        await client.aclose()
        ended = await asyncio.gather(*calls, return_exceptions=True)
    assert {type(each) for each in ended} == {ClientClosedError}
    await proxy.deserted()
    assert asyncio.all_tasks() <= before


async def test_closing_a_blocking_client_ends_the_calls_of_other_threads(proxy: Proxy) -> None:
    client = Registry().get("moomoo", port=proxy.port, quotas=False, timeout=3)
    await asyncio.to_thread(client.capital_distribution, SYMBOLS[0])
    proxy.arm(Hold("hold"), Stage.WAITING)
    ended: list[type[BaseException]] = []

    def ask(symbol: str) -> None:
        try:
            client.capital_distribution(symbol)
        except BrokerportError as error:
            ended.append(type(error))

    threads = [threading.Thread(target=ask, args=(symbol,)) for symbol in SYMBOLS[:64]]
    for thread in threads:
        thread.start()
    await held_back(proxy, len(threads))
    await asyncio.to_thread(client.close)
    for thread in threads:
        await asyncio.to_thread(thread.join)
    assert ended == [ClientClosedError] * len(threads)
    await proxy.deserted()


@pytest.mark.parametrize("step", [1, -1, 3600, -3600, 86400, -86400, 2**31])
async def test_a_step_of_the_wall_clock_changes_nothing(
    client: AsyncClient, proxy: Proxy, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, step: float
) -> None:
    truth = await the_truth(sandbox)
    await said(client, SYMBOLS[0])
    proxy.arm(Latency("late", 0.02), Stage.WAITING)
    in_flight = asyncio.create_task(said(client, SYMBOLS[1]))
    await asyncio.sleep(0.01)
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + step)
    assert await in_flight == truth[SYMBOLS[1]]
    assert await said(client, SYMBOLS[2]) == truth[SYMBOLS[2]]
    assert len(proxy.passages) == 1


INTERRUPTED = """
import sys
from brokerport import registry

client = registry.get("moomoo", port=int(sys.argv[1]), quotas=False, timeout=30)
client.capital_distribution("HK.00001")
print("ready", flush=True)
sys.stdin.readline()  # the proxy holds every reply from here on
try:
    client.capital_distribution("HK.00002")
except KeyboardInterrupt:
    print("interrupted", flush=True)
sys.stdin.readline()  # it lets them go again, the late one first
right = all(client.capital_distribution(f"HK.{number:05}").inflow for number in range(3, 103))
print("right" if right else "wrong", flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot be sent SIGINT there")
async def test_ctrl_c_ends_a_blocking_call_at_once_and_leaves_the_connection_usable(proxy: Proxy, tmp_path: Path) -> None:
    program = tmp_path / "interrupted.py"
    program.write_text(INTERRUPTED, "utf-8")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-W", "error", program, str(proxy.port), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert await process.stdout.readline() == b"ready\n"
    proxy.arm(Hold("hold"), Stage.WAITING)
    process.stdin.write(b"\n")
    await held_back(proxy, 1)
    process.send_signal(signal.SIGINT)
    assert await process.stdout.readline() == b"interrupted\n"
    await proxy.heal()
    process.stdin.write(b"\n")
    assert await process.stdout.readline() == b"right\n"
    process.stdin.close()
    assert await process.wait() == 0
    assert len(proxy.passages) == 1


def test_a_listener_that_is_gone_refuses_and_the_error_says_so() -> None:
    port = _dead_port()
    with Registry().get("moomoo", port=port, quotas=False) as client, pytest.raises(ConnectError, match=f"127.0.0.1:{port}"):
        client.capital_distribution("HK.00001", timeout=3)


def _dead_port() -> int:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port: int = closed.getsockname()[1]
        return port
