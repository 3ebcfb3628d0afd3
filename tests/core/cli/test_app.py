"""The commands, asked of the sandbox."""

from __future__ import annotations

import csv
import json
from io import StringIO

import pytest

from brokerport import registry
from brokerport.questions import QUESTIONS
from core.cli.running import AddPlugin, Run

SANDBOX = ("--broker", "moomoo", "--sandbox")
SYMBOLS = {
    "ark_dynamic": "US.TSLA",
    "capital_distribution": "HK.00700",
    "broker_ranking": "HK.00700",
    "short_volume": "HK.00700",
    "short_interest": "US.TSLA",
}


@pytest.fixture
def history() -> list[dict[str, object]]:
    """The sandbox's short volume as the client tells it, but for the present day, which goes on."""
    with registry.get("moomoo", sandbox=True) as client:
        return client.short_volume("HK.00700", limit=5).to_dicts()[1:]


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_question_has_a_command(run: Run, question: str) -> None:
    symbol = SYMBOLS[question]
    ended = run(question.replace("_", "-"), symbol, *SANDBOX)
    assert ended.code == 0
    title, _, _, row, *_ = ended.data.splitlines()
    assert f" of {symbol} from moomoo, " in title
    assert title.endswith("sandbox (synthetic data)")
    assert row
    assert ended.words.startswith("sandbox: synthetic data\n")


@pytest.mark.parametrize("question", QUESTIONS)
def test_help_tells_every_argument(run: Run, question: str) -> None:
    told = run(question.replace("_", "-"), "--help").data
    options = [f"--{name.replace('_', '-')} " for name in QUESTIONS[question].said.parameters if name != "symbol"]
    assert [option for option in options if option not in told] == []


def test_json_is_what_the_client_tells(run: Run, history: list[dict[str, object]]) -> None:
    told = json.loads(run("short-volume", "HK.00700", *SANDBOX, "--limit", "5", "--format", "json").data)
    assert told["source"]["sandbox"] is True
    assert told["rows"][1:] == [{**row, "day": str(row["day"])} for row in history]


def test_csv_is_what_the_client_tells(run: Run, history: list[dict[str, object]]) -> None:
    ended = run("short-volume", "HK.00700", *SANDBOX, "--limit", "5", "--format", "csv")
    rows = list(csv.DictReader(StringIO(ended.data, newline="")))
    assert rows[1:] == [{name: "" if value is None else str(value) for name, value in row.items()} for row in history]


def test_the_table_has_the_clients_figures(run: Run, history: list[dict[str, object]]) -> None:
    table = run("short-volume", "HK.00700", *SANDBOX, "--limit", "5").data.splitlines()
    for line, row in zip(table[4:8], history, strict=True):
        figures = [f"{row[name]:,}" for name in ("short_volume", "volume")]
        assert line.split()[:3] == [str(row["day"]), *figures]


def test_after_goes_on_where_the_note_says(run: Run) -> None:
    both = run("short-interest", "HK.00700", *SANDBOX, "--limit", "4", "--format", "csv").data.splitlines()
    first = run("short-interest", "HK.00700", *SANDBOX, "--limit", "2", "--format", "csv")
    note = first.words.splitlines()[-1]
    assert note.startswith("more rows: --after ")
    second = run("short-interest", "HK.00700", *SANDBOX, "--limit", "2", "--format", "csv", *note.split()[-2:])
    assert second.data.splitlines()[1:] == both[3:]


def test_all_follows_every_page(run: Run) -> None:
    ended = run("short-interest", "HK.00700", *SANDBOX, "--all", "--format", "json")
    told = json.loads(ended.data)
    assert len(told["rows"]) > 50
    assert told["cursor"] is None
    assert ended.words == "sandbox: synthetic data\n"


def test_ten_rows_unless_told_otherwise(run: Run) -> None:
    assert len(json.loads(run("short-volume", "US.TSLA", *SANDBOX, "--format", "json").data)["rows"]) == 10


def test_days_before_asks_for_a_past_day(run: Run) -> None:
    (first, *_) = json.loads(run("broker-ranking", "HK.00700", *SANDBOX, "--days-before", "2", "--format", "json").data)["rows"]
    assert first["real_time"] is False
    assert first["total_turnover"] is None


def test_no_data_is_said_and_is_no_failure(run: Run) -> None:
    ended = run("short-volume", "HK.NODATA", *SANDBOX, "--format", "csv")
    assert ended.code == 0
    assert len(ended.data.splitlines()) == 1
    assert ended.words == "sandbox: synthetic data\nno rows\n"


def test_brokers_lists_those_that_are_installed(run: Run, add_plugin: AddPlugin) -> None:
    add_plugin("listed", "raise ImportError")
    rows = {row["broker"]: row for row in json.loads(run("brokers", "--format", "json").data)["rows"]}
    assert list(rows) == list(registry.names())
    facts = {"distribution": "brokerport-listed", "version": "1.2", "state": "found", "api": None, "about": None, "error": None}
    assert rows["listed"] == {"broker": "listed", **facts}
    assert rows["moomoo"]["api"] == ">=1.0,<2"


def test_brokers_can_be_loaded_to_see_which_cannot_be(run: Run, add_plugin: AddPlugin) -> None:
    add_plugin("torn", "raise ImportError")
    ended = run("brokers", "--load", "--format", "json")
    rows = {row["broker"]: row for row in json.loads(ended.data)["rows"]}
    assert (rows["torn"]["state"], rows["moomoo"]["state"], ended.code) == ("failed", "loaded", 8)
    assert ended.words == "error: plugin 'torn' of brokerport-torn 1.2 did not load: ImportError:\n"
    assert rows["torn"]["error"] == "plugin 'torn' of brokerport-torn 1.2 did not load: ImportError: "


def test_capabilities_are_the_registrys(run: Run) -> None:
    rows = list(csv.DictReader(StringIO(run("capabilities", "moomoo", "--format", "csv").data)))
    assert [row["question"] for row in rows] == [each.question for each in registry.capabilities("moomoo")]
    assert rows[3] == {
        "broker": "moomoo",
        "question": "short_volume",
        "markets": "HK US",
        "quota": "30 in 30 s",
        "page_size": "50",
        "since": "",
    }


def test_json_says_markets_and_quotas_as_values(run: Run) -> None:
    rows = {row["question"]: row for row in json.loads(run("capabilities", "moomoo", "--format", "json").data)["rows"]}
    assert rows["short_volume"]["markets"] == ["HK", "US"]
    assert rows["short_volume"]["quota"] == {"requests": 30, "seconds": 30}


def test_of_nobody_there_is_no_table(run: Run) -> None:
    ended = run("capabilities", "nope")
    assert (ended.code, ended.data) == (2, "")


def test_a_refused_cursor_is_called_by_its_option(run: Run) -> None:
    ended = run("short-volume", "HK.00700", *SANDBOX, "--after", "abc")
    assert ended.code == 6
    assert ended.words.endswith("; perhaps --after abc is no cursor of an earlier answer to this question\n")
    assert "--after" not in run("short-volume", "HK.UNKNOWN", *SANDBOX).words


def test_a_broken_plugin_does_not_hide_the_capabilities_of_others(run: Run, add_plugin: AddPlugin) -> None:
    add_plugin("rotten", "import no_such_module")
    ended = run("capabilities")
    assert ended.code == 8
    assert {line.split()[0] for line in ended.data.splitlines()[3:]} == {*registry.names()} - {"rotten"}
    assert "brokerport-rotten 1.2" in ended.words
