"""Three small plugins made of the kit's parts keep the contract, and do what they are there to show."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from brokerport import Registry, RejectedError, Symbol
from core.conftest import enlist
from core.kit.web import Answer, WebServer, serving
from servers import KEY, AlmanacServer, TidewayServer

ROOT = Path(__file__).resolve().parents[3]
EXAMPLES = ROOT / "tests" / "examples_of_plugins"
PLUGINS = ("almanac", "harbour", "tideway")


@pytest.fixture
def registry(site: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Registry]:
    """One that has them, with a folder of its own for tokens."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    for name in PLUGINS:
        enlist(site, name, f"brokerport_{name}", f"brokerport-{name}")
    registry = Registry()
    yield registry
    registry.close()


@pytest.mark.timeout(120)  # some hundred cases, in a process of their own
def test_they_keep_the_contract_at_gold(registry: Registry, site: Path, tmp_path: Path) -> None:
    card = tmp_path / "card.json"
    line = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        str(EXAMPLES / "suites.py"),
        f"--contract-report={card}",
        "--timeout=60",
    ]
    done = subprocess.run(line, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(site)}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    levels = {each["broker"]: (each["level"], each["plugin"]) for each in json.loads(card.read_text("utf-8"))["providers"]}
    assert levels == {name: ("gold", f"brokerport-{name}") for name in PLUGINS}, done.stdout


@pytest.mark.parametrize("name", PLUGINS)
def test_each_is_short_enough_to_be_read(name: str) -> None:
    lines = [line for file in (EXAMPLES / f"brokerport_{name}").glob("*.*") for line in file.read_text("utf-8").splitlines()]
    assert len(lines) <= 130


def keyed(key: str) -> dict[str, Any]:
    """What a checker is not told of: the settings of another project's plugin."""
    return {"key": key}


# A library that blocks


def test_the_days_of_a_library_are_cut_into_pages(registry: Registry) -> None:
    client = registry.get("harbour", **keyed(KEY))
    history = client.short_volume("HK.00700", limit=3)
    assert [(row.day, row.short_volume, row.volume) for row in history] == [(date(2026, 1, day), day * 100, 10_000) for day in (30, 29, 28)]
    assert history.cursor == "2026-01-28"
    assert len([*client.iter_short_volume("HK.00700")]) == 100


def test_what_the_library_says_of_the_key_is_told_without_it(registry: Registry) -> None:
    with pytest.raises(RejectedError, match=r"harbour says no: no such key: \*\*\*") as raised:
        registry.get("harbour", **keyed("hunter2")).short_volume("HK.00700")
    assert (raised.value.code, raised.value.text) == (1001, "no such key: ***")


# A server with tokens


def test_clients_of_one_account_share_a_login_and_another_begins_with_its_token(registry: Registry) -> None:
    with serving(TidewayServer()) as server:
        for _ in range(2):
            with registry.get("tideway", url=server.root, **keyed(KEY)) as client:
                assert client.capital_distribution("US.TSLA").net == 2.0
    assert (server.logins, [request.path for request in server.requests]) == (1, ["/login", "/capital", "/capital"])


def test_a_token_that_was_taken_back_is_replaced_within_the_call(registry: Registry) -> None:
    with serving(TidewayServer()) as server:
        client = registry.get("tideway", url=server.root, **keyed(KEY))
        client.capital_distribution("US.TSLA")
        server.tokens.clear()
        assert client.capital_distribution("US.TSLA").net == 2.0
        client.close()
    assert server.logins == 2


async def test_the_limits_are_those_that_the_server_told_at_login() -> None:
    from brokerport.settings.secret import Secret
    from brokerport_tideway import TidewaySettings
    from brokerport_tideway.provider import USUAL, TidewayProvider

    with serving(TidewayServer()) as server:
        provider = TidewayProvider(TidewaySettings(url=server.root, key=Secret(KEY)))
        before = provider.limits("capital_distribution")
        await provider.capital_distribution(Symbol("US", "TSLA"))
        after = provider.limits("capital_distribution")
        await provider.aclose()
    assert (before, [(each.requests, each.seconds) for each in after]) == ((USUAL,), [(5, 2)])


# Files


def test_a_file_a_day_gives_a_row_a_day(registry: Registry, tmp_path: Path) -> None:
    with serving(AlmanacServer()) as server:
        history = registry.get("almanac", url=server.root, cache=tmp_path / "files").short_volume("HK.00700", limit=30)
    assert len(history) == 30
    assert all(row.day is not None and row.day.weekday() < 5 and row.short_volume == row.day.toordinal() for row in history)


def test_a_404_in_other_words_is_no_day_without_a_file(registry: Registry) -> None:
    words = Answer(b"<html>not found</html>", "404 Not Found")
    with serving(WebServer(otherwise=words)) as server, pytest.raises(RejectedError, match="answers 404 Not Found") as raised:
        registry.get("almanac", url=server.root).short_volume("HK.00700")
    assert raised.value.code == 404
