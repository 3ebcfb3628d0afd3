"""Closing is one-way, happens once, and goes on without its caller, wherever he is interrupted."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType

import pytest

from brokerport import ArkDynamic, ArkProvider, AsyncClient, Client, ClientClosedError, InvalidRequestError, Registry, Symbol
from brokerport.client import asking, portal
from core.toy import ANSWER, until

OURS = str(Path(asking.__file__).parents[1])  # the files of core
LONG = 5  # turns of the loop that the provider takes to close


class Slow(ArkProvider):
    """Takes some turns of the loop to close."""

    def __init__(self, turns: int = LONG) -> None:
        self.turns = turns
        self.closings = 0
        self.closed = threading.Event()

    async def ark_dynamic(self, symbol: Symbol) -> ArkDynamic:
        return ANSWER

    async def aclose(self) -> None:
        self.closings += 1
        for _ in range(self.turns):
            await asyncio.sleep(0)
        self.closed.set()


# Coroutines


@pytest.mark.parametrize("turns", range(LONG + 4))
async def test_an_aclose_that_is_cancelled_leaves_a_client_that_closes_all_the_same(turns: int) -> None:
    provider = Slow()
    client = AsyncClient(lambda: provider, broker="toy")
    await client.ark_dynamic("US.TSLA")
    closing = asyncio.create_task(client.aclose())
    for _ in range(turns):
        await asyncio.sleep(0)
    closing.cancel()
    await asyncio.wait([closing])
    assert client.closed is (turns > 0)  # else it never began
    await client.aclose()
    assert (provider.closings, provider.closed.is_set(), client.closed) == (1, True, True)
    with pytest.raises(ClientClosedError, match="toy: the client is closed; get a new one"):
        await client.ark_dynamic("US.TSLA")


async def test_it_goes_on_when_nobody_waits_for_it_any_more() -> None:
    provider = Slow()
    client = AsyncClient(lambda: provider, broker="toy")
    await client.ark_dynamic("US.TSLA")
    closing = asyncio.create_task(client.aclose())
    await asyncio.sleep(0)
    closing.cancel()
    await until(provider.closed.is_set)
    assert closing.cancelled()


async def test_whoever_closes_later_waits_for_the_same_end() -> None:
    provider = Slow()
    client = AsyncClient(lambda: provider, broker="toy")
    await client.ark_dynamic("US.TSLA")
    first = asyncio.create_task(client.aclose())
    await asyncio.sleep(0)
    assert not provider.closed.is_set()
    await client.aclose()
    assert (provider.closings, provider.closed.is_set()) == (1, True)
    await first


async def test_calls_that_run_end_although_the_one_who_closes_leaves() -> None:
    class Hangs(Slow):
        async def ark_dynamic(self, symbol: Symbol) -> ArkDynamic:
            await asyncio.get_running_loop().create_future()
            raise AssertionError

    client = AsyncClient(Hangs, broker="toy")
    call = asyncio.create_task(client.ark_dynamic("US.TSLA"))
    await until(lambda: bool(client._asking._calls))
    closing = asyncio.create_task(client.aclose())
    await asyncio.sleep(0)
    closing.cancel()
    with pytest.raises(ClientClosedError, match="the client was closed while the call ran"):
        await call


def test_a_loop_that_is_not_its_own_cannot_close_it_and_its_own_still_can() -> None:
    provider = Slow()
    client = AsyncClient(lambda: provider, broker="toy")
    with asyncio.Runner() as own, asyncio.Runner() as other:
        own.run(client.ark_dynamic("US.TSLA"))
        for _ in range(2):
            with pytest.raises(InvalidRequestError, match=r"toy\.aclose\(\): this AsyncClient belongs to another event loop"):
                other.run(client.aclose())
        assert not provider.closings
        own.run(client.aclose())
    assert (provider.closings, provider.closed.is_set()) == (1, True)


def test_a_loop_that_ends_amid_the_closing_lets_the_provider_close() -> None:
    """As asyncio.run does after a second Ctrl-C: it cancels whatever runs, and waits."""
    provider = Slow(turns=0)

    async def deaf() -> None:
        try:
            await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError:
            await asyncio.sleep(0.05)

    client = AsyncClient(lambda: provider, broker="toy")

    async def main() -> None:
        call = asyncio.create_task(client.call("deaf()", Slow, lambda _: deaf()))
        await until(lambda: bool(client._asking._calls))
        await asyncio.wait([asyncio.create_task(client.aclose()), call], timeout=0)

    asyncio.run(main())
    assert provider.closings == 1


async def test_a_call_that_will_not_end_keeps_no_provider_from_closing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(asking, "CLOSING", 0.2)
    released = asyncio.Event()

    async def deaf(_: Slow) -> None:
        while not released.is_set():
            with suppress(asyncio.CancelledError):
                await released.wait()

    provider = Slow()
    client = AsyncClient(lambda: provider, broker="toy")
    call = asyncio.create_task(client.call("deaf()", Slow, deaf))
    await until(lambda: bool(client._asking._calls))
    await client.aclose()
    assert (provider.closings, provider.closed.is_set()) == (1, True)
    assert caplog.messages == ["toy: a call goes on that was cancelled, and was left behind"]
    released.set()
    await asyncio.wait([call])
    assert not isinstance(call.exception(), AssertionError)


async def test_a_provider_that_goes_on_closing_holds_nobody_up(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(asking, "CLOSING", 0.1)
    monkeypatch.setattr(asking, "STUBBORN", 0.1)
    released, ended = asyncio.Event(), asyncio.Event()

    async def stubborn() -> None:
        while not released.is_set():
            with suppress(asyncio.CancelledError):
                await released.wait()
        ended.set()

    await _aclosed(stubborn)
    assert caplog.messages == ["toy: the provider goes on closing although it was cancelled, and was left behind"]
    assert not ended.is_set()
    released.set()
    await ended.wait()


async def test_a_route_closes_each_broker_whatever_the_others_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "CLOSING", 0.05)
    providers = {"hangs": Slow(turns=sys.maxsize), "quits": Quits(), "closes": Slow()}
    registry = Registry()
    for name, provider in providers.items():
        registry.register(name, lambda _, provider=provider: provider)  # type: ignore[misc]
    async with registry.route_async(*providers) as client:
        for stop in client._asking._open()._stops.values():  # type: ignore[attr-defined]
            await stop._opened().ark_dynamic("US.TSLA")
    assert [provider.closings for provider in providers.values()] == [1, 1, 1]
    assert providers["closes"].closed.is_set()


class Quits(Slow):
    async def aclose(self) -> None:
        self.closings += 1
        raise SystemExit(3)


# Threads


def interrupted(act: Callable[[], object], at: int) -> bool:
    """Do it, with an interrupt at that step of ours: where a function begins or ends, or after a call of one in C."""
    steps = 0

    def strike(frame: FrameType, event: str, _: object) -> None:
        nonlocal steps
        if event in ("call", "return", "c_return") and frame.f_code.co_filename.startswith(OURS):
            steps += 1
            if steps == at:
                sys.setprofile(None)
                raise KeyboardInterrupt

    sys.setprofile(strike)
    try:
        act()
    except KeyboardInterrupt:
        return True
    finally:
        sys.setprofile(None)
    return False


def test_an_interrupt_at_any_point_of_a_close_leaves_a_client_that_closes_and_is_given_to_nobody() -> None:
    for step in range(1, 400):
        provider = Slow(turns=0)
        registry = Registry()
        registry.register("toy", lambda _, provider=provider: provider)  # type: ignore[misc]
        client = registry.get("toy")
        client.ark_dynamic("US.TSLA")
        struck = interrupted(client.close, step)
        if not struck:
            break
        if client.closed:
            assert provider.closed.wait(2), step  # without its caller
            assert registry.get("toy") is not client
        client.close()
        assert (provider.closings, client.closed) == (1, True), step
        with pytest.raises(ClientClosedError):
            client.ark_dynamic("US.TSLA")
    assert step > 20
    assert not struck
    for thread in threading.enumerate():
        if thread.name == "brokerport":
            thread.join(2)
    assert portal.shared()._leases == set()


def test_an_interrupt_at_any_point_of_the_first_call_leaves_no_thread_that_nobody_ends() -> None:
    for step in range(1, 400):
        provider = Slow(turns=0)
        client = Client(lambda provider=provider: provider, broker="toy")  # type: ignore[misc]
        struck = interrupted(client._line.open, step)
        assert client.ark_dynamic("US.TSLA") is ANSWER
        client.close()
        assert portal.shared()._leases == set(), step
        if not struck:
            break
    assert (struck, provider.closings) == (False, 1)


def test_two_threads_that_close_at_the_same_time_both_wait_for_the_end() -> None:
    begun, told = threading.Event(), threading.Event()

    class Waits(Slow):
        async def aclose(self) -> None:
            begun.set()
            await asyncio.to_thread(told.wait)
            await super().aclose()

    provider = Waits()
    client = Client(lambda: provider, broker="toy")
    client.ark_dynamic("US.TSLA")
    first = threading.Thread(target=client.close)
    first.start()
    assert begun.wait(2)
    second = threading.Thread(target=client.close)
    second.start()
    assert (first.is_alive(), second.is_alive(), client.closed) == (True, True, True)
    told.set()
    for thread in (first, second):
        thread.join(2)
    assert (provider.closings, provider.closed.is_set()) == (1, True)


def test_a_close_while_the_provider_is_made_closes_what_was_made() -> None:
    making, go_on = threading.Event(), threading.Event()
    provider = Slow()

    def make() -> Slow:
        making.set()
        go_on.wait()
        return provider

    client = Client(make, broker="toy")
    outcomes: list[BaseException] = []

    def ask() -> None:
        try:
            client.ark_dynamic("US.TSLA")
        except ClientClosedError as error:
            outcomes.append(error)

    asks = threading.Thread(target=ask)
    asks.start()
    assert making.wait(2)
    closes = threading.Thread(target=client.close)
    closes.start()
    while not client.closed:
        pass
    go_on.set()
    for thread in (asks, closes):
        thread.join(2)
    assert (len(outcomes), provider.closings, provider.closed.is_set()) == (1, 1, True)


def test_an_error_in_the_block_closes_too() -> None:
    provider = Slow()
    client = Client(lambda: provider, broker="toy")
    client.ark_dynamic("US.TSLA")
    with pytest.raises(ZeroDivisionError), client:
        raise ZeroDivisionError
    assert (provider.closings, client.closed) == (1, True)


def test_a_client_that_is_closed_for_good_is_closed_again_without_a_thread() -> None:
    client = Client(Slow, broker="toy")
    client.ark_dynamic("US.TSLA")
    client.close()
    client.close()
    assert [thread for thread in threading.enumerate() if thread.name == "brokerport"] == []


# What a provider does wrong when it is closed


class Own(BaseException):
    """A plugin's."""


@pytest.mark.parametrize("error", [SystemExit(3), GeneratorExit(), asyncio.CancelledError(), Own("mine"), ValueError("no")])
async def test_whatever_a_provider_raises_when_it_is_closed_is_named_and_ends_there(
    error: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    async def raises() -> None:
        raise error

    for closes in (_aclosed, _closed):
        caplog.clear()
        await closes(raises)
        (record,) = caplog.records
        assert record.message == "toy: the provider did not close and was left behind"
        assert record.exc_info is not None
        assert record.exc_info[1] is error


async def _aclosed(closing: Callable[[], Awaitable[None]]) -> None:
    async with AsyncClient(lambda: Ends(closing), broker="toy") as client:
        await client.ark_dynamic("US.TSLA")


async def _closed(closing: Callable[[], Awaitable[None]]) -> None:
    with Client(lambda: Ends(closing), broker="toy") as client:
        client.ark_dynamic("US.TSLA")


class Ends(Slow):
    def __init__(self, closing: Callable[[], Awaitable[None]]) -> None:
        super().__init__()
        self._closing = closing

    async def aclose(self) -> None:
        await self._closing()
