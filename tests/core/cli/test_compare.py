"""``brokerport compare``: differences on stdout, the verdict on stderr, and a number for scripts."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from io import StringIO
from itertools import count

import pytest
from attrs import evolve

from brokerport import InvalidRequestError
from brokerport.cli import cells
from brokerport.cli.compare import part, report
from brokerport.comparing.comparison import Comparison, Difference, DifferenceKind, Only
from brokerport.models.headers import NONE
from brokerport.questions import SHORT_VOLUME
from core.cli.running import AddPlugin, Run
from core.cli.samples import SOURCE, TESLA

TOLD = """
    from datetime import UTC, date, datetime

    from brokerport import Provider, RejectedError, ShortProvider, ShortVolume, ShortVolumeHistory, Source, hookimpl

    class Telling(ShortProvider):
        async def short_volume(self, symbol, *, limit, after):
            row = {row}
            rows = (ShortVolume(day=date(2024, 5, 2), **row),)
            return ShortVolumeHistory(symbol=symbol, rows=rows, source=Source("{name}", datetime.now(UTC)))

        async def short_interest(self, symbol, *, limit, after):
            raise RejectedError("no such right", code=1, text="no")

    @hookimpl
    def register_providers(register):
        register("{name}", lambda settings: Telling())
"""
NUMBERS = count()
Brokers = Callable[[str, str], tuple[str, str]]
NOTHING_FOUND = Comparison(
    question="short_volume",
    symbol=TESLA,
    brokers=("one", "two"),
    sources=(SOURCE, SOURCE),
    tolerance=0.005,
    matched=1,
    shared=(),
    only_first=Only(),
    only_second=Only(),
    differences=(),
)
ASKED = ("short-volume", "US.TSLA")


@pytest.fixture
def brokers(add_plugin: AddPlugin) -> Brokers:
    """Install two brokers that tell these of one day; gives their names, which no other test has: what is loaded stays."""

    def brokers(*rows: str) -> tuple[str, str]:
        first, second = (f"{place}{next(NUMBERS)}" for place in ("first", "second"))
        for name, row in zip((first, second), rows, strict=True):
            add_plugin(name, TOLD.replace("{name}", name).replace("{row}", row))
        return first, second

    return brokers


def test_agreement_is_safe_and_exits_with_zero(run: Run) -> None:
    ended = run("compare", "futu", "moomoo", *ASKED, "--sandbox", "--limit", "5")
    assert ended.code == 0
    title, *_, rows, fields = ended.data.splitlines()
    assert title == "Short volume of US.TSLA: futu against moomoo, sandbox (synthetic data)"
    assert (rows, fields.startswith("Fields of both: short_volume, volume, ")) == ("Rows in both: 5", True)
    assert ended.words == "sandbox: synthetic data\nsafe\n"


def test_a_disagreement_is_shown_figure_by_figure(run: Run, brokers: Brokers) -> None:
    pair = brokers("dict(volume=1_000_000, close=12.5)", "dict(volume=2_000_000, close=12.5)")
    ended = run("compare", *pair, *ASKED)
    assert ended.code == 9
    assert ended.data.splitlines()[3].split() == ["2024-05-02", "volume", "differs", "1,000,000", "2,000,000", "50.00", "%"]
    assert ended.words == "not safe: differing figures: 1 (volume)\n"


def test_what_the_second_does_not_tell_has_a_number_of_its_own(run: Run, brokers: Brokers) -> None:
    pair = brokers("dict(volume=7, close=12.5)", "dict(volume=7)")
    ended = run("compare", *pair, *ASKED)
    assert (ended.code, ended.words) == (10, f"safe for what both tell: {pair[1]} does not tell close\n")
    assert f"Only {pair[0]} tells: close" in ended.data
    assert run("compare", *reversed(pair), *ASKED).code == 0


def test_json_holds_figures_verdict_and_sources(run: Run, brokers: Brokers) -> None:
    pair = brokers("dict(volume=1000, close=12.5)", "dict(volume=2000)")
    told = json.loads(run("compare", *pair, *ASKED, "--format", "json").data)
    assert told["rows"] == [{"row": "2024-05-02", "field": "volume", "kind": "differs", "first": 1000, "second": 2000, "relative": 0.5}]
    assert (told["agrees"], told["safe"], told["brokers"], told["matched"]) == (False, False, list(pair), 1)
    assert told["only_first"]["fields"] == ["close"]
    assert [source["broker"] for source in told["sources"]] == list(pair)


def test_csv_holds_the_differences_as_they_are(run: Run, brokers: Brokers) -> None:
    pair = brokers("dict(volume=-7)", "dict(volume=8)")
    (row,) = csv.DictReader(StringIO(run("compare", *pair, *ASKED, "--format", "csv").data))
    assert (row["first"], row["second"], row["relative"]) == ("-7", "8", "1.875")


def test_the_tolerance_decides(run: Run, brokers: Brokers) -> None:
    pair = brokers("dict(volume=1000)", "dict(volume=1020)")
    codes = [run("compare", *pair, *ASKED, "--tolerance", each).code for each in ("1%", "2%", "0.01", "0.02")]
    assert codes == [9, 0, 9, 0]


@pytest.mark.parametrize(("text", "number"), [("0.5%", 0.005), ("0.005", 0.005), ("0", 0.0), ("1 %", 0.01)])
def test_a_tolerance_is_a_percentage_or_a_part(text: str, number: float) -> None:
    assert part(text) == pytest.approx(number)


@pytest.mark.parametrize("text", ["", "%", "a lot", "5%5"])
def test_a_tolerance_that_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequestError, match=r"is no number; write 0\.5% or 0\.005"):
        part(text)


def test_a_question_that_does_not_take_the_argument_is_wrong_use(run: Run) -> None:
    ended = run("compare", "futu", "moomoo", "ark-dynamic", "US.TSLA", "--limit", "3", "--sandbox")
    assert (ended.code, ended.data) == (2, "")
    assert "ark_dynamic takes nothing more, not limit" in ended.words


def test_a_broker_that_fails_is_named_and_ends_in_its_own_number(run: Run, brokers: Brokers) -> None:
    pair = brokers("dict()", "dict()")
    ended = run("compare", *pair, "short-interest", "US.TSLA")
    assert (ended.code, ended.data) == (6, "")
    assert f"{pair[0]} failed while {pair[0]} was compared with {pair[1]}" in ended.words


def test_a_figure_that_one_does_not_tell_is_a_dash() -> None:
    gap = Difference(row=None, field="volume", kind=DifferenceKind.UNTOLD, first=7, second=None, relative=None)
    shown = report(SHORT_VOLUME, evolve(NOTHING_FOUND, differences=(gap,))).shown
    assert [cells.texts(column, NONE) for column in shown] == [["-"], ["volume"], ["untold"], ["7"], ["-"], ["-"]]


def test_rows_that_only_one_has_are_listed_below() -> None:
    found = evolve(NOTHING_FOUND, only_second=Only(newer=("2024-05-03",), older=("2024-05-01",)))
    assert [(fact.name, fact.values) for fact in report(SHORT_VOLUME, found).facts] == [
        ("rows_in_both", ["1"]),
        ("only_two_has", ["2024-05-03, 2024-05-01"]),
    ]
