"""Signals, forks and the end of a process: whole Pythons, as users start them."""

from __future__ import annotations

import copy
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from brokerport import AsyncClient, Client, Provider, Settings

RunPython = Callable[..., subprocess.CompletedProcess[str]]

TOY = """
import asyncio
from datetime import UTC, datetime
from brokerport import ArkDynamic, ArkProvider, Client, ClientClosedError, Source, registry

class Toy(ArkProvider):
    async def ark_dynamic(self, symbol):
        if symbol.code == "WAIT":
            print("waiting", flush=True)
            await asyncio.get_running_loop().create_future()
        return ArkDynamic(symbol=symbol, source=Source("toy", datetime.now(UTC)))

    async def aclose(self):
        print("closed", flush=True)

registry.register("toy", lambda settings: Toy())
toy = registry.get("toy")
"""

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")


def run(run_python: RunPython, code: str) -> list[str]:
    """What a process printed that ended well and had nothing to complain of."""
    done = run_python(TOY + code)
    assert (done.stderr, done.returncode) == ("", 0)
    return done.stdout.splitlines()


@pytest.mark.skipif(sys.platform == "win32", reason="there are no signals to a process alone")
def test_ctrl_c_ends_the_wait_at_once_and_the_client_is_usable_afterwards(tmp_path: Path) -> None:
    code = """
try:
    toy.ark_dynamic("US.WAIT")
except KeyboardInterrupt:
    print("interrupted", flush=True)
print(toy.ark_dynamic("US.TSLA").symbol, flush=True)
"""
    command = [sys.executable, "-W", "default", "-c", TOY + code]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "waiting\n"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=3)
    assert (out.splitlines(), err, process.returncode) == (["interrupted", "US.TSLA", "closed"], "", 0)


def test_a_client_that_was_never_closed_does_not_keep_the_process_alive(run_python: RunPython) -> None:
    assert run(run_python, 'print(toy.ark_dynamic("US.TSLA").symbol)') == ["US.TSLA", "closed"]


def test_nor_does_a_call_that_never_ends(run_python: RunPython) -> None:
    code = """
import threading
threading.Thread(target=lambda: toy.ark_dynamic("US.WAIT"), daemon=True).start()
while not toy._asking._calls:
    pass
"""
    done = run_python(TOY + code)
    assert done.returncode == 0
    assert done.stdout.splitlines() == ["waiting", "closed"]


def test_a_provider_that_worked_in_threads_ends_in_silence_too(run_python: RunPython) -> None:
    code = """
class Threaded(Toy):
    async def ark_dynamic(self, symbol):
        return await asyncio.to_thread(lambda: ArkDynamic(symbol=symbol, source=Source("toy", datetime.now(UTC))))

registry.register("threaded", lambda settings: Threaded())
print(registry.get("threaded").ark_dynamic("US.TSLA").symbol)
"""
    assert run(run_python, code) == ["US.TSLA", "closed"]


def test_a_client_that_was_never_asked_closes_at_the_very_end(run_python: RunPython) -> None:
    assert run(run_python, "import atexit; atexit.register(registry.close)") == []


def test_a_client_used_at_exit_still_answers(run_python: RunPython) -> None:
    code = """
import atexit
toy.ark_dynamic("US.TSLA")
atexit.register(lambda: print(toy.ark_dynamic("US.AAPL").symbol))
"""
    assert run(run_python, code) == ["US.AAPL", "closed"]


@pytest.mark.parametrize("daemon", [True, False])
def test_calls_of_other_threads_do_not_outlive_the_program(run_python: RunPython, daemon: bool) -> None:
    """Python waits for a thread that is no daemon: its call ends by its own deadline."""
    code = f"""
import threading
def ask():
    try:
        toy.ark_dynamic("US.WAIT", timeout={60 if daemon else 0.2})
    except Exception as error:
        print(type(error).__name__)
threading.Thread(target=ask, daemon={daemon}).start()
while not toy._asking._calls:
    pass
"""
    done = run_python(TOY + code)
    assert (done.stderr, done.returncode) == ("", 0)
    ended = [] if daemon else ["DeadlineError"]  # of the daemon's nobody hears any more, perhaps
    # Two threads print at the same time, so their lines may run into each other.
    assert done.stdout.replace("ClientClosedError", "").split() == ["waiting", *ended, "closed"]


def test_the_first_call_of_all_at_exit_answers_or_says_why_not(run_python: RunPython) -> None:
    """Python 3.12 starts no thread any more at its exit; others do."""
    code = """
import atexit
def ask():
    try:
        print(toy.ark_dynamic("US.TSLA").symbol)
        toy.close()
    except ConnectionError as error:
        print(str(error)[:38])
atexit.register(ask)
"""
    assert run(run_python, code) in (["US.TSLA", "closed"], ["brokerport's thread cannot be started:"])


@pytest.mark.parametrize(
    "collected",
    [
        "class Late:\n    def __del__(self): ask()\nlate = Late()\nlate.itself = late\ndel late\ngc.collect()",
        "class Late: pass\nlate = Late()\nkept = weakref.ref(late, lambda _: ask())\ndel late",
        "class Late:\n    def __del__(self): ask()\nlate = Late()",  # at the very end of all
    ],
)
def test_calls_from_finalizers_end_one_way_or_another(run_python: RunPython, collected: str) -> None:
    code = f"""
import gc, weakref
def ask(toy=toy, errors=(ClientClosedError, ConnectionError)):
    try:
        print(toy.ark_dynamic("US.TSLA").symbol)
    except errors as error:
        print(type(error).__name__)
toy.ark_dynamic("US.AAPL")
{collected}
"""
    # At the very end of all, Python may have nothing left to print with.
    assert sorted(run(run_python, code)) in (["US.TSLA", "closed"], ["ClientClosedError", "closed"], ["closed"])


def test_a_client_cannot_be_pickled_and_says_what_to_do() -> None:
    for door in (Client(Provider, broker="toy"), AsyncClient(Provider, broker="toy")):
        for copy_of in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(TypeError, match="holds a connection and cannot be pickled or copied: pass its name and settings"):
                copy_of(door)


def test_settings_cross_to_another_process_whole() -> None:
    settings = Settings(timeout=7.0)
    assert pickle.loads(pickle.dumps(settings)) == settings


@needs_fork
def test_a_forked_child_is_told_at_once_and_gets_a_client_of_its_own(run_python: RunPython) -> None:
    code = """
import os, sys, warnings
warnings.simplefilter("ignore", DeprecationWarning)  # Python's own, about forks with threads: that is what this is about
toy.ark_dynamic("US.TSLA")
child = os.fork()
if child == 0:
    try:
        toy.ark_dynamic("US.TSLA")
    except ClientClosedError as error:
        print(str(error).replace(str(os.getppid()), "PARENT").replace(str(os.getpid()), "CHILD"))
    print(toy.closed)
    toy.close()
    new = registry.get("toy")
    print(new is toy, new.ark_dynamic("US.AAPL").symbol)
    registry.close()
    print("child done", flush=True)
    sys.exit(0)
status = os.waitpid(child, 0)[1]
print(status, toy.ark_dynamic("US.TSLA").symbol)
registry.close()
print("parent done")
"""
    assert run(run_python, code) == [
        "the client was opened in process PARENT, and this is process CHILD, forked from it: get a new client here",
        "True",
        "False US.AAPL",
        "closed",
        "child done",
        "0 US.TSLA",
        "closed",
        "parent done",
    ]


@needs_fork
def test_a_forked_child_that_does_not_care_ends_in_silence(run_python: RunPython) -> None:
    code = """
import gc, os, sys, warnings
warnings.simplefilter("ignore", DeprecationWarning)
toy.ark_dynamic("US.TSLA")
child = os.fork()
if child == 0:
    registry._clients.clear()
    del toy
    gc.collect()
    sys.exit(0)
print(os.waitpid(child, 0)[1])
"""
    assert run(run_python, code) == ["0", "closed"]


@needs_fork
def test_a_fork_amid_calls_on_several_threads_leaves_parent_and_child_at_work(run_python: RunPython) -> None:
    code = """
import os, threading, time, warnings
warnings.simplefilter("ignore", DeprecationWarning)
toy.ark_dynamic("US.TSLA")  # a fork amid the imports of the first call leaves their locks held in the child
over = threading.Event()
def ask():
    while not over.is_set():
        toy.ark_dynamic("US.TSLA")
threads = [threading.Thread(target=ask) for _ in range(8)]
for thread in threads:
    thread.start()
for number in range(10):
    child = os.fork()
    if child == 0:
        try:
            toy.ark_dynamic("US.TSLA")
        except ClientClosedError:
            toy.close()
            with registry.get("toy") as new:
                os._exit(0 if str(new.ark_dynamic("US.AAPL").symbol) == "US.AAPL" else 1)
        os._exit(2)
    assert os.waitpid(child, 0)[1] == 0
over.set()
for thread in threads:
    thread.join()
print(toy.ark_dynamic("US.TSLA").symbol, toy.stats().failed)
"""
    assert run(run_python, code) == ["US.TSLA {}", "closed"]


@needs_fork
def test_a_fork_while_another_thread_holds_the_portals_lock_does_not_hold_up_the_child(run_python: RunPython) -> None:
    code = """
import os, threading, warnings
warnings.simplefilter("ignore", DeprecationWarning)
from brokerport.client.portal import shared
toy.ark_dynamic("US.TSLA")
held, forked = threading.Event(), threading.Event()
def hold():
    with shared()._lock:
        held.set()
        forked.wait()
holder = threading.Thread(target=hold)
holder.start()
held.wait()
child = os.fork()
if child == 0:
    with registry.get("toy") as new:
        os._exit(0 if new.ark_dynamic("US.AAPL") else 1)
print(os.waitpid(child, 0)[1])
forked.set()
holder.join()
"""
    assert run(run_python, code) == ["0", "closed"]
