"""Blocking code in a few threads: as many as are allowed, and none that anybody has to wait for."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import threading
from collections.abc import Callable
from contextvars import ContextVar
from functools import partial
from random import Random
from typing import Any, ClassVar

import pytest

from brokerport import ArkDynamic, ArkProvider, ClientClosedError, ConnectError, DeadlineError, Registry, Symbol
from brokerport.kit.sync_provider import SyncProvider
from brokerport.kit.threads import HANGS
from brokerport.testing import run_in_virtual_time
from core.toy import ANSWER, until

mark: ContextVar[str] = ContextVar("mark", default="nobody's")


class Sdk:
    """Blocks until it is released, and notes what it did and in which threads."""

    def __init__(self) -> None:
        self.arrived = threading.Semaphore(0)
        self.released = threading.Semaphore(0)
        self.done: list[int] = []
        self.threads: list[threading.Thread] = []
        self.busy = 0

    def wait(self, number: int = 0) -> int:
        self.threads.append(threading.current_thread())
        self.busy += 1
        self.arrived.release()
        self.released.acquire()
        self.busy -= 1
        self.done.append(number)
        return number


class Two(SyncProvider):
    threads: ClassVar[int] = 2


class One(SyncProvider):
    threads: ClassVar[int] = 1


@pytest.fixture
def sdk() -> Any:
    sdk = Sdk()
    yield sdk
    for _ in range(100):
        sdk.released.release()


async def left(call: asyncio.Task[Any]) -> None:
    """Its caller leaves."""
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)


# What comes out


async def test_what_the_function_returns_comes_back_from_another_thread_with_the_callers_context() -> None:
    provider = SyncProvider()
    mark.set("mine")
    assert await provider.blocking(mark.get) == "mine"
    assert await provider.blocking(divmod, 7, 2) == (3, 1)
    assert await provider.blocking(threading.current_thread) is not threading.current_thread()
    await provider.aclose()


def fail(error: BaseException) -> None:
    raise error


@pytest.mark.parametrize("error", [ValueError("mine"), KeyError("x"), ConnectError("ours"), TimeoutError(), asyncio.CancelledError()])
async def test_what_the_function_raises_comes_out_as_it_is(error: BaseException) -> None:
    provider = SyncProvider()
    with pytest.raises(type(error)) as raised:
        await provider.blocking(fail, error)
    assert raised.value.args == error.args
    await provider.aclose()


async def test_an_iterator_that_ends_does_not_end_the_call_in_silence() -> None:
    provider = SyncProvider()
    with pytest.raises(RuntimeError, match="next raised StopIteration"):
        await provider.blocking(next, iter([]))
    await provider.aclose()


# How many at the same time


async def test_no_more_threads_than_allowed_and_calls_in_their_order(sdk: Sdk) -> None:
    provider = Two()
    calls = [asyncio.create_task(provider.blocking(sdk.wait, number)) for number in range(6)]
    for _ in range(2):
        await asyncio.to_thread(sdk.arrived.acquire)
    for _ in calls:
        sdk.released.release()
    assert await asyncio.gather(*calls) == [0, 1, 2, 3, 4, 5]
    assert sdk.done[0] in (0, 1)
    assert len({*sdk.threads}) == 2
    assert all(thread.daemon and thread.name.startswith("Two-") for thread in sdk.threads)
    await provider.aclose()


async def test_with_one_thread_all_is_done_by_the_same() -> None:
    provider = One()
    seen = {(await provider.blocking(threading.get_ident)) for _ in range(5)}
    seen |= {*await asyncio.gather(*(provider.blocking(threading.get_ident) for _ in range(5)))}
    assert len(seen) == 1
    await provider.aclose()


async def test_a_call_that_waits_and_whose_caller_leaves_is_never_run(sdk: Sdk) -> None:
    provider = One()
    first = asyncio.create_task(provider.blocking(sdk.wait, 1))
    await asyncio.to_thread(sdk.arrived.acquire)
    second, third = (asyncio.create_task(provider.blocking(sdk.wait, number)) for number in (2, 3))
    await asyncio.sleep(0)
    await left(second)
    sdk.released.release()
    sdk.released.release()
    assert (await first, await third, sdk.done) == (1, 3, [1, 3])
    await provider.aclose()


async def test_a_thread_is_not_free_before_its_work_is_over_whoever_left(sdk: Sdk) -> None:
    provider = One()
    first = asyncio.create_task(provider.blocking(sdk.wait, 1))
    await asyncio.to_thread(sdk.arrived.acquire)
    await left(first)
    second = asyncio.create_task(provider.blocking(sdk.wait, 2))
    await asyncio.sleep(0)
    assert (sdk.busy, second.done()) == (1, False)
    sdk.released.release()
    sdk.released.release()
    assert (await second, sdk.done) == (2, [1, 2])
    await provider.aclose()


async def test_who_leaves_at_the_moment_that_a_thread_is_free_leaves_it_to_the_next(sdk: Sdk) -> None:
    provider, loop = One(), asyncio.get_running_loop()
    first, second, third = (asyncio.create_task(provider.blocking(sdk.wait, number)) for number in (1, 2, 3))
    await asyncio.sleep(0)
    running = next(iter(provider._threads._running))
    running.add_done_callback(lambda _: loop.call_soon_threadsafe(second.cancel))  # after the turn is second's, before it knows
    sdk.released.release()
    sdk.released.release()
    await asyncio.gather(first, second, third, return_exceptions=True)
    assert (second.cancelled(), sdk.done) == (True, [1, 3])
    await provider.aclose()


async def test_who_comes_at_the_moment_that_a_thread_is_free_does_not_pass_those_who_wait(sdk: Sdk) -> None:
    provider = One()

    async def comes_then() -> int:
        await until(lambda: not provider._threads._running)
        return await provider.blocking(sdk.wait, 3)

    calls = [asyncio.create_task(provider.blocking(sdk.wait, number)) for number in (1, 2)]
    await asyncio.sleep(0)
    third = asyncio.create_task(comes_then())
    for _ in range(3):
        sdk.released.release()
    await asyncio.gather(*calls, third)
    assert sdk.done == [1, 2, 3]
    await provider.aclose()


@pytest.mark.parametrize("seed", range(20))
async def test_whoever_leaves_whenever_no_thread_is_lost(seed: int) -> None:
    provider, random = Two(), Random(seed)
    calls = [asyncio.create_task(provider.blocking(int)) for _ in range(30)]
    for call in random.sample(calls, 20):
        for _ in range(random.randrange(4)):
            await asyncio.sleep(0)
        call.cancel()
    await asyncio.gather(*calls, return_exceptions=True)
    meeting = threading.Barrier(2)  # passed by both threads, or by none
    assert sorted(await asyncio.gather(*(provider.blocking(meeting.wait, 2.0) for _ in range(2)))) == [0, 1]
    await provider.aclose()


# Threads that hang


async def _all_hang(provider: SyncProvider, sdk: Sdk) -> None:
    calls = [asyncio.create_task(provider.blocking(sdk.wait)) for _ in range(provider.threads)]
    for _ in calls:
        await asyncio.sleep(0)
        sdk.arrived.acquire()
    for call in calls:
        await left(call)


def test_when_all_threads_hang_a_new_call_says_in_what_and_does_not_wait(sdk: Sdk) -> None:
    async def ask() -> None:
        provider = Two()
        await _all_hang(provider, sdk)
        await asyncio.sleep(HANGS + 2)
        with pytest.raises(ConnectError) as raised:
            await provider.blocking(sdk.wait)
        assert str(raised.value) == "Two can do nothing more: each of its 2 threads hangs, in Sdk.wait (7 s), Sdk.wait (7 s)"
        assert raised.value.retryable
        provider._threads.end()

    run_in_virtual_time(ask())


def test_those_who_wait_already_are_told_when_the_last_thread_is_given_up(sdk: Sdk) -> None:
    async def ask() -> None:
        provider = Two()
        await _all_hang(provider, sdk)
        outcome = await asyncio.gather(*(provider.blocking(sdk.wait) for _ in range(3)), return_exceptions=True)
        assert [type(each) for each in outcome] == [ConnectError] * 3
        assert asyncio.get_running_loop().time() == pytest.approx(HANGS)
        provider._threads.end()

    run_in_virtual_time(ask())


def test_while_a_caller_is_still_there_nothing_is_given_up(sdk: Sdk) -> None:
    async def ask() -> None:
        provider = Two()
        patient = asyncio.create_task(provider.blocking(sdk.wait, 1))
        gone = asyncio.create_task(provider.blocking(sdk.wait, 2))
        for _ in range(2):
            await asyncio.sleep(0)
            sdk.arrived.acquire()
        await left(gone)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(provider.blocking(sdk.wait, 3), 10 * HANGS)
        assert not patient.done()
        await left(patient)
        provider._threads.end()

    run_in_virtual_time(ask())


async def test_a_thread_that_comes_back_is_used_again(sdk: Sdk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("brokerport.kit.threads.HANGS", 0.0)
    provider = One()
    await _all_hang(provider, sdk)
    with pytest.raises(ConnectError):
        await provider.blocking(int)
    sdk.released.release()
    await until(lambda: not provider._threads._running)
    assert await provider.blocking(int, "7") == 7
    await provider.aclose()


# Deadlines and ends


class Acme(SyncProvider, ArkProvider):
    """Asks the SDK."""

    threads: ClassVar[int] = 1

    def __init__(self, sdk: Sdk, close: Callable[[], object] = int) -> None:
        self.sdk = sdk
        self._close = close

    async def ark_dynamic(self, symbol: Symbol) -> ArkDynamic:
        await self.blocking(self.sdk.wait)
        return ANSWER

    def close(self) -> None:
        self._close()


def acme(sdk: Sdk, close: Callable[[], object] = int) -> Registry:
    registry = Registry()
    registry.register("acme", lambda _: Acme(sdk, close))
    return registry


def test_a_call_ends_at_its_deadline_and_says_what_the_time_went_to(sdk: Sdk) -> None:
    registry = acme(sdk)
    client = registry.get("acme")
    with pytest.raises(DeadlineError, match=r"all spent: .*0\.\d+ s in Sdk\.wait"):
        client.ark_dynamic("US.TSLA", timeout=0.1)
    with pytest.raises(DeadlineError, match=r"all spent: .*0\.\d+ s waiting for one of 1 threads"):
        client.ark_dynamic("US.TSLA", timeout=0.1)
    sdk.released.release()
    sdk.released.release()
    assert client.ark_dynamic("US.TSLA") == ANSWER
    registry.close()


async def test_closing_closes_the_sdk_once_in_a_thread_and_ends_all(sdk: Sdk) -> None:
    closed: list[threading.Thread] = []
    provider = Acme(sdk, lambda: closed.append(threading.current_thread()))
    sdk.released.release()
    await provider.ark_dynamic(ANSWER.symbol)
    await provider.aclose()
    await provider.aclose()
    assert closed == sdk.threads
    closed[0].join(2.0)
    assert not closed[0].is_alive()
    with pytest.raises(ClientClosedError, match="Acme is closed"):
        await provider.ark_dynamic(ANSWER.symbol)


async def test_what_was_never_asked_has_nothing_to_close(sdk: Sdk) -> None:
    before = threading.active_count()
    provider = Acme(sdk, partial(fail, AssertionError("closed")))
    await provider.aclose()
    assert threading.active_count() == before


async def test_closing_waits_for_no_thread_that_hangs(sdk: Sdk, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("brokerport.kit.sync_provider.CLOSING", 0.05)
    provider = Acme(sdk)
    await _all_hang(provider, sdk)
    with caplog.at_level(logging.WARNING, "brokerport"):
        await provider.aclose()
    assert "Acme.close() did not end within 0.05 s" in caplog.text


async def test_threads_that_nobody_closed_end_with_their_provider() -> None:
    provider, meeting = Two(), threading.Barrier(2)

    def met() -> threading.Thread:
        meeting.wait(2.0)
        return threading.current_thread()

    threads = await asyncio.gather(*(provider.blocking(met) for _ in range(2)))
    assert threads[0] is not threads[1]
    del provider
    await asyncio.sleep(0)
    for thread in threads:
        thread.join(2.0)
    assert not any(thread.is_alive() for thread in threads)


HUNG = """
import threading
from datetime import UTC, datetime
from brokerport import ArkDynamic, ArkProvider, DeadlineError, registry
from brokerport.kit.sync_provider import SyncProvider

class Hangs(SyncProvider, ArkProvider):
    async def ark_dynamic(self, symbol):
        await self.blocking(threading.Event().wait)

registry.register("hangs", lambda _: Hangs())
try:
    registry.get("hangs").ark_dynamic("US.TSLA", timeout=1)
except DeadlineError as error:
    print(error)
"""


def test_the_interpreters_exit_waits_for_no_thread(run_python: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    done = run_python(HUNG)
    assert "s in Event.wait" in done.stdout
    assert done.returncode == 0
    assert done.stderr in ("", "Hangs.close() did not end within 0.5 s, and its thread was left behind\n")
