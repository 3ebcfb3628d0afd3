"""Results as JSON: one form, that of the command line without the question's name."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from enum import Enum
from io import StringIO
from typing import Any

import attrs
import pytest
from attrs import evolve, frozen

from brokerport import ArkDynamicKind, Market, OpenShort, Result, ShortVolume, ShortVolumeHistory, Source, Symbol
from brokerport.cli import answers, json_format
from brokerport.models.plain import plain
from brokerport.questions import QUESTIONS
from core.cli.samples import ANSWERS, SOURCE, TENCENT, VOLUME


def read(answer: Result) -> Any:
    return json.loads(answer.to_json(), parse_constant=pytest.fail)


@pytest.mark.parametrize(("question", "answer"), ANSWERS.items())
def test_it_is_what_the_command_line_writes_without_the_question(question: str, answer: Result) -> None:
    file = StringIO()
    json_format.write(answers.report(QUESTIONS[question], answer), file)
    assert {"question": question, **read(answer)} == json.loads(file.getvalue())


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=lambda answer: type(answer).__name__)
def test_every_field_and_every_figure_is_in_it(answer: Any) -> None:
    told = read(answer)
    assert told["rows"] == [{name: plain(value) for name, value in row.items()} for row in answer.to_dicts()]
    assert (told["symbol"], told["source"]) == (str(answer.symbol), plain(attrs.asdict(answer.source)))


def test_what_is_no_number_is_null_and_a_large_one_keeps_its_digits() -> None:
    rows = tuple(ShortVolume(close=value, volume=10**30) for value in (float("nan"), float("inf"), float("-inf"), 1.5))
    told = read(ShortVolumeHistory(symbol=TENCENT, rows=rows, source=SOURCE))["rows"]
    assert [row["close"] for row in told] == [None, None, None, 1.5]
    assert {row["volume"] for row in told} == {10**30}


def test_it_is_on_one_line_or_indented_and_text_stays_as_it_is() -> None:
    assert "\n" not in VOLUME.to_json()
    assert VOLUME.to_json(indent=2).startswith('{\n  "symbol": "HK.00700"')
    assert '"broker": "富途"' in evolve(VOLUME, source=Source("富途", SOURCE.fetched_at)).to_json()


def test_an_answer_about_a_market_or_about_nothing_says_so() -> None:
    @frozen(kw_only=True)
    class Turnover(Result):
        market: Market
        amount: float = 1.0
        source: Source = SOURCE

    @frozen(kw_only=True)
    class Holidays(Result):
        day: date = date(2024, 5, 1)
        source: Source = SOURCE

    assert read(Turnover(market=Market.HK)) | {"source": {}} == {"market": "HK", "source": {}, "rows": [{"market": "HK", "amount": 1.0}]}
    assert read(Holidays()) | {"source": {}} == {"source": {}, "rows": [{"day": "2024-05-01"}]}


class Rank(Enum):
    FIRST = 1


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (datetime(2024, 5, 2, 16, tzinfo=Market.HK.zone), "2024-05-02T16:00:00+08:00"),
        (datetime(2024, 5, 2, tzinfo=UTC), "2024-05-02T00:00:00+00:00"),
        (ArkDynamicKind.NO_DYNAMIC, "no_dynamic"),
        (Rank.FIRST, 1),
        (Symbol("HK", "1"), "HK.1"),
        (OpenShort(shares=7), {"shares": 7, "percent": None, "day": None}),
        ((date(2024, 5, 2), [float("nan"), True]), ["2024-05-02", [None, True]]),
        ({"a": (Market.HK,)}, {"a": ["HK"]}),
    ],
)
def test_a_value_is_as_json_has_it(value: object, said: object) -> None:
    assert plain(value) == said
