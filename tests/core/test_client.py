"""The two doors: what they ask of a provider, how they close, and what they leave behind."""

from __future__ import annotations

import asyncio
import gc
import logging
import threading
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest

from brokerport import (
    ArkDynamic,
    ArkProvider,
    AsyncClient,
    BrokerRanking,
    BrokerRankingProvider,
    CapitalDistribution,
    CapitalProvider,
    Client,
    ClientClosedError,
    DeadlineError,
    InvalidRequestError,
    OrderSizes,
    PluginError,
    Provider,
    ShortInterest,
    ShortInterestHistory,
    ShortProvider,
    ShortVolume,
    ShortVolumeHistory,
    Source,
    Symbol,
    UnsupportedError,
)
from brokerport.client import asking, portal

SOURCE = Source("toy", datetime(2024, 5, 2, tzinfo=UTC))
SIZES = OrderSizes(large=1.0, medium=2.0, small=3.0)
QUESTIONS = ["ark_dynamic", "capital_distribution", "broker_ranking", "short_volume", "short_interest"]
METHODS = [*QUESTIONS, "iter_short_volume", "iter_short_interest"]
HAS_NO = r"toy has no .*; brokerport capabilities shows who has"
OWN_THREAD = "a blocking call from brokerport's own thread could never end: use the AsyncClient there"


class Echo(ArkProvider, CapitalProvider, BrokerRankingProvider, ShortProvider):
    """Answers with what it was asked, after the loop has gone round."""

    def __init__(self) -> None:
        self.closed = threading.Event()
        self.closings = 0
        self.threads: set[str] = set()

    async def ark_dynamic(self, symbol: Symbol) -> ArkDynamic:
        await asyncio.sleep(0)
        self.threads.add(threading.current_thread().name)
        return ArkDynamic(symbol=symbol, source=SOURCE)

    async def capital_distribution(self, symbol: Symbol) -> CapitalDistribution:
        return CapitalDistribution(symbol=symbol, inflow=SIZES, outflow=SIZES, source=SOURCE)

    async def broker_ranking(self, symbol: Symbol, *, days_before: int) -> BrokerRanking:
        return BrokerRanking(symbol=symbol, real_time=days_before == 0, source=SOURCE)

    async def short_volume(self, symbol: Symbol, *, limit: int | None, after: str | None) -> ShortVolumeHistory:
        return ShortVolumeHistory(symbol=symbol, rows=(ShortVolume(volume=limit),), source=SOURCE)

    async def short_interest(self, symbol: Symbol, *, limit: int | None, after: str | None) -> ShortInterestHistory:
        return ShortInterestHistory(symbol=symbol, rows=(ShortInterest(short_shares=limit),), source=SOURCE)

    async def aclose(self) -> None:
        self.closings += 1
        self.closed.set()


class Waiting(Echo):
    """Never answers; tells when it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = threading.Event()
        self.released = threading.Event()

    async def ark_dynamic(self, symbol: Symbol) -> ArkDynamic:
        self.asked.set()
        await asyncio.get_running_loop().create_future()
        raise AssertionError

    async def capital_distribution(self, symbol: Symbol) -> CapitalDistribution:
        self.asked.set()
        self.released.wait()  # blocks the loop
        return await super().capital_distribution(symbol)


class OnlyArk(ArkProvider):
    async def ark_dynamic(self, symbol: Symbol) -> ArkDynamic:
        return ArkDynamic(symbol=symbol, source=SOURCE)


def portals() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "brokerport"]


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(16) as pool:
        yield pool


# What is asked, and of whom


@pytest.mark.parametrize("question", QUESTIONS)
async def test_both_doors_give_the_same_answers(question: str) -> None:
    async with AsyncClient(Echo, broker="toy") as awaited:
        with Client(Echo, broker="toy") as blocking:
            answer = getattr(blocking, question)("HK.00700")
            assert answer == await getattr(awaited, question)(Symbol("HK", "00700"))
            assert answer.symbol == Symbol.parse("HK.00700")


def test_arguments_reach_the_provider() -> None:
    with Client(Echo, broker="toy") as toy:
        assert (toy.broker_ranking("HK.1").real_time, toy.broker_ranking("HK.1", days_before=3).real_time) == (True, False)
        assert (toy.short_volume("HK.1").rows[0].volume, toy.short_volume("HK.1", limit=3).rows[0].volume) == (10, 3)
        assert toy.short_interest("HK.1", limit=None).rows[0].short_shares is None
        assert [row.volume for row in toy.iter_short_volume("HK.1")] == [None]
        assert [row.short_shares for row in toy.iter_short_interest("HK.1", limit=7)] == [7]


@pytest.mark.parametrize("question", METHODS[1:])
async def test_a_question_that_the_broker_has_no_answer_to_is_unsupported(question: str) -> None:
    with Client(OnlyArk, broker="toy") as blocking, pytest.raises(UnsupportedError, match=HAS_NO):
        getattr(blocking, question)("HK.00700")
    async with AsyncClient(OnlyArk, broker="toy") as awaited:
        with pytest.raises(UnsupportedError):
            await getattr(awaited, question)("HK.00700")


def test_the_provider_is_made_once_by_the_first_call_and_on_the_loop() -> None:
    made: list[str] = []

    def make() -> Provider:
        made.append(threading.current_thread().name)
        return Echo()

    toy = Client(make, broker="toy")
    assert made == []
    assert [row.volume for row in toy.iter_short_volume("HK.1")] == [None]
    toy.ark_dynamic("HK.1")
    toy.close()
    assert made == ["brokerport"]


def test_a_provider_that_cannot_be_made_fails_the_call_and_the_next_tries_again() -> None:
    outcomes: list[Any] = [PluginError("not yet"), Echo()]

    def make() -> Provider:
        outcome: Provider | Exception = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    with Client(make, broker="toy") as toy:
        with pytest.raises(PluginError, match="not yet"):
            toy.ark_dynamic("HK.1")
        assert toy.ark_dynamic("HK.1").symbol == Symbol.parse("HK.1")


def test_it_says_who_it_is_and_whether_it_is_closed() -> None:
    toy, other = Client(Echo, broker="toy"), AsyncClient(Echo, broker="other")
    assert (repr(toy), toy.broker, toy.closed) == ("<Client toy>", "toy", False)
    assert (repr(other), other.broker, other.closed) == ("<AsyncClient other>", "other", False)
    toy.close()
    asyncio.run(other.aclose())
    assert (repr(toy), toy.closed) == ("<Client toy closed>", True)
    assert (repr(other), other.closed) == ("<AsyncClient other closed>", True)


# Threads and loops


def test_sixteen_threads_get_their_own_answers(pool: ThreadPoolExecutor) -> None:
    codes = [f"US.{thread}-{turn}" for thread in range(16) for turn in range(20)]
    echo = Echo()
    with Client(lambda: echo, broker="toy") as toy:
        answers = list(pool.map(toy.ark_dynamic, codes))
    assert [str(answer.symbol) for answer in answers] == codes
    assert echo.threads == {"brokerport"}


def test_there_is_no_thread_before_the_first_call_and_one_for_all_clients_then() -> None:
    with Client(Echo, broker="one") as one, Client(Echo, broker="two") as two:
        assert portals() == []
        one.ark_dynamic("US.A")
        two.ark_dynamic("US.A")
        assert len(portals()) == 1
    assert portals() == []


def test_closing_what_was_never_asked_starts_nothing() -> None:
    with Client(Echo, broker="toy") as toy:
        pass
    assert (toy.closed, toy._line._portal) == (True, None)


def test_the_thread_comes_back_for_the_next_client() -> None:
    for _ in range(3):
        with Client(Echo, broker="toy") as toy:
            toy.ark_dynamic("US.A")
            assert len(portals()) == 1
        assert portals() == []


async def test_a_blocking_call_works_inside_a_running_loop() -> None:
    with Client(Echo, broker="toy") as toy:
        assert toy.ark_dynamic("US.TSLA").symbol == Symbol.parse("US.TSLA")
        assert [row.volume for row in toy.iter_short_volume("US.TSLA")] == [None]


def test_a_blocking_call_from_the_portals_own_thread_is_refused_at_once() -> None:
    class Recursive(Echo):
        async def ark_dynamic(self, symbol: Symbol) -> ArkDynamic:
            return toy.ark_dynamic(symbol)

    with Client(Recursive, broker="toy") as toy:
        with pytest.raises(InvalidRequestError, match=OWN_THREAD):
            toy.ark_dynamic("US.A")
        assert toy.capital_distribution("US.A").symbol == Symbol.parse("US.A")


def test_a_timeout_longer_than_any_lock_can_wait_is_as_good_as_none() -> None:
    with Client(Echo, broker="toy") as toy:
        assert toy.ark_dynamic("US.A", timeout=1e300).symbol == Symbol.parse("US.A")


def test_a_deadline_holds_for_callers_that_block() -> None:
    with Client(Waiting, broker="toy", timeout=0.01) as toy, pytest.raises(DeadlineError, match=r"toy\.ark_dynamic\('US\.A'\) had 0\.01 s"):
        toy.ark_dynamic("US.A")


def test_a_provider_that_blocks_the_loop_ends_in_a_deadline_and_the_client_lives_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portal, "GRACE", 0.01)
    provider = Waiting()
    with Client(lambda: provider, broker="toy") as toy:
        with pytest.raises(DeadlineError, match="a plugin or a callback blocks brokerport's event loop"):
            toy.capital_distribution("US.A", timeout=0.01)
        provider.released.set()
        monkeypatch.undo()
        assert toy.capital_distribution("US.A").symbol == Symbol.parse("US.A")


@pytest.mark.parametrize("exit_code", [SystemExit(1), SystemExit()])
def test_a_plugin_that_ends_the_program_ends_only_its_own_call(exit_code: SystemExit) -> None:
    class Quits(Echo):
        async def ark_dynamic(self, symbol: Symbol) -> ArkDynamic:
            raise exit_code

    with Client(Echo, broker="other") as other, Client(Quits, broker="toy") as toy:
        with pytest.raises(PluginError, match="the plugin raised SystemExit"):
            toy.ark_dynamic("US.A")
        assert other.ark_dynamic("US.A").symbol == toy.capital_distribution("US.A").symbol


def test_a_door_shows_questions_and_what_is_for_users_and_nothing_inside() -> None:
    beside = {"ask", "broker", "call", "closed", "iterate", "question", "stats"}
    for kind, closing in ((Client, "close"), (AsyncClient, "aclose")):
        door = kind(Echo, broker="toy")
        assert {name for name in dir(door) if not name.startswith("_")} == {*METHODS, *beside, closing}
        assert {name for name in vars(door) if not name.startswith("_")} == {"broker"}


# Closing


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("used", [True, False])
def test_after_close_every_method_says_so(method: str, used: bool) -> None:
    toy = Client(Echo, broker="toy")
    if used:
        toy.ark_dynamic("US.A")
    toy.close()
    with pytest.raises(ClientClosedError, match="the client is closed; get a new one"):
        getattr(toy, method)("HK.00700")
    assert portals() == []


@pytest.mark.parametrize("method", METHODS)
def test_after_close_every_method_says_so_while_others_are_open(method: str) -> None:
    with Client(Echo, broker="other") as other, Client(Echo, broker="toy") as toy:
        other.ark_dynamic("US.A")
        toy.ark_dynamic("US.A")
        toy.close()
        with pytest.raises(ClientClosedError, match="toy: the client is closed; get a new one"):
            getattr(toy, method)("HK.00700")


@pytest.mark.parametrize("used", [True, False])
@pytest.mark.parametrize("method", METHODS)
async def test_after_aclose_every_method_says_so_and_makes_no_provider(method: str, used: bool) -> None:
    made: list[Provider] = []
    toy = AsyncClient(lambda: made.append(Echo()) or made[-1], broker="toy")  # type: ignore[func-returns-value]
    if used:
        await toy.ark_dynamic("US.A")
    await toy.aclose()
    with pytest.raises(ClientClosedError, match="toy: the client is closed; get a new one"):
        await getattr(toy, method)("HK.00700")
    assert len(made) == used


async def test_an_iterator_that_outlives_its_client_says_so() -> None:
    class Paged(Echo):
        async def short_volume(self, symbol: Symbol, *, limit: int | None, after: str | None) -> ShortVolumeHistory:
            page = await super().short_volume(symbol, limit=limit, after=after)
            return ShortVolumeHistory(symbol=symbol, rows=page.rows, cursor=f"{after}+", source=SOURCE)

    toy = AsyncClient(Paged, broker="toy")
    each = toy.iter_short_volume("US.A")
    await anext(each)
    await toy.aclose()
    with pytest.raises(ClientClosedError):
        await anext(each)


def test_closing_closes_the_provider_once_however_often_it_is_done() -> None:
    echo = Echo()
    with Client(lambda: echo, broker="toy") as toy:
        toy.ark_dynamic("US.A")
        toy.close()
        toy.close()
    assert echo.closings == 1


async def test_aclosing_closes_the_provider_once_however_often_it_is_done() -> None:
    echo = Echo()
    async with AsyncClient(lambda: echo, broker="toy") as toy:
        await toy.ark_dynamic("US.A")
        await asyncio.gather(toy.aclose(), toy.aclose())
    assert echo.closings == 1


def test_close_ends_a_call_that_another_thread_waits_in(pool: ThreadPoolExecutor) -> None:
    provider = Waiting()
    toy = Client(lambda: provider, broker="toy")
    calls = [pool.submit(toy.ark_dynamic, "US.A") for _ in range(3)]
    assert provider.asked.wait(2)
    toy.close()
    errors = [call.exception(2) for call in calls]
    assert [type(error) for error in errors] == [ClientClosedError] * 3
    assert (provider.closings, portals()) == (1, [])


def test_the_loop_does_not_stop_while_a_call_is_on_its_way_to_it(pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch) -> None:
    toy = Client(Echo, broker="toy")
    toy.ark_dynamic("US.A")
    loop = portal.shared()._loop
    assert loop is not None
    on_its_way, closed = threading.Event(), threading.Event()
    send = loop.call_soon_threadsafe

    def send_late(*work: Any) -> object:
        if not on_its_way.is_set():
            on_its_way.set()
            closed.wait(0.1)  # a loop that stopped meanwhile would never begin this call
        return send(*work)

    monkeypatch.setattr(loop, "call_soon_threadsafe", send_late)
    call = pool.submit(toy.ark_dynamic, "US.A")
    assert on_its_way.wait(2)
    toy.close()
    closed.set()
    assert isinstance(call.exception(2), ClientClosedError | None)
    assert portals() == []


def test_what_ends_without_a_call_of_ours_is_told_as_closed(pool: ThreadPoolExecutor) -> None:
    provider = Waiting()
    with Client(Echo, broker="other") as other, Client(lambda: provider, broker="toy") as toy:
        other.ark_dynamic("US.A")
        call = pool.submit(toy.ark_dynamic, "US.A")
        assert provider.asked.wait(2)
        gate = portal.shared()
        assert gate._loop is not None
        for task in asyncio.all_tasks(gate._loop):
            gate._loop.call_soon_threadsafe(task.cancel)
        assert isinstance(call.exception(2), ClientClosedError)


class Stuck(Echo):
    """Does not close, one way or another."""

    def __init__(self, closing: Callable[[], Any]) -> None:
        super().__init__()
        self._closing = closing

    async def aclose(self) -> None:
        await self._closing()


async def never() -> None:
    await asyncio.get_running_loop().create_future()


async def badly() -> None:
    raise ValueError("no")


@pytest.mark.parametrize(
    ("closing", "warning"),
    [
        (never, "toy: the provider did not close within 0.01 s and was left behind"),
        (badly, "toy: the provider did not close and was left behind"),
    ],
)
def test_a_provider_that_does_not_close_is_left_behind_with_a_warning(
    closing: Callable[[], Any], warning: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(asking, "CLOSING", 0.01)
    with Client(lambda: Stuck(closing), broker="toy") as toy:
        toy.ark_dynamic("US.A")
    assert [(record.name, record.levelno, record.message) for record in caplog.records] == [("brokerport", logging.WARNING, warning)]
    assert portals() == []


# Collected, never closed


def test_a_client_that_is_never_closed_closes_when_it_is_collected() -> None:
    echo = Echo()
    toy = Client(lambda: echo, broker="toy")
    toy.ark_dynamic("US.A")
    gone = weakref.ref(toy)
    del toy
    gc.collect()
    assert (gone(), echo.closings, portals()) == (None, 1, [])


def test_an_iterator_keeps_its_client_and_both_go_together() -> None:
    echo = Echo()
    each = Client(lambda: echo, broker="toy").iter_short_volume("US.A")
    gc.collect()
    assert echo.closings == 0
    assert next(each).volume is None
    del each
    gc.collect()
    assert (echo.closings, portals()) == (1, [])


def test_a_client_may_be_collected_by_the_portals_own_thread() -> None:
    collected = Echo()

    class Collecting(Echo):
        async def ark_dynamic(self, symbol: Symbol) -> ArkDynamic:
            gc.collect()
            return await super().ark_dynamic(symbol)

    gc.disable()  # so that it is that call which finds the cycle
    try:
        with Client(Collecting, broker="toy") as toy:
            lost = Client(lambda: collected, broker="lost")
            lost.ark_dynamic("US.A")
            lost.itself = lost  # type: ignore[attr-defined]
            del lost
            assert collected.closings == 0
            assert toy.ark_dynamic("US.A").symbol == Symbol.parse("US.A")
            assert collected.closed.wait(2)
            assert toy.ark_dynamic("US.A").symbol == Symbol.parse("US.A")
    finally:
        gc.enable()
    assert (collected.closings, portals()) == (1, [])


def test_the_last_client_may_be_closed_by_the_portals_own_thread() -> None:
    closed = threading.Event()

    class ClosesItself(Echo):
        async def ark_dynamic(self, symbol: Symbol) -> ArkDynamic:
            toy.close()
            closed.set()
            await asyncio.get_running_loop().create_future()
            raise AssertionError

    toy = Client(ClosesItself, broker="toy")
    with pytest.raises(ClientClosedError):
        toy.ark_dynamic("US.A")
    assert closed.is_set()
    for thread in portals():
        thread.join(2)
    assert portals() == []
