"""What the values of an answer are: figures and days that can be, and those of the broker's own pages."""
# ruff: noqa: D102  # a test's name is its sentence

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeAlias

import pytest

from brokerport import Question
from brokerport.testing.cases import Level, case
from brokerport.testing.contract.asking import Make, ask, brief, each, named, run
from brokerport.testing.contract.basics import NO_HISTORY, Basics
from brokerport.testing.days import ahead_of_time, elsewhere, out_of_order, shifted
from brokerport.testing.examples import Example
from brokerport.testing.figures import below_zero, percentages, stand_ins, too_large_parts, zero_columns
from brokerport.testing.golden import goldens
from brokerport.testing.ranks import out_of_rank, ranked, wrong_sides

NO_TIME = "no answer tells a time of the market"
NO_PERCENT = "no row tells a percentage with what it is a part of"
NO_WEEK = "answers no history of every day"
NO_RANKS = "ranks nothing"
NO_GOLDEN = "no golden answers are given, so nobody knows whether the figures are the broker's: expected = {...}"

#: what is wrong with an answer to a question, in words
_Faults: TypeAlias = Callable[[Question[..., Any], Any], Iterable[str]]


class Values(Basics):
    """The cases that read what answers say."""

    @case(Level.BRONZE, needs=(4,), skips=(NO_TIME,))
    def test_07_times_are_in_the_zone_of_the_market(self, answers: list[Any]) -> None:
        times = [(answer, wrong) for answer in answers for wrong in elsewhere(answer)] or pytest.skip(NO_TIME)
        found = brief(f"{named(answer)}: {wrong}" for answer, wrong in times if wrong)
        assert not found, found

    @case(Level.BRONZE, needs=(4,), skips=(NO_HISTORY,))
    def test_08_rows_are_newest_first(self, histories: list[Example], examples: list[Example], answers: list[Any]) -> None:
        for example, answer in zip(examples, answers, strict=True):
            found = brief(out_of_order(example.question, answer)) if example in histories else ""
            assert not found, f"{named(answer)} has rows that are not newest first, each day once: {found}"

    @case(Level.BRONZE, needs=(5,))
    def test_20_where_the_broker_says_nothing_it_is_none(self, examples: list[Example], answers: list[Any]) -> None:
        found = brief(_all(examples, answers, lambda question, answer: (*stand_ins(answer), *zero_columns(question, answer))))
        assert not found, found

    @case(Level.BRONZE, needs=(4,), skips=(NO_PERCENT,))
    def test_21_a_percentage_is_of_a_hundred(self, examples: list[Example], answers: list[Any]) -> None:
        wrongs = [wrong for example, answer in zip(examples, answers, strict=True) for wrong in percentages(example.question, answer)]
        found = brief(wrong for wrong in wrongs or pytest.skip(NO_PERCENT) if wrong)
        assert not found, found

    @case(Level.BRONZE, needs=(4, 20))
    def test_22_what_is_counted_or_paid_is_not_below_zero(self, examples: list[Example], answers: list[Any]) -> None:
        found = brief(_all(examples, answers, below_zero))
        assert not found, found

    @case(Level.BRONZE, needs=(4,))
    def test_23_no_day_is_to_come(self, examples: list[Example], answers: list[Any]) -> None:
        found = brief(_all(examples, answers, partial(ahead_of_time, now=datetime.now(UTC))))
        assert not found, found

    @case(Level.BRONZE, needs=(4, 20))
    def test_39_no_more_is_sold_short_than_traded(self, examples: list[Example], answers: list[Any]) -> None:
        found = brief(_all(examples, answers, too_large_parts))
        assert not found, found

    @case(Level.BRONZE, needs=(8,), skips=(NO_WEEK,))
    def test_41_days_are_read_in_the_zone_of_the_market(self, examples: list[Example], answers: list[Any]) -> None:
        told = zip(examples, answers, strict=True)
        weeks = [(answer, wrong) for example, answer in told for wrong in shifted(example.question, answer)] or pytest.skip(NO_WEEK)
        found = brief(f"{named(answer)} seems to be a day off: {wrong}" for answer, wrong in weeks if wrong)
        assert not found, found

    @case(Level.BRONZE, needs=(4,), skips=(NO_RANKS,))
    def test_42_a_figure_has_the_sign_of_its_side(self, examples: list[Example], answers: list[Any]) -> None:
        found = brief(said for question, answer in _rankings(examples, answers) for said in wrong_sides(question, answer))
        assert not found, found

    @case(Level.BRONZE, needs=(42,), skips=(NO_RANKS,))
    def test_43_the_largest_of_a_side_come_first(self, examples: list[Example], answers: list[Any]) -> None:
        found = brief(said for question, answer in _rankings(examples, answers) for said in out_of_rank(question, answer))
        assert not found, found

    @case(Level.BRONZE, needs=(4,), skips=(NO_GOLDEN,))
    def test_46_an_answer_is_what_the_broker_shows(self, make: Make, examples: list[Example]) -> None:
        wanted = list(goldens(self.expected)) or pytest.skip(NO_GOLDEN)
        known = {example.question.name: example for example in examples}
        strange = sorted({golden.question for golden in wanted} - known.keys())
        assert not strange, f"something is expected of a question that it does not answer: {', '.join(strange)}"
        asked = [golden.asked(known[golden.question]) for golden in wanted]
        different = {str(example): example for example in asked}
        told = dict(zip(different, run(each(make, list(different.values()), ask)), strict=True))
        shown = ((example, golden.differences(example.question, told[str(example)])) for example, golden in zip(asked, wanted, strict=True))
        found = brief(f"{example}: {said}" for example, differences in shown for said in differences)
        assert not found, found


def _all(examples: list[Example], answers: list[Any], faults: _Faults) -> Iterator[str]:
    """What is wrong with any of the answers."""
    for example, answer in zip(examples, answers, strict=True):
        yield from faults(example.question, answer)


def _rankings(examples: list[Example], answers: list[Any]) -> list[tuple[Question[..., Any], Any]]:
    """Those whose rows are ranked."""
    told = ((example.question, answer) for example, answer in zip(examples, answers, strict=True))
    return [(question, answer) for question, answer in told if ranked(question, answer)] or pytest.skip(NO_RANKS)
