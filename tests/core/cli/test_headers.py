"""Every column has a title, and every figure a unit."""

from __future__ import annotations

import pytest

from brokerport import Market
from brokerport.cli import answers, listings
from brokerport.cli.headers import CURRENCIES, HEADERS, header, title
from brokerport.models import Result, columns
from brokerport.questions.providers import QUESTIONS
from core.cli.samples import ANSWERS


def test_the_samples_answer_every_question() -> None:
    assert ANSWERS.keys() == QUESTIONS.keys()


@pytest.mark.parametrize(("question", "answer"), ANSWERS.items())
def test_every_column_and_fact_of_every_model_has_a_header(question: str, answer: Result) -> None:
    report = answers.report(question, answer)
    names = [column.name for column in (*columns.columns(answer), *report.shown, *report.facts)]
    assert set(names) <= HEADERS.keys()


def test_every_column_of_a_listing_has_a_header() -> None:
    names = [column.name for report in (listings.brokers([]), listings.capabilities([])) for column in report.columns]
    assert set(names) <= HEADERS.keys()


def test_every_market_has_a_currency() -> None:
    assert CURRENCIES.keys() == set(Market)


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("turnover", "Turnover (HKD)"),
        ("close", "Close (HKD)"),
        ("short_volume", "Short volume (shares)"),
        ("short_percent", "Short (%)"),
        ("days_to_cover", "To cover (days)"),
        ("page_size", "Page (rows)"),
        ("day", "Day"),
        ("new_in_a_later_version", "New in a later version"),
    ],
)
def test_a_header_has_the_unit(column: str, text: str) -> None:
    assert header(column).text("HKD") == text


def test_questions_have_titles() -> None:
    assert [title(question) for question in QUESTIONS] == [
        "ARK dynamic",
        "Capital distribution",
        "Broker ranking",
        "Short volume",
        "Short interest",
    ]
