"""The demo: every broker's sandbox, and nothing else."""

from __future__ import annotations

import re

import pytest

from core.cli.running import AddPlugin, Run

PARTIAL = """
    from datetime import UTC, datetime

    from attrs import frozen
    from brokerport import ArkDynamic, ArkProvider, CapitalProvider, ConnectError, Settings, Source, hookimpl

    class Provider(ArkProvider, CapitalProvider):
        async def ark_dynamic(self, symbol):
            return ArkDynamic(symbol=symbol, transactions=4321, source=Source("partial", datetime.now(UTC), sandbox=True))

        async def capital_distribution(self, symbol):
            raise ConnectError("nobody there")

    @frozen(kw_only=True)
    class Sandboxed(Settings):
        sandbox: bool = False

    @hookimpl
    def register_providers(register):
        register("partial", lambda settings: Provider(), settings=Sandboxed)
"""
PLAIN = """
    from brokerport import Provider, hookimpl

    @hookimpl
    def register_providers(register):
        register("real", lambda settings: Provider())
"""


def titles(data: str) -> list[str]:
    return [line for line in data.splitlines() if "(synthetic data)" in line]


def test_all_five_questions_are_asked_of_every_broker(run: Run) -> None:
    ended = run("demo")
    assert ended.code == 0
    assert [re.sub(r" \S+ \S+ UTC,", "", title) for title in titles(ended.data)] == [
        f"{question} from {broker}, sandbox (synthetic data)"
        for broker in ("futu", "moomoo")
        for question in (
            "ARK dynamic of US.TSLA",
            "Capital distribution of US.TSLA",
            "Broker ranking of HK.00700",
            "Short volume of HK.00700",
            "Short interest of US.TSLA",
        )
    ]
    finra, end = ended.words.splitlines()
    assert finra.startswith("finra is skipped: ")
    assert end == "sandbox: all of this is synthetic data"


def test_a_broker_without_a_sandbox_is_skipped_and_named(run: Run, add_plugin: AddPlugin) -> None:
    add_plugin("real", PLAIN)
    ended = run("demo")
    assert ended.code == 0
    assert len(titles(ended.data)) == 10
    assert "\nreal is skipped: real has no sandbox\n" in ended.words


def test_one_broker_can_be_shown(run: Run) -> None:
    ended = run("demo", "moomoo")
    assert (ended.code, ended.words) == (0, "sandbox: all of this is synthetic data\n")
    assert len(titles(ended.data)) == 5
    assert all(" from moomoo, " in title for title in titles(ended.data))


@pytest.mark.parametrize(
    ("broker", "why"),
    [
        ("finra", "finra has no sandbox; without a name, the demo is of every broker that has one"),
        ("nope", "no broker 'nope'; installed are finra, futu, moomoo"),
    ],
)
def test_a_named_broker_that_cannot_be_shown_is_an_error(run: Run, broker: str, why: str) -> None:
    ended = run("demo", broker)
    assert (ended.code, ended.data) == (2, "")
    assert ended.words.startswith(f"error: {why}")
    assert len(ended.words.splitlines()) == 1
    both = run("demo", broker, "moomoo")
    assert (both.code, len(titles(both.data))) == (2, 5)


def test_what_fails_is_told_and_the_rest_is_shown(run: Run, add_plugin: AddPlugin) -> None:
    add_plugin("partial", PARTIAL)
    add_plugin("ruined", "import no_such_module")
    ended = run("demo")
    assert ended.code == 8
    assert len(titles(ended.data)) == 11
    assert "4,321" in ended.data
    assert "error: nobody there; gave up after 4 attempts" in ended.words
    assert "partial has no broker ranking" in ended.words
    assert "brokerport-ruined 1.2 did not load" in ended.words
