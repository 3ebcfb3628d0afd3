"""Every column has a title, and every figure a unit."""

from __future__ import annotations

from typing import Any

import pytest

from brokerport import Market, Question
from brokerport.cli import answers, listings
from brokerport.cli.headers import header
from brokerport.models import Result, columns
from brokerport.questions import BROKER_RANKING, QUESTIONS, SHORT_INTEREST, SHORT_VOLUME
from core.cli.samples import ANSWERS


def test_the_samples_answer_every_question() -> None:
    assert ANSWERS.keys() == QUESTIONS.keys()


@pytest.mark.parametrize(("question", "answer"), ANSWERS.items())
def test_every_column_and_fact_of_every_question_has_a_header(question: str, answer: Result) -> None:
    report = answers.report(QUESTIONS[question], answer)
    names = {column.name for column in (*columns.columns(answer), *report.shown, *report.facts)}
    assert names - {"symbol"} <= QUESTIONS[question].columns.keys()


def test_every_market_has_a_currency() -> None:
    assert [market for market in Market if not market.currency] == []


@pytest.mark.parametrize(
    ("question", "column", "text"),
    [
        (SHORT_VOLUME, "turnover", "Turnover (HKD)"),
        (SHORT_VOLUME, "close", "Close (HKD)"),
        (SHORT_VOLUME, "short_volume", "Short volume (shares)"),
        (SHORT_VOLUME, "short_percent", "Short (%)"),
        (SHORT_INTEREST, "days_to_cover", "To cover (days)"),
        (SHORT_INTEREST, "short_value", "Short value (HKD)"),
        (BROKER_RANKING, "basis", "Ranked by"),
        (SHORT_VOLUME, "day", "Day"),
        (SHORT_VOLUME, "new_in_a_later_version", "New in a later version"),
    ],
)
def test_a_header_has_the_unit(question: Question[..., Any], column: str, text: str) -> None:
    assert question.header(column).text("HKD") == text


def test_the_columns_of_listings_have_headers() -> None:
    names = [column.name for report in (listings.brokers([]), listings.capabilities([])) for column in report.columns]
    assert [header(name).text("") for name in names if name in ("api", "page_size", "about")] == ["API", "About", "Page (rows)"]


def test_questions_have_titles() -> None:
    assert [question.title for question in QUESTIONS.values()] == [
        "ARK dynamic",
        "Capital distribution",
        "Broker ranking",
        "Short volume",
        "Short interest",
    ]
