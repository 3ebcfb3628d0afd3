"""The contract: a provider that keeps it passes, each way to break it fails its own case alone, and the report tells of it."""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections import Counter
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from brokerport.testing import ProviderContract
from brokerport.testing.cases import Level
from brokerport.testing.contract import CASES
from core.testing import plugins
from core.testing.plugins import USELESS
from core.testing.running import ROOT, Card, cards, ended, run_pytest
from core.testing.toys import BROKEN, MISTAKEN, SUITES

PAGE = ROOT / "docs" / "testing-a-plugin.md"
TESTS = """
import gc
from importlib import import_module
from brokerport_toy import SUITES
globals().update(SUITES)
for plugin in {plugins}:
    suite = import_module(plugin).SUITE
    globals()[suite.__name__] = suite
gc.freeze()  # else every collection of garbage looks through all that pytest is
"""
FAILS = {
    **{provider.__name__: number for provider, number in BROKEN.items()},
    **{name: each[2] for name, each in MISTAKEN.items()},
    **{name: plugin.case for name, plugin in USELESS.items()},
}

pytestmark = pytest.mark.timeout(120)  # some thousand cases, in a process of their own


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the plugin of the toys is installed, and everything of theirs was run."""
    folder = tmp_path_factory.mktemp("toys")
    for file, text in {
        **dict(plugins.files()),
        "test_toys.py": TESTS.format(plugins=[plugins.package(name) for name in USELESS]),
        "beside/conftest.py": "",  # whose hooks pytest leaves out for the toys
        "beside/test_beside.py": "class TestBeside:\n    def test_beside(self): pass",
    }.items():
        (folder / file).parent.mkdir(exist_ok=True)
        (folder / file).write_text(text, "utf-8")
    (folder / "out.txt").write_text(run_pytest(folder, "--contract-report=report.json").stdout, "utf-8")
    return folder


@pytest.fixture(scope="module")
def told(folder: Path) -> dict[str, Card]:
    """What the report says of each class."""
    return cards(folder / "report.json")


def test_what_keeps_its_promises_passes_every_case(told: dict[str, Card]) -> None:
    assert ended(told["Keeps"], "passed") == {case.number: None for case in CASES}
    assert told["Keeps"]["level"] == "gold"


@pytest.mark.parametrize("name", FAILS)
def test_a_broken_promise_fails_the_case_that_is_named_for_it(name: str, told: dict[str, Card]) -> None:
    assert list(ended(told[name], "failed")) == [FAILS[name]]


def test_every_case_can_fail() -> None:
    assert sorted(set(FAILS.values())) == [case.number for case in CASES]


@pytest.mark.parametrize("name", FAILS)
def test_a_failure_costs_its_level_and_those_above(name: str, told: dict[str, Card]) -> None:
    level = next(case.level for case in CASES if case.number == FAILS[name])
    assert told[name]["level"] == {Level.BRONZE: None, Level.SILVER: "bronze", Level.GOLD: "silver"}[level]


def test_what_does_not_apply_is_skipped_with_its_reason(told: dict[str, Card]) -> None:
    reasons = ended(told["OnlyArk"], "skipped")
    about_a_symbol = 25
    assert reasons == {case.number: case.skips[0] for case in CASES if case.skips and case.number != about_a_symbol}


def test_what_is_not_arranged_is_not_run_and_costs_the_level(told: dict[str, Card]) -> None:
    reasons = ended(told["OnlyArk"], "not run")
    assert list(reasons) == [case.number for case in CASES if case.level is Level.GOLD]
    assert reasons[34] == "broken['silent'] has to make a provider whose broker takes the question and never answers"
    assert told["OnlyArk"]["level"] == "silver"


def test_a_failure_that_cannot_be_is_skipped_in_the_words_of_the_author(told: dict[str, Card]) -> None:
    assert ended(told["HasNoQuota"], "skipped") == {36: "files have no quota"}
    assert told["HasNoQuota"]["level"] == "gold"


def test_a_case_is_not_run_without_what_it_needs(told: dict[str, Card]) -> None:
    reasons = ended(told["IgnoresTheLimit"], "not run")
    assert {number: reasons[number] for number in (10, 11, 12, 28)} == {
        10: "needs case 09",
        11: "needs case 10",
        12: "needs case 10",
        28: "needs case 13",
    }


@pytest.mark.parametrize(
    ("name", "number", "reason"),
    [
        ("NamesNoSymbol", 2, "symbols has to name what to ask ark_dynamic for: symbols = {'ark_dynamic': ['US.TSLA']}"),
        ("NamesAStranger", 2, "there are symbols for a question that it does not answer"),
        ("HasAFailureOfItsOwn", 33, "there are only unreachable, silent, refusing, exhausted, garbled"),
        ("IsDown", 4, "RejectedError: closed on Sundays"),
    ],
)
def test_a_mistake_of_the_author_is_told(name: str, number: int, reason: str, told: dict[str, Card]) -> None:
    assert reason in (ended(told[name], "failed")[number] or "")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Reads", f"making it did open({os.devnull!r}, 'r'); a provider does no I/O until it is asked"),
        ("NamesAnother", "ark_dynamic of HK.00700 has source.broker 'futu'; its plugin is 'toy' of brokerport-toy 1.2.3"),
        ("SaysZero", "volume is 0 in every row of HK.00700; where the broker says nothing it has to be None"),
        ("SellsMoreThanIsTraded", "2024-05-31: short_volume is 12, and volume is 11; a part cannot be more; 2024-05-30: "),
        ("RepeatsADay", "has rows that are not newest first, each day once: 2024-05-31 comes again"),
        ("AnswersForEveryMarket", "short_volume of AU.1 has to be an UnsupportedError, and is the ShortVolumeHistory of AU.1"),
        ("CountsItsAnswers", "ark_dynamic of HK.00700, asked twice at once, differs: answer.transactions is "),
        ("DiffersFromItsManifest", "capabilities() and the manifest differ: ark_dynamic.page_size is 50 and None; "),
        ("LeavesATask", "closing leaves tasks: <Task pending "),
        ("ForgetsTheComma", "ark_dynamic has limits Quota(requests=1000, seconds=1"),
        ("ReadsDaysInUtc", "the ShortVolumeHistory of HK.00700 seems to be a day off: it has 2024-05-26, a Sunday, and some day of "),
        ("SwapsTheSides", "HK.00700 has a row of side 'sell' with net_volume 7"),
        ("RanksTheSmallestFirst", "HK.00700 has on side 'sell' first -1 and then -6"),
        ("GoesBackOnce", "says the same as with days_before=1; each has to be one trading day further back"),
        ("IsAlwaysRealTime", "broker_ranking of HK.00700 with days_before=1: BrokerRanking.real_time is True, which is of the present day"),
        ("SwapsTheFlows", "capital_distribution of HK.00700: inflow_small is 2.5, and expected is 4"),
        ("CountsInThousands", "short_volume of HK.00700: in the row with day 2024-05-31, volume is 100000, and expected is 100"),
        *((name, plugin.reason) for name, plugin in USELESS.items()),
    ],
)
def test_the_reason_names_the_fault(name: str, reason: str, told: dict[str, Card]) -> None:
    assert reason in (ended(told[name], "failed")[FAILS[name]] or "")


def test_every_reason_is_one_sentence_and_whole(told: dict[str, Card]) -> None:
    reasons = [str(reason) for card in told.values() for reason in ended(card, "failed").values()]
    assert [said for said in reasons if len(said) > 300 or re.search(r"\bassert |AssertionError: *$|^Failed: |\.\.\.|\n", said)] == []


def test_a_provider_of_no_plugin_is_not_compared_with_one(told: dict[str, Card]) -> None:
    assert ended(told["OnlyArk"], "skipped")[38] == "no plugin that is installed brings its class"


def test_the_report_names_the_plugin_that_is_installed(folder: Path, told: dict[str, Card]) -> None:
    named = {key: told["Keeps"][key] for key in ("broker", "plugin", "version")}
    assert named == {"broker": "toy", "plugin": "brokerport-toy", "version": "1.2.3"}
    assert {key: told["OnlyArk"][key] for key in named} == {"broker": "another", "plugin": None, "version": None}
    whole = json.loads((folder / "report.json").read_text("utf-8"))
    assert (whole["schema"], sorted(whole["versions"])) == (1, ["brokerport", "python"])
    assert len(whole["providers"]) == len(SUITES) + len(USELESS)


def test_the_report_in_text_says_the_same(folder: Path) -> None:
    said = (folder / "out.txt").read_text("utf-8")
    assert f"test_toys.py::TestKeeps (toy, brokerport-toy 1.2.3): gold\n  passed {len(CASES)}, skipped 0, not run 0, failed 0\n" in said
    unknown = "  skipped 46: no golden answers are given, so nobody knows whether the figures are the broker's: expected = {...}"
    only = said.partition("test_toys.py::TestOnlyArk (another): silver\n")[2].splitlines()
    assert only[:2] == ["  passed 21, skipped 20, not run 5, failed 0", "  skipped 07: no answer tells a time of the market"]
    assert "  skipped 08, 09, 10, 11, 12, 13, 26, 28: answers no history" in only[:6]
    assert unknown in only
    early = said.partition("test_toys.py::TestEndsEarly (toy, brokerport-toy 1.2.3): bronze\n")[2].splitlines()
    assert early[2:4] == ["  not run 11, 12, 13, 26: needs case 10", "  not run 28: needs case 13"]
    assert early[9].startswith("  failed 10 a cursor goes on where the rows ended: PaginationError: HK.00700: after 4 rows came ")


def test_a_report_of_a_part_tells_what_was_not_asked_for(folder: Path) -> None:
    done = run_pytest(folder, "test_toys.py::TestKeeps", "-k", "test_10", "--contract-report=part.json")
    (card,) = cards(folder / "part.json").values()
    assert (done.returncode, list(ended(card, "passed")), card["level"]) == (0, [10], None)
    assert set(ended(card, "not run").values()) == {"not asked for"}


def test_a_run_without_the_contract_imports_nothing_of_it(tmp_path: Path) -> None:
    (tmp_path / "test_other.py").write_text("import sys\ndef test_other(): assert 'brokerport' not in sys.modules", "utf-8")
    done = run_pytest(tmp_path, "--contract-report=none.json")
    assert (done.returncode, "contract" in done.stdout) == (0, False)


def test_pytest_is_told_of_the_report() -> None:
    project = tomllib.loads((ROOT / "core" / "pyproject.toml").read_text("utf-8"))["project"]
    module = import_module(project["entry-points"]["pytest11"]["brokerport"])
    assert {"pytest_addoption", "pytest_itemcollected"} <= vars(module).keys()


def test_the_contract_says_what_a_subclass_has_to_give() -> None:
    with pytest.raises(NotImplementedError, match="the subclass has a fixture make"):
        ProviderContract.make.__wrapped__(ProviderContract())  # type: ignore[attr-defined]


def test_a_case_needs_only_what_runs_before_it() -> None:
    order = [case.number for base in reversed(ProviderContract.__mro__) for case in _own_cases(base)]
    assert all(order.index(need) < order.index(case.number) for case in CASES for need in case.needs)


def _own_cases(base: type) -> list[Any]:
    return [test.contract_case for test in vars(base).values() if hasattr(test, "contract_case")]


def test_numbers_are_without_gaps() -> None:
    assert [case.number for case in CASES] == list(range(1, len(CASES) + 1))


def test_the_page_lists_every_case() -> None:
    rows = re.findall(r"^\| (\d\d) \| (.+?) \| (\w+) \| (.*?) \| (.*?) \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    assert rows == [
        (f"{case.number:02}", case.title, case.level, ", ".join(f"{need:02}" for need in case.needs) or "—", "; ".join(case.skips) or "—")
        for case in CASES
    ]


def test_no_question_is_asked_more_often_than_the_page_says(folder: Path, told: dict[str, Card]) -> None:
    assert told["TellsWhatItIsAsked"]["level"] == "gold"
    stated = re.search(r"at most (\d+) times for each of its symbols", PAGE.read_text("utf-8"))
    assert stated is not None
    assert max(Counter((folder / "asked.txt").read_text("utf-8").splitlines()).values()) == int(stated[1])
