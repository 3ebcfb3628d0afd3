"""What ends a blocking call whose time is up where the loop, or the plugin, does not end it; and that it names who is to blame."""

from __future__ import annotations

import asyncio
import importlib
import sys
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from sysconfig import get_path
from types import ModuleType

import pytest

from brokerport import Client, DeadlineError, Provider, Quota
from brokerport.calls.call import waiting
from brokerport.client import portal
from brokerport.client.stuck import culprit
from core import toy
from core.toy import ANSWER, Doing

NO_TIME = 0.05  # seconds


@pytest.fixture(autouse=True)
def short_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portal, "GRACE", 0.1)


@pytest.fixture
def held() -> Iterator[threading.Event]:
    """What blocks waits for it; it is set at the end, whatever happens."""
    event = threading.Event()
    yield event
    event.set()


def client(*doings: Doing) -> Client:
    """One whose default deadline is short."""
    return Client(lambda: toy.Toy(*doings), broker="toy", timeout=NO_TIME)


async def for_ever() -> None:
    await asyncio.get_running_loop().create_future()


def test_a_call_that_waits_for_its_turn_is_waited_for_beyond_its_default_deadline() -> None:
    """Twice over: a turn in 0.4 s, beside 0.05 s of its own and a grace of 0.1."""

    async def turn() -> None:
        with waiting(Quota(1, 0.4), 0.4):
            its_turn = asyncio.get_running_loop().create_future()
            asyncio.get_running_loop().call_later(0.4, its_turn.set_result, None)
            await its_turn

    with client(None, turn) as asks:
        asks.ark_dynamic("US.TSLA", timeout=60)  # whatever the first call takes
        assert asks.ark_dynamic("US.TSLA") == ANSWER


def test_after_its_turn_it_has_the_rest_of_its_time_and_no_more() -> None:
    async def turn_and_silence() -> None:
        with waiting(Quota(1, 0.2), 0.2):
            its_turn = asyncio.get_running_loop().create_future()
            asyncio.get_running_loop().call_later(0.2, its_turn.set_result, None)
            await its_turn
        await for_ever()

    with client(None, turn_and_silence) as asks:
        asks.ark_dynamic("US.TSLA", timeout=60)
        with pytest.raises(DeadlineError, match=r"had 0\.05 s beside waiting for quota, all spent: "):
            asks.ark_dynamic("US.TSLA")


def test_a_loop_that_is_stuck_while_a_turn_is_waited_for_ends_it_all_the_same(held: threading.Event) -> None:
    async def blocks() -> None:
        with waiting(Quota(1, 0.3), 0.3):
            held.wait()

    with client(blocks) as asks:
        with pytest.raises(DeadlineError, match=r"past the call's own time: a plugin or a callback blocks brokerport's event loop"):
            asks.ark_dynamic("US.TSLA")
        held.set()


def test_a_plugin_that_goes_on_when_its_call_is_cancelled_keeps_nobody_waiting() -> None:
    async def deaf() -> None:
        try:
            await for_ever()
        except asyncio.CancelledError:
            await for_ever()  # until the caller has left

    with client(None, deaf) as asks:
        asks.ark_dynamic("US.TSLA", timeout=60)
        with pytest.raises(DeadlineError, match=r"no answer within .* s, .*: the plugin goes on with a call that was cancelled; tell its"):
            asks.ark_dynamic("US.TSLA", timeout=NO_TIME)
        assert asks.ark_dynamic("US.TSLA", timeout=60) == ANSWER


def test_what_blocks_the_loop_is_named(held: threading.Event) -> None:
    async def sleeps_on_duty() -> None:
        held.wait()

    with client(sleeps_on_duty) as asks:
        with pytest.raises(DeadlineError, match=rf"event loop: .*sleeps_on_duty\(\) in {__file__}, line \d+$"):
            asks.ark_dynamic("US.TSLA")
        held.set()


def test_a_module_that_is_still_being_imported_is_named_and_nobody_is_accused(
    held: threading.Event, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = ModuleType("the_gate")
    vars(gate)["held"] = held
    monkeypatch.setitem(sys.modules, "the_gate", gate)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "acme_sdk.py").write_text("import acme_sdk_inside\nfrom core.toy import Toy")
    (tmp_path / "acme_sdk_inside.py").write_text("import the_gate\nthe_gate.held.wait()")

    def make() -> Provider:
        provider: Provider = importlib.import_module("acme_sdk").Toy()
        return provider

    with Client(make, broker="acme", timeout=NO_TIME) as asks:
        with pytest.raises(DeadlineError) as raised:
            asks.ark_dynamic("US.TSLA")
        held.set()
        assert asks.ark_dynamic("US.TSLA", timeout=60) == ANSWER
    text = str(raised.value)
    assert "past the call's own time: acme_sdk is still being imported: " in text
    assert "import acme_sdk before, or give this call more time" in text
    assert "block" not in text
    for name in ("acme_sdk", "acme_sdk_inside"):
        del sys.modules[name]


def test_a_plugin_that_lies_within_the_standard_librarys_folder_is_named_too(held: threading.Event) -> None:
    def hangs() -> None:
        held.wait()

    path = Path(get_path("stdlib"), "site-packages", "acme.py")  # as where there is no virtual environment
    hangs.__code__ = hangs.__code__.replace(co_filename=str(path))
    thread = threading.Thread(target=hangs)
    thread.start()
    while f".hangs() in {path}, line " not in culprit(thread):
        pass
    held.set()
    thread.join()


def test_work_that_is_no_call_is_not_said_to_be_cancelled() -> None:
    gate = portal.shared()
    lease = portal.Lease(gate)
    lease.begin()
    with pytest.raises(DeadlineError, match=r"blocks brokerport's event loop$"):
        gate.call(for_ever, seconds=NO_TIME)
    lease.end(partial(asyncio.sleep, 0), seconds=1)()


def test_a_thread_that_is_gone_accuses_nobody_by_name() -> None:
    thread = threading.Thread(target=str)
    thread.start()
    thread.join()
    assert culprit(thread) == "a plugin or a callback blocks brokerport's event loop"


def test_a_loop_that_only_waits_accuses_nobody_by_name() -> None:
    with client() as asks:
        asks.ark_dynamic("US.TSLA", timeout=60)
        thread = portal.shared()._thread
        assert thread is not None
        assert culprit(thread) == "a plugin or a callback blocks brokerport's event loop"
