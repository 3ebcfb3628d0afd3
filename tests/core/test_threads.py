"""Many threads, one client; and observers that do what they should not, on the thread that all calls share."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from brokerport import ArkDynamic, ArkProvider, Client, ClientClosedError, DeadlineError, InvalidRequestError, Registry, Symbol
from brokerport.client import portal
from brokerport.events import CallStarted, Event
from core import toy
from core.toy import ANSWER

THREADS = 64
CALLS = 40


class Echo(ArkProvider):
    async def ark_dynamic(self, symbol: Symbol) -> ArkDynamic:
        await asyncio.sleep(0)
        return ArkDynamic(symbol=symbol, source=ANSWER.source)


@pytest.fixture
def switching() -> Iterator[None]:
    """Threads take turns as often as Python lets them."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("switching")
def test_every_thread_gets_its_own_answers_and_every_call_is_accounted_for() -> None:
    def ask(client: Client, thread: int) -> bool:
        asked = [f"US.{thread}-{call}" for call in range(CALLS)]
        return [str(client.ark_dynamic(each).symbol) for each in asked] == asked

    with Client(Echo, broker="toy") as client, ThreadPoolExecutor(THREADS) as pool:
        assert all(pool.map(partial(ask, client), range(THREADS)))
        stats = client.stats()
    assert (stats.calls, stats.answered, stats.failed, stats.cancelled) == (THREADS * CALLS, THREADS * CALLS, {}, 0)


@pytest.mark.usefixtures("switching")
def test_a_client_that_others_close_all_the_time_answers_or_says_so() -> None:
    """Asking for a client, using and closing it: the thread behind all of them starts and ends over and over meanwhile."""
    registry = Registry()
    registry.register("toy", lambda _: Echo())

    def ask_and_close(thread: int) -> set[str]:
        return {_outcome(registry.get("toy"), f"US.{thread}-{turn}") for turn in range(25)}

    with ThreadPoolExecutor(16) as pool:
        outcomes = set().union(*pool.map(ask_and_close, range(16)))
    registry.close()
    assert outcomes <= {"answered", "closed"}
    assert "answered" in outcomes
    gate = portal.shared()
    assert (gate._leases, gate._loop, gate._thread, gate._ending) == (set(), None, None, set())


def _outcome(client: Client, code: str) -> str:
    try:
        answer = client.ark_dynamic(code, timeout=60)
    except ClientClosedError:
        return "closed"
    finally:
        client.close()
    return "answered" if str(answer.symbol) == code else "wrong"


def test_work_that_comes_with_the_last_lease_still_tells_of_its_end() -> None:
    """It begins in the turn of the loop that is told to stop."""
    gate = portal.shared()
    lease = portal.Lease(gate)
    lease.begin()
    begun: list[portal._Run[None]] = []

    async def last() -> None:
        run = portal._Run(partial(asyncio.sleep, 3600))
        gate._begin(run)
        begun.append(run)

    lease.end(last, seconds=1)()
    with pytest.raises(asyncio.CancelledError):
        begun[0].result(1)


def test_closing_ends_a_thousand_blocked_threads_and_leaves_none() -> None:
    class Waiting(Echo):
        asked = 0
        all_asked = threading.Event()

        async def ark_dynamic(self, symbol: Symbol) -> ArkDynamic:
            Waiting.asked += 1
            if Waiting.asked == 1000:
                self.all_asked.set()
            await asyncio.get_running_loop().create_future()
            raise AssertionError

    ended: list[type[BaseException]] = []

    def ask() -> None:
        try:
            client.ark_dynamic("US.TSLA", timeout=60)
        except ClientClosedError as error:
            ended.append(type(error))

    client = Client(Waiting, broker="toy", share=False)
    before = set(threading.enumerate())
    threads = [threading.Thread(target=ask) for _ in range(1000)]
    for thread in threads:
        thread.start()
    assert Waiting.all_asked.wait(3)
    client.close()
    for thread in threads:
        thread.join()
    assert ended == [ClientClosedError] * 1000
    assert set(threading.enumerate()) <= before
    assert client.stats().failed == {"ClientClosedError": 1000}


# Observers


def observed(hear: Callable[[Client], object]) -> tuple[Client, list[BaseException]]:
    """A client whose observer does something at the beginning of every call, and what came out of that."""
    registry, failures = toy.brokers(), list[BaseException]()

    def on_event(event: Event) -> None:
        if isinstance(event, CallStarted):
            try:
                hear(client)
            except BaseException as error:
                failures.append(error)
                raise

    registry.observe(on_event)
    client = registry.get("toy")
    return client, failures


def test_an_observer_that_asks_its_blocking_client_is_told_that_it_must_not() -> None:
    client, failures = observed(lambda client: client.ark_dynamic("US.AAPL"))
    with client:
        assert client.ark_dynamic("US.TSLA") == ANSWER
        assert client.stats().observer_failures == 1
    assert [type(failure) for failure in failures] == [InvalidRequestError]


@pytest.mark.parametrize("error", [ValueError("no"), SystemExit(1), asyncio.CancelledError()])
def test_an_observer_that_raises_is_in_nobodys_way(error: BaseException) -> None:
    def hear(_: Client) -> None:
        raise error

    client, failures = observed(hear)
    with client:
        assert client.ark_dynamic("US.TSLA") == ANSWER
    assert failures == [error]


def test_an_observer_may_close_the_client_that_it_hears() -> None:
    client, failures = observed(Client.close)
    assert _outcome(client, "US.TSLA") in {"answered", "closed"}  # as the call was quicker, or the end
    for thread in threading.enumerate():
        if thread.name == "brokerport":
            thread.join(2)
    assert (failures, client.closed) == ([], True)


def test_an_observer_that_blocks_ends_calls_in_a_deadline_until_it_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portal, "GRACE", 0.01)
    done = threading.Event()
    client, failures = observed(lambda _: done.wait())
    with client:
        with pytest.raises(DeadlineError, match="a plugin or a callback blocks brokerport's event loop"):
            client.ark_dynamic("US.TSLA", timeout=0.01)
        done.set()
        monkeypatch.undo()
        assert client.ark_dynamic("US.TSLA") == ANSWER
    assert failures == []


@pytest.mark.parametrize("error", [SystemExit(1), KeyboardInterrupt()])
def test_a_callback_of_a_plugin_that_ends_the_program_ends_nothing(error: BaseException, caplog: pytest.LogCaptureFixture) -> None:
    async def plant() -> None:
        asyncio.get_running_loop().call_soon(_raise, error)

    with toy.blocks(plant) as client:
        assert [client.ark_dynamic("US.TSLA") for _ in range(3)] == [ANSWER] * 3
    text = f"a plugin's callback raised {type(error).__name__} on brokerport's event loop, which goes on"
    assert [record.message for record in caplog.records] == [text]


def _raise(error: BaseException) -> None:
    raise error


def test_a_machine_without_threads_ends_the_call_in_an_error_of_ours_and_the_next_tries_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with toy.blocks() as client:
        monkeypatch.setattr(threading.Thread, "start", start)
        with pytest.raises(ConnectionError, match="brokerport's thread cannot be started: can't start new thread"):
            client.ark_dynamic("US.TSLA")
        monkeypatch.undo()
        assert client.ark_dynamic("US.TSLA") == ANSWER
