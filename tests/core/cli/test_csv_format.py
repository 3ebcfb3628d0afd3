"""CSV: what ``to_dicts`` says, raw."""

from __future__ import annotations

import csv
from datetime import date, datetime
from io import StringIO
from numbers import Real
from typing import Any

import pytest

from brokerport import BrokerRanking, RankedBroker
from brokerport.cli import answers, csv_format
from brokerport.models import Result, columns
from brokerport.questions import QUESTIONS
from core.cli.samples import ANSWERS, RANKING, SOURCE, TENCENT

READ: dict[type, Any] = {
    int: int,
    float: float,
    Real: lambda text: int(text) if text.lstrip("-").isdigit() else float(text),
    str: str,
    bool: {"true": True, "false": False}.__getitem__,
    date: date.fromisoformat,
    datetime: datetime.fromisoformat,
}


def written(question: str, answer: Result) -> str:
    file = StringIO()
    csv_format.write(answers.report(QUESTIONS[question], answer), file)
    return file.getvalue()


@pytest.mark.parametrize(("question", "answer"), [pair for pair in ANSWERS.items() if pair[1] is not RANKING])
def test_it_reads_back_as_to_dicts(question: str, answer: Result) -> None:
    kinds = {column.name: column.kind for column in columns.columns(answer)}
    rows = csv.DictReader(StringIO(written(question, answer)))
    assert [{name: READ[kinds[name]](text) if text else None for name, text in row.items()} for row in rows] == answer.to_dicts()


def test_text_like_a_formula_gets_an_apostrophe_and_a_negative_number_does_not() -> None:
    assert written("broker_ranking", RANKING).split("\r\n") == [
        "symbol,real_time,as_of,basis,days,name,side,net_volume,average_price,total_volume,total_turnover,broker_id",
        "HK.00700,false,2024-05-02T16:00:00+08:00,,,中银国际,buy,1234500,276.259787,2000000.0,500000000.0,",
        "HK.00700,false,2024-05-02T16:00:00+08:00,,,'=cmd|' /C calc'!A0,sell,-7,,,,",
        "",
    ]


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_text_begins_like_a_formula(name: str) -> None:
    answer = BrokerRanking(symbol=TENCENT, rows=(RankedBroker(name=name),), source=SOURCE)
    (row,) = csv.DictReader(StringIO(written("broker_ranking", answer), newline=""))
    assert row["name"] == f"'{name}"


@pytest.mark.parametrize("name", ['say "hi", twice', "two\nlines"])
def test_quotes_commas_and_line_breaks_are_quoted(name: str) -> None:
    answer = BrokerRanking(symbol=TENCENT, rows=(RankedBroker(name=name),), source=SOURCE)
    (row,) = csv.DictReader(StringIO(written("broker_ranking", answer), newline=""))
    assert row["name"] == name


def test_without_rows_the_header_remains() -> None:
    header = "symbol,real_time,as_of,basis,days,name,side,net_volume,average_price,total_volume,total_turnover,broker_id\r\n"
    assert written("broker_ranking", BrokerRanking(symbol=TENCENT, source=SOURCE)) == header
