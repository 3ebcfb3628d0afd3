"""The fixtures that brokerport-opend brings to pytest, as somebody else's tests use them: in a process and a folder of their own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import attrs
import pytest

from brokerport_opend.sandbox import Fault, Scenario
from brokerport_opend.sandbox.faults.fault import KINDS
from brokerport_opend.sandbox.protocols import PROTOCOLS
from brokerport_opend.sandbox.scenario.given import ANSWERS
from docs.pages import DOCS, blocks, commands, prose

pytestmark = pytest.mark.timeout(60)  # each runs pytest

FLAKY = """
[[faults]]
kind = "drop"
first = 1

[[short_volume]]
symbol = "HK.00700"
rows = [{ day = 2026-11-20, short_volume = 1000 }]
"""

PAGE = DOCS / "sandbox.md"
NO_ASYNCIO = ("-p", "no:asyncio")


def run_pytest(folder: Path, tests: str, *arguments: str, **environment: str) -> str:
    """Run a file of tests; returns what pytest wrote."""
    (folder / "test_theirs.py").write_text(tests, "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-W", "error", "-p", "no:cacheprovider", "-q", "--strict-markers", *(arguments or NO_ASYNCIO)],
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def test_a_sandbox_comes_with_its_address_seed_scenario_requests_and_faults(tmp_path: Path) -> None:
    (tmp_path / "flaky.toml").write_text(FLAKY, "utf-8")
    tests = """
import socket
import pytest
from brokerport import registry

def test_address(opend_sandbox):
    with socket.create_connection(opend_sandbox.address) as connection:
        assert connection.getpeername() == (opend_sandbox.host, opend_sandbox.port)
    assert (opend_sandbox.seed, opend_sandbox.scenario.faults, len(opend_sandbox.faults)) == (0, (), 0)

@pytest.mark.opend_sandbox(scenario="flaky.toml", seed=3, quotas=False)
def test_mark(opend_sandbox):
    assert (opend_sandbox.seed, opend_sandbox.quota_log) == (3, None)
    assert [fault.kind for fault in opend_sandbox.scenario.faults] == ["drop"]
    with registry.get("futu", port=opend_sandbox.port) as futu:
        assert futu.short_volume("HK.00700")[0].short_volume == 1000
    asked = [(each.question, each.symbol) for each in opend_sandbox.requests if each.question]
    assert asked == [("short_volume", "HK.00700")] * 2

def test_each_test_has_its_own(opend_sandbox):
    assert opend_sandbox.requests == ()
"""
    assert "3 passed" in run_pytest(tmp_path, tests)


BROKERS = """
import os
import subprocess
import sys
import threading

import pytest
from brokerport import RejectedError, registry

@pytest.mark.parametrize("name", ["futu", "moomoo", "desk", "den"])
def test_every_name_is_the_sandbox(opend_brokers, opend_sandbox, name):
    assert opend_brokers is registry
    assert registry.get(name).ark_dynamic("US.TSLA").source.sandbox
    assert [each.question for each in opend_sandbox.requests if each.question] == ["ark_dynamic"]

def test_other_brokers_are_left_alone(opend_brokers):
    assert not [name for name in os.environ if name.startswith("BROKERPORT_FINRA")]

def test_faults_reach_the_code_that_is_tested(opend_brokers, opend_sandbox):
    with opend_sandbox.fault("refuse", on="short_volume", text="no quote right"):
        with pytest.raises(RejectedError, match="no quote right"):
            registry.get("moomoo").short_volume("US.TSLA")
    assert registry.get("moomoo").short_volume("US.TSLA")

def test_a_subprocess_asks_the_sandbox_too(opend_brokers, opend_sandbox):
    code = "from brokerport import registry; registry.get('moomoo').ark_dynamic('US.TSLA')"
    subprocess.run([sys.executable, "-c", code], check=True)
    assert len(opend_sandbox.requests) == 2

def test_nothing_is_left(monkeypatch):
    assert os.environ["BROKERPORT_FUTU_HOST"] == "192.0.2.1"
    assert "BROKERPORT_MOOMOO_HOST" not in os.environ
    assert [each.name for each in threading.enumerate() if each.name == "brokerport"] == []
"""


def test_the_registry_is_pointed_at_the_sandbox(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[brokers.desk]\nplugin = "futu"\nhost = "192.0.2.2"\n[brokers.moomoo]\nsandbox = true\n', "utf-8")
    environment = {
        "BROKERPORT_CONFIG": str(config),
        "BROKERPORT_DEN_PLUGIN": "moomoo",
        "BROKERPORT_FUTU_HOST": "192.0.2.1",  # nobody's
        "BROKERPORT_FUTU_RSA_KEY": str(tmp_path / "no-such-key.pem"),
    }
    assert "8 passed" in run_pytest(tmp_path, BROKERS, **environment)


def test_async_tests_have_them_too(tmp_path: Path) -> None:
    tests = """
from brokerport import registry

async def test_async(opend_brokers, opend_sandbox):
    async with registry.get_async("moomoo") as moomoo:
        with opend_sandbox.fault("drop", first=1) as dropped:
            assert len(await moomoo.short_volume("HK.00700", limit=3)) == 3
    assert dropped.struck == 1
"""
    assert "1 passed" in run_pytest(tmp_path, tests, "-o", "asyncio_mode=auto", "-o", "asyncio_default_fixture_loop_scope=function")


@pytest.mark.parametrize(
    ("mark", "said"),
    [
        ('scenario="missing.toml"', "missing.toml: there is no such file"),
        ('"flaky.toml"', "the mark opend_sandbox takes names with values only"),
        ('scenery="flaky.toml"', "unexpected keyword argument 'scenery'"),
    ],
)
def test_a_mark_that_cannot_be_is_said_so(mark: str, said: str, tmp_path: Path) -> None:
    tests = f"import pytest\n@pytest.mark.opend_sandbox({mark})\ndef test(opend_sandbox): pass\n"
    told = run_pytest(tmp_path, tests)
    assert "1 error" in told
    assert said in told


def test_a_start_of_pytest_loads_nothing_of_ours(tmp_path: Path) -> None:
    tests = """
import sys

def test_nothing():
    assert [name for name in sys.modules if name.startswith(("brokerport", "google", "asyncio"))] == []
"""
    assert "1 passed" in run_pytest(tmp_path, tests, "-p", "no:asyncio", "-p", "no:timeout", "-p", "no:anyio", "-p", "no:hypothesispytest")


def test_what_there_is_is_told_by_pytest_itself(tmp_path: Path) -> None:
    told = run_pytest(tmp_path, "", *NO_ASYNCIO, "--fixtures") + run_pytest(tmp_path, "", *NO_ASYNCIO, "--markers")
    for name in ("opend_sandbox", "opend_brokers", "@pytest.mark.opend_sandbox(scenario=PATH, seed=N, ...)"):
        assert name in told


# The page


@pytest.fixture
def guide(tmp_path: Path) -> Path:
    """A folder with the files that the page shows."""
    for block in blocks(PAGE):
        if block.file:
            (tmp_path / block.file).write_text(block.text, "utf-8")
    return tmp_path


def test_the_guide_prints_what_it_says(guide: Path) -> None:
    shown = next(command.output for command in commands(PAGE) if command.line == "python -m pytest -q")
    told = run_pytest(guide, (guide / "test_shorts.py").read_text("utf-8"), *NO_ASYNCIO, "test_shorts.py", COLUMNS="80")
    assert _timeless(told) == _timeless(shown)


def _timeless(output: str) -> str:
    return re.sub(r"in [\d.]+s", "in no time", output)


def test_the_scenarios_of_the_page_are_understood(guide: Path) -> None:
    flaky, every = Scenario.read(guide / "flaky.toml"), Scenario.read(guide / "every_answer.toml")
    assert flaky.faults == (Fault("drop", on="short_volume", first=1),)
    given = {PROTOCOLS[question] for question in ANSWERS}
    assert {proto_id for proto_id, _, _ in (*flaky.given, *every.given)} == given


def test_the_tables_of_the_page_are_whole() -> None:
    first = [row.split("`")[1] for row in prose(PAGE).splitlines() if row.startswith("| `")]
    conditions = [name for name in attrs.fields_dict(Fault) if name not in ("kind", "seconds", "text")]
    assert [name for name in (*KINDS, *conditions, *(f"[[{answer}]]" for answer in ANSWERS)) if first.count(name) != 1] == []
    assert [name for name in PROTOCOLS if f"`{name}`" not in prose(PAGE)] == []
