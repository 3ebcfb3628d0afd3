"""Importing does nothing but import: no file, socket, thread, handler or word, and nothing heavy."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from importlib.metadata import version

import pytest

import brokerport

RunPython = Callable[..., subprocess.CompletedProcess[str]]

FRAMES = ["pandas", "polars", "pyarrow", "numpy"]
ON_USE = ["asyncio", "google.protobuf", "httpx", "typed_settings", "cattrs", "tenacity", "rich", "cyclopts", "pytest"]
HEAVY = [*FRAMES, *ON_USE]
PACKAGES = ["brokerport", "brokerport_moomoo", "brokerport_futu", "brokerport_finra", "brokerport_opend"]

WATCHED = """
import logging, os, signal, sys, threading

done = []

def hear(event, details):
    if event == "open" and (set(str(details[1])) & set("wax+") or isinstance(details[2], int) and details[2] & (os.O_WRONLY | os.O_RDWR)):
        done.append((event, details))
    elif event.startswith(("socket.", "subprocess.", "os.mkdir", "os.remove", "os.rename", "os.putenv", "_thread.start", "signal.")):
        done.append((event, details))

def handlers():
    loggers = [logging.root, *(each for each in logging.root.manager.loggerDict.values() if isinstance(each, logging.Logger))]
    return [handler for logger in loggers for handler in logger.handlers]

signals = [signal.getsignal(number) for number in signal.valid_signals()]
hooks = sys.excepthook, sys.unraisablehook, threading.excepthook
environment = dict(os.environ)
sys.addaudithook(hear)
import {package}
assert done == [], done
assert threading.enumerate() == [threading.main_thread()]
assert handlers() == []
assert signals == [signal.getsignal(number) for number in signal.valid_signals()]
assert hooks == (sys.excepthook, sys.unraisablehook, threading.excepthook)
assert environment == dict(os.environ)
"""


@pytest.mark.parametrize("package", PACKAGES)
def test_importing_touches_nothing(run_python: RunPython, package: str) -> None:
    done = run_python(WATCHED.replace("{package}", package), PYTHONDONTWRITEBYTECODE="1")
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)


@pytest.mark.parametrize("package", PACKAGES)
def test_importing_loads_nothing_that_only_a_call_needs(run_python: RunPython, package: str) -> None:
    done = run_python(f"import sys, {package}\nprint([name for name in {HEAVY} if name in sys.modules])")
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_looking_around_loads_no_plugin_and_starts_nothing(run_python: RunPython) -> None:
    code = f"""
    import sys, threading
    from brokerport import registry
    print(registry.names(), [plugin.state.value for plugin in registry.plugins()])
    print([name for name in {[*HEAVY, *PACKAGES[1:]]} if name in sys.modules], threading.active_count())
    """
    done = run_python(code)
    assert done.stdout.splitlines() == ["('finra', 'futu', 'moomoo') ['found', 'found', 'found']", "[] 1"]


def test_getting_a_client_loads_its_plugin_and_neither_its_sibling_nor_what_asking_needs(run_python: RunPython) -> None:
    code = f"""
    import sys, threading
    from brokerport import registry
    registry.get("moomoo")
    print("brokerport_moomoo" in sys.modules, "brokerport_futu" in sys.modules)
    print([name for name in {HEAVY} if name in sys.modules], threading.active_count())
    """
    assert run_python(code).stdout.splitlines() == ["True False", "[] 1"]


def test_every_public_name_is_there_and_once() -> None:
    assert len(brokerport.__all__) == len({*brokerport.__all__})
    assert [name for name in brokerport.__all__ if not hasattr(brokerport, name)] == []


def test_the_version_is_that_of_the_distribution_and_read_when_it_is_asked_for(run_python: RunPython) -> None:
    code = """
    import brokerport
    print("__version__" in vars(brokerport))
    from brokerport import __version__
    print(__version__)
    """
    assert run_python(code).stdout.splitlines() == ["False", version("brokerport")]


def test_the_tests_for_plugins_need_pytest_and_nothing_else_does(run_python: RunPython) -> None:
    done = run_python("import sys, brokerport.testing\nprint('pytest' in sys.modules)")
    assert (done.stdout, done.stderr) == ("True\n", "")
