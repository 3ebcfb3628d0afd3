"""What is said beside the data of an answer."""

from __future__ import annotations

from datetime import date

from attrs import evolve

from brokerport.cli.answers import notes
from core.cli.samples import ARK, INTEREST, SOURCE, VOLUME

REAL = evolve(SOURCE, sandbox=False)


def test_a_sandbox_is_named_and_the_next_page_too() -> None:
    assert notes(VOLUME) == ["sandbox: synthetic data", "more rows: --after 1714406400"]


def test_days_that_are_missing_are_named() -> None:
    answer = evolve(VOLUME, missing=(date(2024, 5, 1), date(2024, 4, 29)), cursor=None, source=REAL)
    assert notes(answer) == ["no row, where there should be one: 2024-05-01, 2024-04-29"]


def test_a_cursor_is_fit_for_a_shell() -> None:
    assert notes(evolve(VOLUME, cursor="a b", source=REAL)) == ["more rows: --after 'a b'"]


def test_the_last_page_of_a_real_broker_needs_no_words() -> None:
    assert notes(evolve(INTEREST, source=REAL)) == []


def test_an_answer_that_has_no_rows_is_not_called_empty() -> None:
    assert notes(evolve(ARK, source=REAL)) == []


def test_no_rows_are_said_to_be_none() -> None:
    assert notes(evolve(INTEREST, rows=(), source=REAL)) == ["no rows"]
