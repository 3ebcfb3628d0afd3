"""What observers hear, in which order, and that none is in the way of another or of a call."""

from __future__ import annotations

import asyncio
import logging
import subprocess
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import attrs
import pytest

from brokerport import (
    AsyncClient,
    Client,
    ConnectionLostError,
    DeadlineError,
    InvalidRequestError,
    PaginationError,
    PluginError,
    Quota,
    Registry,
    RejectedError,
    ShortVolume,
    ShortVolumeHistory,
    ShortVolumeProvider,
    Symbol,
    hookimpl,
    registry,
)
from brokerport.calls.call import reporter, stage
from brokerport.events import (
    AttemptFailed,
    CallEnded,
    CallStarted,
    ConnectionChanged,
    Event,
    OrphanReply,
    PageArrived,
    QuotaWaited,
    QuotaWaiting,
    Refused,
    RetryScheduled,
    events,
)
from brokerport.events.observers import FAILURES
from brokerport.events.reporter import STEADY, Reporter
from brokerport.quotas.limiter import Limiter
from brokerport.testing.virtual_time import run_in_virtual_time
from core import toy as toys
from core.toy import brokers, heard, kinds, until

Install = Callable[..., Path]
RunPython = Callable[..., subprocess.CompletedProcess[str]]

ASKED = "toy.ark_dynamic('US.TSLA')"
LOST = ConnectionLostError("gone")
HEALTHY = ["CallStarted", "CallEnded"]


async def ask(registry: Registry, times: int = 1, **settings: Any) -> None:
    async with registry.get_async("toy", **settings) as toy:
        for _ in range(times):
            await toy.ark_dynamic("US.TSLA")


async def for_ever() -> None:
    await asyncio.get_running_loop().create_future()


def count(event: Event) -> None:
    """Hears and does nothing."""


# What is told


async def test_a_healthy_call_begins_and_ends() -> None:
    toy = brokers()
    told = heard(toy)
    await ask(toy, 2)
    first, end, second, _ = told
    assert (first, second) == (CallStarted("toy", ASKED, 1), CallStarted("toy", ASKED, 2))
    assert isinstance(end, CallEnded)
    assert (end.broker, end.call, end.number, end.error) == ("toy", ASKED, 1, None)
    assert 0 <= end.seconds < 4


def test_a_retried_call_tells_of_each_failure_and_of_the_wait() -> None:
    toy = brokers(LOST, LOST)
    told = heard(toy)
    run_in_virtual_time(ask(toy))
    assert kinds(told) == ["CallStarted", "AttemptFailed", "RetryScheduled", "AttemptFailed", "RetryScheduled", "CallEnded"]
    assert [(each.attempt, each.error) for each in told if isinstance(each, AttemptFailed)] == [(1, LOST), (2, LOST)]
    assert all(0 <= each.seconds <= 2 for each in told if isinstance(each, RetryScheduled))


async def test_a_refused_call_fails_once_and_ends_with_the_error() -> None:
    async def refuse() -> None:
        reporter().refused(-1, "no \x1b[31mrights\n")
        raise RejectedError("no", code=-1, text="no rights")

    toy = brokers(refuse)
    told = heard(toy)
    with pytest.raises(RejectedError) as raised:
        await ask(toy)
    assert kinds(told) == ["CallStarted", "Refused", "AttemptFailed", "CallEnded"]
    assert told[1] == Refused("toy", -1, "no  [31mrights ")
    assert isinstance(told[-1], CallEnded)
    assert told[-1].error is raised.value


def test_a_wait_for_quota_is_told_before_and_after() -> None:
    async def run() -> list[Event]:
        limiter = Limiter(Quota(1, 10.0), name="toy", clock=asyncio.get_running_loop().time)

        async def limited() -> None:
            async with limiter.slot():
                pass

        toy = brokers(limited, limited)
        told = heard(toy)
        await ask(toy, 2)
        return told

    told = run_in_virtual_time(run())
    assert kinds(told) == [*HEALTHY, "CallStarted", "QuotaWaiting", "QuotaWaited", "CallEnded"]
    for wait in told[3:5]:
        assert isinstance(wait, QuotaWaiting | QuotaWaited)
        assert (wait.call, wait.number, wait.quota) == (ASKED, 2, Quota(1, 10.0))
        assert wait.seconds == pytest.approx(10.0, abs=0.1)


def test_a_wait_is_told_of_while_it_lasts() -> None:
    async def run() -> list[Event]:
        limiter = Limiter(Quota(1, 10.0), clock=asyncio.get_running_loop().time)

        async def limited() -> None:
            async with limiter.slot():
                pass

        toy = brokers(limited, limited)
        told = heard(toy)
        async with toy.get_async("toy") as asks:
            await asks.ark_dynamic("US.TSLA")
            second = asyncio.create_task(asks.ark_dynamic("US.TSLA"))
            await asyncio.sleep(4)
            before = [*told]
            await second
        return before

    assert kinds(run_in_virtual_time(run())) == [*HEALTHY, "CallStarted", "QuotaWaiting"]


def test_a_wait_for_quota_that_is_given_up_is_told_too() -> None:
    async def run() -> list[Event]:
        limiter = Limiter(Quota(1, 10.0), name="toy", clock=asyncio.get_running_loop().time)

        async def limited() -> None:
            async with limiter.slot():
                await asyncio.sleep(8)

        toy = brokers(limited, limited)
        told = heard(toy)
        async with toy.get_async("toy", share=False) as asks:
            first = asyncio.create_task(asks.ark_dynamic("US.TSLA"))
            await asyncio.sleep(1)
            with pytest.raises(DeadlineError):
                await asks.ark_dynamic("US.TSLA", timeout=12)
            await first
        return told

    waits = [each for each in run_in_virtual_time(run()) if isinstance(each, QuotaWaited)]
    assert [round(each.seconds) for each in waits] == [12]


class Archive(ShortVolumeProvider):
    """Three pages of 2, 1 and 0 rows."""

    async def short_volume(self, symbol: Symbol, *, limit: int | None, after: str | None) -> ShortVolumeHistory:
        number = int(after or 0)
        rows = tuple(ShortVolume(day=date(2024, 5, 31 - 2 * number - each)) for each in range(2 - number))
        return ShortVolumeHistory(symbol=symbol, rows=rows, cursor=str(number + 1) if number < 2 else None, source=toys.ANSWER.source)


async def test_each_page_that_arrives_is_told_with_its_size_and_whether_there_is_more() -> None:
    registry = Registry()
    registry.register("toy", lambda _: Archive())
    told = heard(registry)
    async with registry.get_async("toy") as toy:
        await toy.short_volume("US.TSLA", limit=None)
        whole = [*told]
        told.clear()
        assert len([row async for row in toy.iter_short_volume("US.TSLA")]) == 3
    arrived = [(each.number, each.rows, each.more) for each in (*whole, *told) if isinstance(each, PageArrived)]
    assert arrived == [(1, 2, True), (1, 1, True), (1, 0, False), (2, 2, True), (3, 1, True), (4, 0, False)]
    assert kinds(whole) == ["CallStarted", "PageArrived", "PageArrived", "PageArrived", "CallEnded"]
    assert kinds(told) == ["CallStarted", "PageArrived", "CallEnded"] * 3


async def test_a_page_that_breaks_its_promises_is_not_told_and_ends_its_call_in_the_error() -> None:
    class Full(Archive):
        async def short_volume(self, symbol: Symbol, *, limit: int | None, after: str | None) -> ShortVolumeHistory:
            return await super().short_volume(symbol, limit=limit, after=None)

    registry = Registry()
    registry.register("toy", lambda _: Full())
    told = heard(registry)
    async with registry.get_async("toy") as toy:
        rows = toy.iter_short_volume("US.TSLA")
        await anext(rows), await anext(rows)
        with pytest.raises(PaginationError) as raised:
            await anext(rows)
        assert toy.stats().failed == {"PaginationError": 1}
    assert kinds(told) == ["CallStarted", "PageArrived", "CallEnded", "CallStarted", "CallEnded"]
    assert isinstance(told[-1], CallEnded)
    assert told[-1].error is raised.value


async def test_a_cancelled_call_ends_with_what_cancelled_it() -> None:
    toy = brokers(for_ever)
    told = heard(toy)
    call = asyncio.create_task(ask(toy))
    await until(lambda: bool(told))
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert kinds(told) == HEALTHY
    assert isinstance(told[-1], CallEnded)
    assert isinstance(told[-1].error, asyncio.CancelledError)


@pytest.mark.parametrize(
    ("doing", "error"), [(for_ever, DeadlineError), (ValueError("a bug"), PluginError), (SystemExit(1), PluginError)], ids=repr
)
def test_the_end_tells_the_error_that_the_caller_gets(doing: Any, error: type[Exception]) -> None:
    toy = brokers(doing)
    told = heard(toy)
    with pytest.raises(error) as raised:
        run_in_virtual_time(ask(toy, timeout=5))
    assert kinds(told) == HEALTHY
    assert isinstance(told[-1], CallEnded)
    assert told[-1].error is raised.value


async def test_what_happens_between_calls_is_told_through_a_reporter_that_was_kept() -> None:
    kept: list[Reporter] = []

    async def keep() -> None:
        kept.append(reporter())
        kept[0].connecting("to nowhere")
        kept[0].ready()

    toy = brokers(keep)
    told = heard(toy)
    await ask(toy)
    kept[0].lost("bad\nluck")
    kept[0].lost("again")
    kept[0].connecting()
    kept[0].ready()
    kept[0].closed()
    kept[0].orphan("late")
    changes = [(each.old, each.new, each.reason) for each in told if isinstance(each, ConnectionChanged)]
    assert changes == [
        ("closed", "connecting", "to nowhere"),
        ("connecting", "ready", ""),
        ("ready", "lost", "bad luck"),
        ("lost", "connecting", ""),
        ("connecting", "ready", ""),
        ("ready", "closed", ""),
    ]
    assert told[-1] == OrphanReply("toy", "late")


@pytest.mark.parametrize(("lasted", "outages"), [(STEADY, 2), (STEADY - 0.1, 1)])
def test_an_outage_is_one_warning_however_often_it_seems_over(
    lasted: float, outages: int, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO, "brokerport")
    now = [1000.0]
    monkeypatch.setattr("brokerport.events.reporter.time.monotonic", lambda: now[0])
    tells = Reporter("toy")
    for _ in range(2):
        for _ in range(3):
            tells.connecting()
            tells.lost("nobody \x1b[2Jlistens")
        tells.ready()
        now[0] += lasted
    levels = [(record.levelname, record.getMessage().partition(",")[0]) for record in caplog.records]
    assert levels == [("WARNING", "toy: no connection: nobody  [2Jlistens"), ("INFO", "toy: connected again")] * outages


async def test_outside_of_a_call_there_is_one_that_nobody_hears() -> None:
    assert reporter() is not reporter()
    reporter().refused(-1, "no")
    with stage("alone"):
        assert not reporter().listening


def test_events_are_frozen_and_name_their_broker() -> None:
    every = [each for each in vars(events).values() if isinstance(each, type) and issubclass(each, Event)]
    assert all(attrs.fields(each)[0].name == "broker" for each in every)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        CallStarted("toy", ASKED, 1).number = 2  # type: ignore[misc]


# Who hears


async def test_an_observer_hears_clients_that_were_there_before_it_until_it_is_stopped() -> None:
    toy = brokers()
    async with toy.get_async("toy") as asks:
        await asks.ark_dynamic("US.TSLA")
        told: list[Event] = []
        stop = toy.observe(told.append)
        await asks.ark_dynamic("US.TSLA")
        stop()
        stop()
        await asks.ark_dynamic("US.TSLA")
    assert [each.number for each in told if isinstance(each, CallStarted)] == [2]


async def test_a_marked_method_hears_and_may_leave_the_event_out() -> None:
    class Recorder:
        def __init__(self) -> None:
            self.told: list[Event] = []

        @hookimpl
        def on_event(self, event: Event) -> None:
            self.told.append(event)

    class Counter:
        times = 0

        @hookimpl
        def on_event(self) -> None:
            self.times += 1

    toy, recorder, counter = brokers(), Recorder(), Counter()
    toy.observe(recorder)
    toy.observe(counter)
    await ask(toy)
    assert (kinds(recorder.told), counter.times) == (HEALTHY, 2)


async def test_an_object_that_can_be_called_hears() -> None:
    class Called:
        def __init__(self) -> None:
            self.told: list[Event] = []

        def __call__(self, event: Event) -> None:
            self.told.append(event)

    toy, called = brokers(), Called()
    toy.observe(called)
    await ask(toy)
    assert kinds(called.told) == HEALTHY


class Misspelt:
    @hookimpl
    def on_event(self, evnt: Event) -> None:
        """Takes what the hook does not give."""


class Wrapping:
    @hookimpl(wrapper=True)
    def on_event(self, event: Event) -> Any:
        yield


async def a_coroutine_function(event: Event) -> None:
    """Would never be awaited."""


@pytest.mark.parametrize("what", [3, object(), Misspelt(), Wrapping(), a_coroutine_function], ids=lambda each: type(each).__name__)
def test_what_cannot_observe_is_refused(what: object) -> None:
    with pytest.raises(InvalidRequestError, match="cannot observe"):
        Registry().observe(what)


PLUGIN = """
    from brokerport import hookimpl
    from brokerport.testing.virtual_time import run_in_virtual_time
    from core.toy import Toy

    heard = []

    @hookimpl
    def register_providers(register):
        register({name!r}, lambda settings: Toy())

    @hookimpl
    def on_event(event):
        heard.append(event)
"""


async def test_a_plugin_hears_of_its_own_broker_only(install: Install) -> None:
    install("acme", PLUGIN.format(name="acme"))
    install("bmce", PLUGIN.format(name="bmce"))
    for name in ("acme", "bmce"):
        async with registry.get_async(name) as asks:
            await asks.ark_dynamic("US.TSLA")
    import plugin_acme  # type: ignore[import-not-found]  # installed by this test
    import plugin_bmce  # type: ignore[import-not-found]

    assert [each.broker for each in plugin_acme.heard] == ["acme", "acme"]
    assert [each.broker for each in plugin_bmce.heard] == ["bmce", "bmce"]


def test_a_plugin_whose_observer_cannot_be_called_does_not_load(install: Install) -> None:
    install("acme", PLUGIN.format(name="acme").replace("def on_event", "async def on_event"))
    with pytest.raises(PluginError, match=r"plugin_acme\.on_event cannot observe"):
        Registry().get("acme")


# Who fails


def raising(event: Event) -> None:
    raise ZeroDivisionError


async def test_one_that_raises_hurts_neither_the_call_nor_the_others(caplog: pytest.LogCaptureFixture) -> None:
    toy = brokers()
    before = heard(toy)
    toy.observe(raising)
    after = heard(toy)
    async with toy.get_async("toy") as asks:
        await asks.ark_dynamic("US.TSLA")
        assert asks.stats().observer_failures == 2
    assert (kinds(before), kinds(after)) == (HEALTHY, HEALTHY)
    name = f"{__name__}.raising"
    assert [record.getMessage() for record in caplog.records] == [f"the observer {name} failed on {kind}" for kind in HEALTHY]


async def test_ten_failures_in_a_row_end_it_with_one_warning(caplog: pytest.LogCaptureFixture) -> None:
    toy = brokers()
    toy.observe(raising)
    async with toy.get_async("toy") as asks:
        for _ in range(FAILURES):
            await asks.ark_dynamic("US.TSLA")
        assert asks.stats().observer_failures == FAILURES
    warnings = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert warnings == [f"the observer {__name__}.raising failed 10 times in a row and is not told of anything any more"]


async def test_a_success_in_between_begins_the_row_anew(caplog: pytest.LogCaptureFixture) -> None:
    toy = brokers()
    told: list[Event] = []

    def now_and_then(event: Event) -> None:
        told.append(event)
        if len(told) % FAILURES:
            raise ZeroDivisionError

    toy.observe(now_and_then)
    await ask(toy, 2 * FAILURES)
    assert len(told) == 4 * FAILURES
    assert len(caplog.records) == FAILURES  # however often it fails in a minute


@pytest.mark.parametrize("error", [SystemExit(1), asyncio.CancelledError(), RecursionError()], ids=repr)
async def test_whatever_it_raises_ends_there(error: BaseException) -> None:
    def exits(event: Event) -> None:
        raise error

    toy = brokers()
    toy.observe(exits)
    await ask(toy)


async def test_an_interrupt_goes_through() -> None:
    def interrupted(event: Event) -> None:
        if isinstance(event, CallEnded):
            raise KeyboardInterrupt

    tells = Reporter("toy", (observers := events_for(interrupted),))
    with pytest.raises(KeyboardInterrupt):
        tells.answered("toy", 1, 0.0)
    assert len(observers.each) == 1


def events_for(hear: Callable[[Event], None]) -> Any:
    from brokerport.events.observers import Observer, Observers

    observers = Observers()
    observers.add(Observer("test", hear))
    return observers


async def test_one_that_asks_again_gets_its_answer() -> None:
    toy = brokers()
    asks: AsyncClient = toy.get_async("toy")
    again: list[asyncio.Task[Any]] = []

    def curious(event: Event) -> None:
        if isinstance(event, CallEnded) and len(again) < 3:
            again.append(asyncio.create_task(asks.ark_dynamic("US.TSLA")))

    toy.observe(curious)
    async with asks:
        await asks.ark_dynamic("US.TSLA")
        await until(lambda: len(again) == 3 and again[-1].done())
        assert asks.stats().answered == 4


def test_one_that_blocks_on_the_same_client_fails_and_the_call_goes_on() -> None:
    toy = brokers()
    asks: Client = toy.get("toy")
    stop = toy.observe(lambda _: asks.ark_dynamic("US.TSLA"))
    asks.ark_dynamic("US.TSLA")
    stop()
    assert asks.stats().observer_failures == 2
    toy.close()


# Silence


@pytest.mark.timeout(20)  # two interpreters
def test_nothing_is_printed_unless_the_application_wants_it(run_python: RunPython) -> None:
    code = """
    import logging
    from brokerport import BrokerportError, registry
    assert logging.getLogger("brokerport").handlers == []

    def raising(event):
        raise ZeroDivisionError

    registry.observe(raising)
    {more}
    with registry.get("moomoo", port=1, timeout=0.3) as moomoo:
        for _ in range(6):
            try:
                moomoo.ark_dynamic("US.TSLA")
            except BrokerportError:
                pass
        assert moomoo.stats().observer_failures == 10
    """
    silent = run_python(code.replace("{more}", ""))
    assert (silent.stdout, silent.stderr, silent.returncode) == ("", "", 0)
    spoken = run_python(code.replace("{more}", "logging.basicConfig(format='%(levelname)s %(message)s')")).stderr
    assert spoken.count("WARNING moomoo: no connection: nobody listens at 127.0.0.1:1") == 1
    assert spoken.count("WARNING the observer __main__.raising failed 10 times in a row") == 1
