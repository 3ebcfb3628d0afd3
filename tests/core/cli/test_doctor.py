"""The doctor: a table for people, rows for programs, and the exit code of what failed first."""

from __future__ import annotations

import csv
import json
import socket
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from brokerport import registry
from brokerport_opend.messages import global_state_pb2, short_volume_pb2
from core.cli.running import AddPlugin, Ended, Run, Serve
from keys import key, pem, write
from protos.gateway import Answer, Script, answering, hangs_up, silent

STATE = {
    **dict.fromkeys(("marketHK", "marketUS", "marketSH", "marketSZ", "marketHKFuture"), 6),
    "qotLogined": True,
    "trdLogined": False,
    "serverVer": 1011,
    "serverBuildNo": 1,
    "time": 1,
}
GLOBAL_STATE, SHORT_VOLUME = 1002, 3248

US_ONLY = """
    from datetime import UTC, datetime
    from brokerport import ArkDynamic, ArkProvider, Capability, Market, Source, hookimpl

    class States(ArkProvider):
        async def ark_dynamic(self, symbol):
            return ArkDynamic(symbol=symbol, source=Source("states", datetime.now(UTC)))

        def capabilities(self):
            return (Capability("ark_dynamic", frozenset({Market.US})),)

    @hookimpl
    def register_providers(register):
        register("states", lambda settings: States())
"""


@pytest.fixture(autouse=True)
def _only_those_on_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROKERPORT_PLUGINS", "futu,moomoo")


@pytest.fixture
def at(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Have moomoo's gateway play a script."""

    def at(script: Script) -> None:
        _, _, _, port = serve(script)
        monkeypatch.setenv("BROKERPORT_MOOMOO_PORT", port)

    return at


def well(answer: Answer) -> Script:
    """A gateway in good health, but for this answer to the question."""
    return answering({GLOBAL_STATE: global_state_pb2.Response(retType=0, s2c=STATE), SHORT_VOLUME: answer})


def rows(ended: Ended) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(ended.data)["rows"]
    return found


def failure(ended: Ended) -> dict[str, str]:
    return next(row for row in rows(ended) if row["outcome"] == "failed")


def test_a_sandbox_is_well(run: Run) -> None:
    ended = run("doctor", "moomoo", "--sandbox")
    assert (ended.code, ended.words) == (0, "")
    title, first, *_, last, _ = ended.data.splitlines()
    assert title == "moomoo: short_volume of HK.00700"
    assert first.split()[:2] == ["ok", "configuration"]
    assert last.split()[:2] == ["ok", "probe"]


def test_it_prints_what_explain_prints(run: Run) -> None:
    told = registry.explain("moomoo", "short_volume", "SG.D05", sandbox=True)
    assert run("doctor", "moomoo", "--sandbox", "--question", "short_volume", "--symbol", "SG.D05").data == f"{told}\n"


@pytest.mark.parametrize("columns", [None, "16", "30", "44", "45", "80", "200"])
def test_every_line_fits(run: Run, monkeypatch: pytest.MonkeyPatch, columns: str | None) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    if columns:
        monkeypatch.setenv("COLUMNS", columns)
    ended = run("doctor", "moomoo", "--sandbox", "--question", "short_volume", "--symbol", "SG.D05")
    assert max(map(len, ended.data.splitlines())) <= int(columns or 80)
    assert "askaboutoneofthose" in "".join(ended.data.split())


def test_without_a_probe_the_question_is_not_asked(run: Run) -> None:
    ended = run("doctor", "futu", "--sandbox", "--no-probe", "--format", "json")
    assert (ended.code, json.loads(ended.data)["ok"]) == (0, True)
    assert [row["check"] for row in rows(ended)][-1] == "quota left"


def test_without_a_name_every_broker_and_profile_is_examined(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROKERPORT_DESK_PLUGIN", "moomoo")
    ended = run("doctor", "--sandbox", "--format", "csv")
    assert ended.code == 0
    assert list(dict.fromkeys(row["broker"] for row in csv.DictReader(StringIO(ended.data)))) == ["desk", "futu", "moomoo"]
    titles = [line for line in run("doctor", "--sandbox").data.splitlines() if line.endswith(": short_volume of HK.00700")]
    assert [title.partition(":")[0] for title in titles] == ["desk", "futu", "moomoo"]


def test_what_is_asked_can_be_chosen(run: Run) -> None:
    ended = run("doctor", "moomoo", "--sandbox", "--question", "ark_dynamic", "--symbol", "SG.D05", "--format", "json")
    assert ended.code == 0
    assert {(row["question"], row["symbol"]) for row in rows(ended)} == {("ark_dynamic", "SG.D05")}


@pytest.mark.parametrize("spelling", ["short-interest", "short_interest"])
def test_a_question_may_be_spelled_as_its_command(run: Run, spelling: str) -> None:
    ended = run("doctor", "moomoo", "--sandbox", "--question", spelling, "--no-probe", "--format", "json")
    assert (ended.code, {row["question"] for row in rows(ended)}) == (0, {"short_interest"})


def test_a_broker_without_a_sandbox_has_none(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROKERPORT_PLUGINS", "finra")
    ended = run("doctor", "finra", "--sandbox", "--format", "json")
    wrong = failure(ended)
    assert (ended.code, wrong["check"], wrong["detail"], wrong["fix"]) == (2, "settings", "finra has no sandbox", "leave out --sandbox")


def test_the_address_can_be_given_of_one_broker(run: Run, serve: Serve) -> None:
    address = serve(hangs_up)
    ended = run("doctor", "moomoo", *address, "--format", "json")
    (reached,) = (row for row in rows(ended) if row["check"] == "gateway reachable")
    assert (reached["outcome"], reached["detail"], ended.code) == ("ok", f"127.0.0.1:{address[-1]}", 3)
    both = run("doctor", *address)
    assert (both.code, both.data) == (2, "")
    assert "--host and --port are of one broker, not of futu, moomoo" in both.words


def test_a_broker_is_asked_what_it_answers(run: Run, add_plugin: AddPlugin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROKERPORT_PLUGINS", "states")
    add_plugin("states", US_ONLY)
    ended = run("doctor", "--format", "json")
    assert (ended.code, {(row["question"], row["symbol"]) for row in rows(ended)}) == (0, {("ark_dynamic", "US.TSLA")})


def test_where_nobody_listens_the_table_says_what_to_start(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setenv("BROKERPORT_MOOMOO_PORT", str(taken.getsockname()[1]))
        ended = run("doctor", "moomoo")
    assert ended.code == 3
    lines = ended.data.splitlines()
    failed = next(place for place, line in enumerate(lines) if line.startswith("  failed "))
    assert lines[failed].startswith("  failed   gateway reachable  nobody listens at 127.0.0.1:")
    assert "fix: start moomoo OpenD, or set host and port (" in " ".join(" ".join(lines[failed:]).split())


NOT_LOGGED_IN = global_state_pb2.Response(retType=0, s2c={**STATE, "qotLogined": False})
REFUSED = short_volume_pb2.Response(retType=-1, retMsg="unknown stock")
TOO_OFTEN = short_volume_pb2.Response(retType=-1, retMsg="获取每日卖空量频率太高，请求失败，每30秒最多30次。")
NONSENSE = short_volume_pb2.Response(retType=0)


@pytest.mark.parametrize(
    ("script", "check", "code"),
    [
        (hangs_up, "handshake", 3),
        (silent, "handshake", 4),
        (answering({GLOBAL_STATE: NOT_LOGGED_IN}), "gateway logged in", 3),
        (well(REFUSED), "probe", 6),
        (well(TOO_OFTEN), "probe", 5),
        (well(NONSENSE), "probe", 7),
    ],
)
def test_the_exit_code_is_that_of_the_first_failure(run: Run, at: Any, script: Script, check: str, code: int) -> None:
    at(script)
    ended = run("doctor", "moomoo", "--timeout", "1.5", "--format", "json")
    assert (failure(ended)["check"], ended.code) == (check, code)
    assert failure(ended)["fix"]
    assert json.loads(ended.data)["ok"] is False


def test_the_first_broker_that_fails_gives_the_exit_code_and_the_others_are_examined_too(
    run: Run, add_plugin: AddPlugin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BROKERPORT_PLUGINS", "futu,moomoo,ruined")
    add_plugin("ruined", "import no_such_module")
    ended = run("doctor", "futu", "ruined", "nobody", "moomoo", "--sandbox", "--format", "json")
    assert ended.code == 8
    failures = {row["broker"]: row["check"] for row in rows(ended) if row["outcome"] == "failed"}
    assert failures == {"ruined": "loaded", "nobody": "installed"}
    assert run("doctor", "nobody").code == 2


def test_a_plugin_that_is_switched_off_has_failed_when_it_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROKERPORT_PLUGINS", "futu")
    ended = run("doctor", "moomoo", "--format", "json")
    assert (ended.code, failure(ended)["check"]) == (8, "switched on")


def test_a_market_without_such_data_is_told(run: Run) -> None:
    ended = run("doctor", "moomoo", "--sandbox", "--question", "short_volume", "--symbol", "SG.D05", "--format", "json")
    assert (ended.code, failure(ended)["check"], failure(ended)["fix"]) == (6, "market", "ask about one of those")


def test_where_every_broker_is_switched_off_it_says_by_what(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROKERPORT_PLUGINS", "")
    ended = run("doctor")
    assert (ended.code, ended.data) == (2, "")
    assert "every broker is switched off: BROKERPORT_PLUGINS names none of those installed, finra, futu, moomoo" in ended.words


@pytest.mark.parametrize("wrong", [("--question", "short_volumes"), ("--symbol", "00700"), ("--timeout", "0")])
def test_wrong_use_is_no_diagnosis(run: Run, wrong: tuple[str, str]) -> None:
    ended = run("doctor", "moomoo", *wrong)
    assert (ended.code, ended.data) == (2, "")


@pytest.mark.parametrize("form", ["table", "csv", "json"])
def test_no_secret_is_ever_shown(run: Run, at: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    at(hangs_up)
    file = write(tmp_path)
    monkeypatch.setenv("BROKERPORT_MOOMOO_RSA_KEY", str(file))
    ended = run("doctor", "moomoo", "--format", form)
    assert ended.code == 3
    file.write_bytes(pem(key()).replace(b"PRIVATE", b"PIRATE"))
    broken = run("doctor", "moomoo", "--format", form)
    assert broken.code == 2
    for line in pem(key()).decode().splitlines()[1:-1]:
        assert line not in "".join((ended.data, ended.words, broken.data, broken.words))
