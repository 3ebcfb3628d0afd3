"""JSON: what ``to_dicts`` says, with what belongs to no row."""

from __future__ import annotations

import json
from datetime import date
from io import StringIO
from typing import Any

import attrs
import pytest

from brokerport import AtOnce, Bucket, Capability, Quota, ShortVolume, ShortVolumeHistory
from brokerport.cli import answers, json_format, listings
from brokerport.models import Result
from brokerport.questions import QUESTIONS
from core.cli.samples import ANSWERS, ARK, INTEREST, RANKING, SOURCE, TENCENT, VOLUME


def written(question: str, answer: Result) -> Any:
    file = StringIO()
    json_format.write(answers.report(QUESTIONS[question], answer), file)
    return json.loads(file.getvalue(), parse_constant=pytest.fail)


@pytest.mark.parametrize(("question", "answer"), ANSWERS.items())
def test_it_reads_back_as_to_dicts(question: str, answer: Result) -> None:
    expected = [{name: value.isoformat() if isinstance(value, date) else value for name, value in row.items()} for row in answer.to_dicts()]
    assert written(question, answer)["rows"] == expected


def test_what_belongs_to_no_row_stands_beside_the_rows() -> None:
    told = written("short_volume", VOLUME)
    del told["rows"]
    assert told == {
        "question": "short_volume",
        "symbol": "HK.00700",
        "source": {"broker": "moomoo", "fetched_at": "2024-05-02T08:30:15.250000+00:00", "sandbox": True},
        "cursor": "1714406400",
        "missing": [],
        "open_short": {"shares": 32189668, "percent": 0.53, "day": "2024-04-26"},
    }


def test_days_that_are_missing_are_a_list_of_iso_texts() -> None:
    assert written("short_volume", attrs.evolve(VOLUME, missing=(date(2024, 5, 1),)))["missing"] == ["2024-05-01"]


@pytest.mark.parametrize(("question", "answer"), ANSWERS.items())
def test_no_field_of_an_answer_is_left_out(question: str, answer: Any) -> None:
    told = written(question, answer)
    names = {*told, *told["rows"][0]}
    for field in attrs.fields(type(answer)):
        assert any(name == field.name or name.startswith(f"{field.name}_") for name in names)


def test_the_last_page_has_a_cursor_that_is_null() -> None:
    told = written("short_interest", INTEREST)
    assert told["cursor"] is None
    assert "open_short" not in told
    assert "cursor" not in written("ark_dynamic", ARK)


def test_integers_keep_every_digit() -> None:
    assert written("short_volume", VOLUME)["rows"][1]["volume"] == 2**63


def test_what_is_no_number_is_null() -> None:
    rows = tuple(ShortVolume(close=value) for value in (float("nan"), float("inf"), 1.5))
    told = written("short_volume", ShortVolumeHistory(symbol=TENCENT, rows=rows, source=SOURCE))
    assert [row["close"] for row in told["rows"]] == [None, None, 1.5]


def test_text_stays_as_it_is() -> None:
    file = StringIO()
    json_format.write(answers.report(QUESTIONS["broker_ranking"], RANKING), file)
    assert '"name": "中银国际"' in file.getvalue()


def test_a_listing_tells_limits_as_a_manifest_does() -> None:
    answered = [Capability("short_volume", quota=each) for each in (None, Quota(30, 30), (Bucket(10, 20, shared="all"), AtOnce(5)))]
    file = StringIO()
    json_format.write(listings.capabilities([("acme", each) for each in answered]), file)
    told = [row["quota"] for row in json.loads(file.getvalue())["rows"]]
    assert told == [None, {"requests": 30, "seconds": 30}, [{"per_second": 10, "burst": 20, "shared": "all"}, {"at_once": 5}]]
