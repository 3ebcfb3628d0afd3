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
from brokerport.cli.report import Report
from brokerport.models import Result, columns
from brokerport.models.columns import Column
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


SIGNS = ["=", "+", "-", "@", *"＝＋－＠", *"﹦﹢﹣﹫", "\N{MINUS SIGN}"]
BEFORE = [
    "",
    " ",
    "\t",
    "\r",
    "\n",
    "\xa0",
    "\u3000",
    "\ufeff",
    "\u200b",
    "\u200d",
    "\u2060",
    "\u202e",
    "\xad",
    "\0",
    "\u2028",
    "\u0903",
    "\ud800",
    "\ue000",
    "\uffff",
    *"\u115f\u1160\u2800\u3164\uffa0",
    " \ufeff\t\u200b ",
]


@pytest.mark.parametrize("name", [*(f"{before}{sign}1" for sign in SIGNS for before in BEFORE), "@SUM(A1)", "\tabc", "\rabc"])
def test_no_text_begins_like_a_formula(name: str) -> None:
    answer = BrokerRanking(symbol=TENCENT, rows=(RankedBroker(name=name),), source=SOURCE)
    (row,) = csv.DictReader(StringIO(written("broker_ranking", answer), newline=""))
    assert row["name"] == f"'{name}"


@pytest.mark.parametrize("name", ["a=1", "A-B", "中-银", "1-2", "'=1", "#1", "\u200ba", " x", "", "(1)", "/a"])
def test_all_other_text_is_exact(name: str) -> None:
    answer = BrokerRanking(symbol=TENCENT, rows=(RankedBroker(name=name),), source=SOURCE)
    (row,) = csv.DictReader(StringIO(written("broker_ranking", answer), newline=""))
    assert row["name"] == name


@pytest.mark.parametrize("value", [-7, -0.5, -1e300, 0, 2**80])
def test_numbers_stay_numbers(value: float) -> None:
    file = StringIO()
    csv_format.write(Report(title="", about={}, columns=[Column("figure", object, [value])], shown=[]), file)
    assert file.getvalue() == f"figure\r\n{value}\r\n"


def test_lists_are_guarded_too_and_so_are_the_names_of_columns() -> None:
    file = StringIO()
    csv_format.write(Report(title="", about={}, columns=[Column("=a", list, [["=1", "b"]])], shown=[]), file)
    assert file.getvalue() == "'=a\r\n'=1 b\r\n"


@pytest.mark.parametrize("name", ['say "hi", twice', "two\nlines"])
def test_quotes_commas_and_line_breaks_are_quoted(name: str) -> None:
    answer = BrokerRanking(symbol=TENCENT, rows=(RankedBroker(name=name),), source=SOURCE)
    (row,) = csv.DictReader(StringIO(written("broker_ranking", answer), newline=""))
    assert row["name"] == name


def test_without_rows_the_header_remains() -> None:
    header = "symbol,real_time,as_of,basis,days,name,side,net_volume,average_price,total_volume,total_turnover,broker_id\r\n"
    assert written("broker_ranking", BrokerRanking(symbol=TENCENT, source=SOURCE)) == header
