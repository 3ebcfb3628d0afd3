"""Whom a question goes to."""

from __future__ import annotations

import pytest

from brokerport import InvalidRequestError, UnknownBrokerError
from brokerport.cli.options import BROKER, only
from core.cli.running import AddPlugin, Run

ASK = ("ark-dynamic", "US.TSLA", "--sandbox")


def test_the_only_broker_is_asked() -> None:
    assert only(("acme",)) == "acme"


def test_several_brokers_are_listed() -> None:
    with pytest.raises(InvalidRequestError, match="acme, beta; choose one with --broker NAME, or set BROKERPORT_BROKER"):
        only(("acme", "beta"))


def test_no_broker_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.path", [])
    with pytest.raises(
        UnknownBrokerError, match=r"^no broker is installed; install the plugin of one, as in a clone: pip install \./plugins/NAME$"
    ):
        only(())


@pytest.mark.parametrize("listed", ["", "acme"])
def test_brokers_that_are_switched_off_are_not_to_be_installed(run: Run, monkeypatch: pytest.MonkeyPatch, listed: str) -> None:
    monkeypatch.setenv("BROKERPORT_PLUGINS", listed)
    for command in (("short-volume", "HK.00700"), ("demo",)):
        ended = run(*command)
        assert ended.code == 2
        assert "BROKERPORT_PLUGINS names none of those installed, finra, futu, moomoo; name one there, or unset it" in ended.words


def test_the_environment_chooses(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(BROKER, "futu")
    assert "from futu," in run(*ASK).data


def test_the_command_line_beats_the_environment(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(BROKER, "futu")
    assert "from moomoo," in run(*ASK, "--broker", "moomoo").data


def test_an_empty_variable_chooses_nobody(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(BROKER, "")
    assert "futu, moomoo" in run(*ASK).words


def test_what_is_not_given_is_left_to_the_environment(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROKERPORT_MOOMOO_SANDBOX", "true")
    assert run("ark-dynamic", "US.TSLA", "--broker", "moomoo").code == 0
    assert run("ark-dynamic", "US.TSLA", "--broker", "moomoo", "--no-sandbox", "--port", "1").code == 3


def test_a_broker_without_such_a_setting_says_so_only_when_it_is_given(run: Run, add_plugin: AddPlugin) -> None:
    add_plugin(
        "plain",
        """
        from brokerport import Provider, hookimpl

        @hookimpl
        def register_providers(register):
            register("plain", lambda settings: Provider())
        """,
    )
    ended = run("ark-dynamic", "US.TSLA", "--broker", "plain", "--timeout", "5")
    assert (ended.code, ended.words[:26]) == (6, "error: plain has no ARK dy")
    ended = run(*ASK, "--broker", "plain")
    assert ended.code == 2
    assert ended.words == "error: plain has no sandbox; leave out --sandbox\n"
    ended = run("ark-dynamic", "US.TSLA", "--broker", "plain", "--set", "sand-box=yes")
    assert ended.words == "error: plain has no sand_box; there are timeout, quotas, share\n"


def test_of_several_the_first_that_is_able_answers(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "from moomoo," in run(*ASK, "--broker", "moomoo, futu").data
    monkeypatch.setenv("BROKERPORT_FUTU_SANDBOX", "true")
    monkeypatch.setenv("BROKERPORT_MOOMOO_PORT", "1")
    monkeypatch.setenv(BROKER, "finra,moomoo,futu")
    ended = run("short-volume", "HK.00700")
    assert "from futu," in ended.data
    assert "more rows: --after futu:" in ended.words


def test_when_none_of_several_answers_each_is_told(run: Run) -> None:
    ended = run("broker-ranking", "US.TSLA", "--broker", "moomoo,finra,acme", "--timeout", "2")
    assert ended.code == 11
    assert ended.words.startswith("error: no broker answered broker_ranking of US.TSLA; moomoo: UnsupportedError: ")
    assert "; finra: UnsupportedError: " in ended.words
    assert "; acme: UnknownBrokerError: no broker 'acme'" in ended.words


def test_one_address_is_not_several_brokers(run: Run) -> None:
    ended = run("ark-dynamic", "US.TSLA", "--broker", "moomoo,futu", "--port", "11111")
    assert (ended.code, ended.data) == (2, "")
    assert "--host and --port are of one broker, not of moomoo, futu" in ended.words
