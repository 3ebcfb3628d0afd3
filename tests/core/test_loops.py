"""AsyncClients and the loops they live on: loops that end too early, other loops, other kinds of loops."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any, TypeVar, cast

import pytest

from brokerport import ArkDynamic, InvalidRequestError, Provider, Registry
from brokerport_opend.sandbox import Sandbox
from core import toy
from core.toy import ANSWER, until

T = TypeVar("T")
RunPython = Callable[..., subprocess.CompletedProcess[str]]

ANOTHER_LOOP = r"toy\.{}: this AsyncClient belongs to another event loop; get one for this loop"


async def never() -> None:
    await asyncio.get_running_loop().create_future()


def test_a_client_is_refused_on_another_loop_and_goes_on_working_on_its_own() -> None:
    client = toy.asks()
    with asyncio.Runner() as own:
        own.run(client.ark_dynamic("US.TSLA"))
        with asyncio.Runner() as other, pytest.raises(InvalidRequestError, match=ANOTHER_LOOP.format("ark_dynamic.*")):
            other.run(client.ark_dynamic("US.TSLA"))
        assert own.run(client.ark_dynamic("US.TSLA")) == ANSWER
        own.run(client.aclose())


def test_a_client_whose_loop_is_gone_says_so_and_does_not_hang() -> None:
    client = toy.asks()
    with asyncio.Runner() as own:
        own.run(client.ark_dynamic("US.TSLA"))
    with asyncio.Runner() as other:
        with pytest.raises(InvalidRequestError, match=ANOTHER_LOOP.format("ark_dynamic.*")):
            other.run(client.ark_dynamic("US.TSLA"))
        with pytest.raises(InvalidRequestError, match=ANOTHER_LOOP.format(r"aclose\(\)")):
            other.run(client.aclose())
        other.run(client.aclose())
    assert client.closed


def test_a_loop_that_ends_first_ends_the_calls_on_it() -> None:
    client = toy.asks(never)

    async def main() -> asyncio.Task[ArkDynamic]:
        call = asyncio.create_task(client.ark_dynamic("US.TSLA"))
        await until(lambda: bool(client._asking._calls))
        return call

    call = asyncio.run(main())
    assert (call.cancelled(), client._asking._calls, client.stats().cancelled) == (True, set(), 1)


LEFT_OPEN = """
import asyncio, gc, sys, threading
from brokerport import registry
from brokerport_opend.sandbox import Sandbox

async def serve(started, ended):
    async with Sandbox(quotas=False) as sandbox:
        started(sandbox.port)
        await asyncio.to_thread(ended.wait)

port, ended = asyncio.Queue(), threading.Event()
started = lambda number: (port.put_nowait(number), ready.set())
ready = threading.Event()
gateway = threading.Thread(target=lambda: asyncio.run(serve(started, ended)))
gateway.start()
ready.wait()
client = registry.get_async("moomoo", port=port.get_nowait(), quotas=False)

async def main():
    {main}

try:
    asyncio.run(main())
except ValueError as error:
    print(error)
ended.set()
gateway.join()
del client
gc.collect()
print("end")
"""

ASKED = 'await client.capital_distribution("HK.00700")'


def test_a_client_that_is_never_closed_costs_a_warning_of_its_socket_and_nothing_else(run_python: RunPython) -> None:
    done = run_python(LEFT_OPEN.replace("{main}", ASKED))
    told = [line for line in done.stderr.splitlines() if "Warning: " in line and "Enable tracemalloc" not in line]
    assert (done.stdout, done.returncode) == ("end\n", 0)
    assert told
    assert all("ResourceWarning: unclosed" in line for line in told)
    assert "Traceback" not in done.stderr


def test_a_program_that_fails_with_a_client_open_and_calls_on_their_way_tells_of_its_own_failure_alone(run_python: RunPython) -> None:
    code = f"""{ASKED}
    calls = [asyncio.create_task(client.capital_distribution("HK.00700")) for _ in range(5)]
    await asyncio.sleep(0)
    raise ValueError("boom")"""
    done = run_python(LEFT_OPEN.replace("{main}", code))
    assert (done.stdout, done.returncode) == ("boom\nend\n", 0)
    assert "Traceback" not in done.stderr
    assert "never awaited" not in done.stderr
    assert "destroyed" not in done.stderr


# No loop of asyncio's

NEEDS = r"(toy|moomoo|moomoo,futu)\..*: an AsyncClient needs asyncio, and no event loop of asyncio's runs here; with trio"


def driven(work: Coroutine[Any, Any, T]) -> T:
    """By no event loop at all, as long as nothing is waited for."""
    try:
        work.send(None)
    except StopIteration as done:
        return cast("T", done.value)
    raise AssertionError("it waits")


def by_trio(work: Coroutine[Any, Any, T]) -> T:
    async def main() -> T:
        return await work

    trio = pytest.importorskip("trio")
    return cast("T", trio.run(main))


async def first(rows: AsyncIterator[T]) -> T:
    return await anext(rows)


@pytest.mark.parametrize("run", [driven, by_trio])
def test_without_asyncio_every_way_of_asking_says_what_it_needs(run: Callable[[Coroutine[Any, Any, Any]], Any]) -> None:
    registry = Registry()
    for client in (registry.get_async("moomoo"), registry.route_async("moomoo", "futu")):
        ways = client.ark_dynamic("US.TSLA"), first(client.iter_short_volume("US.TSLA")), client.call("any()", Provider, never_asked)
        for way in ways:
            with pytest.raises(InvalidRequestError, match=NEEDS):
                run(way)
        run(client.aclose())
        assert client.closed


async def never_asked(_: object) -> None:
    raise AssertionError


def test_a_client_used_on_asyncio_and_then_elsewhere_says_so_too() -> None:
    client = toy.asks()
    with asyncio.Runner() as own:
        own.run(client.ark_dynamic("US.TSLA"))
        for work in (client.ark_dynamic("US.TSLA"), client.aclose()):
            with pytest.raises(InvalidRequestError, match=NEEDS):
                driven(work)
        own.run(client.aclose())


def test_trio_asks_a_blocking_client_in_a_thread_as_the_error_advises() -> None:
    trio = pytest.importorskip("trio")

    async def main() -> ArkDynamic:
        with toy.blocks() as client:
            return cast("ArkDynamic", await trio.to_thread.run_sync(client.ark_dynamic, "US.TSLA"))

    assert trio.run(main) == ANSWER


# Other kinds of loops


def eager() -> asyncio.AbstractEventLoop:
    if sys.version_info < (3, 12):
        pytest.skip("eager tasks came with Python 3.12")
    loop = asyncio.new_event_loop()
    loop.set_task_factory(asyncio.eager_task_factory)
    return loop


def uvloop() -> asyncio.AbstractEventLoop:
    loop: asyncio.AbstractEventLoop = pytest.importorskip("uvloop", reason="uvloop is not installed").new_event_loop()
    return loop


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
@pytest.mark.parametrize("new_loop", [asyncio.SelectorEventLoop, eager, uvloop])
def test_a_client_works_on_every_kind_of_loop(new_loop: Callable[[], asyncio.AbstractEventLoop], host: str) -> None:
    async def main() -> None:
        async with Sandbox(quotas=False) as sandbox, Registry().get_async("moomoo", host=host, port=sandbox.port) as client:
            asked = [f"HK.{number:05}" for number in range(1, 11)]
            answers = await asyncio.gather(*map(client.capital_distribution, asked))
            assert [str(answer.symbol) for answer in answers] == asked
            assert len([row async for row in client.iter_short_volume("HK.00700", limit=25)]) == 25

    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(main())
    gc.collect()


@pytest.mark.parametrize("new_loop", [eager, uvloop])
def test_blocking_clients_work_whatever_loop_the_program_prefers(
    new_loop: Callable[[], asyncio.AbstractEventLoop], monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = new_loop()
    monkeypatch.setattr(asyncio, "new_event_loop", lambda: loop)
    with toy.blocks() as client:
        assert [client.ark_dynamic("US.TSLA") for _ in range(3)] == [ANSWER] * 3
    assert loop.is_closed()
