"""What one answer is: its types, its units, its days, and None where there is nothing."""
# ruff: noqa: D102  # a test's name is its sentence

from __future__ import annotations

import asyncio
import pickle
from datetime import UTC, date, datetime, timedelta
from importlib.util import find_spec
from itertools import pairwise
from typing import Any

import pytest

from brokerport import (
    ArkDynamic,
    AsyncClient,
    BrokerRanking,
    CapitalDistribution,
    PluginError,
    ShortInterestHistory,
    ShortVolumeHistory,
    Source,
    Symbol,
)
from brokerport.testing.cases import Level, case
from brokerport.testing.contract.asking import Example, Make, ask, brief, each, named, outcome, run
from brokerport.testing.contract.basics import HISTORIES, NO_HISTORY, Basics
from brokerport.testing.figures import ahead_of_time, below_zero, comparable, other_units, stand_ins, too_large_parts, zero_columns
from brokerport.testing.origin import brought_by, whose
from brokerport.testing.shape import broken_promises, changeable, differences

ANSWERS: dict[str, type] = {
    "ark_dynamic": ArkDynamic,
    "capital_distribution": CapitalDistribution,
    "broker_ranking": BrokerRanking,
    "short_volume": ShortVolumeHistory,
    "short_interest": ShortInterestHistory,
}
NO_TIME = "no answer tells a time of the market"
NO_PERCENT = "no row tells its short_percent, its short_volume and its volume"

_TWICE = 3  # pairs of the same question: between the two of a pair the figures of the day may change
_NOBODY = "NOSUCH9"  # a code that no broker has


class Answers(Basics):
    """The cases that look at answers one by one."""

    @case(Level.BRONZE, needs=(2,))
    def test_04_an_answer_is_what_the_annotations_promise(self, examples: list[Example], answers: list[Any]) -> None:
        for (question, symbol), answer in zip(examples, answers, strict=True):
            kind = ANSWERS[question].__name__
            assert type(answer) is ANSWERS[question], f"{question} of {symbol} is of {type(answer).__name__}; promised is {kind}"
            found = brief(broken_promises(answer, f"{question}({symbol!r})"))
            assert not found, found

    @case(Level.BRONZE, needs=(4,))
    def test_05_an_answer_names_its_symbol_and_its_source(self, make: Make, examples: list[Example], answers: list[Any]) -> None:
        brought = brought_by(make())
        names = {plugin.name for plugin in brought}
        for (question, symbol), answer in zip(examples, answers, strict=True):
            what = f"{question} of {symbol}"
            source: Source = answer.source
            assert answer.symbol == Symbol.parse(symbol), f"{what} says that it is of {answer.symbol}"
            assert source.broker, f"{what} names no broker as its source"
            assert source.broker in (names or {source.broker}), (
                f"{what} has source.broker {source.broker!r}; its plugin is {whose(brought)}"
            )
            assert source.fetched_at.utcoffset() == timedelta(0), f"{what} has source.fetched_at {source.fetched_at}, which is not UTC"

    @case(Level.BRONZE, needs=(4,))
    def test_06_an_answer_cannot_be_changed(self, answers: list[Any]) -> None:
        for answer in answers:
            found = brief(changeable(answer))
            assert not found, found

    @case(Level.BRONZE, needs=(4,), skips=(NO_TIME,))
    def test_07_times_are_in_the_zone_of_the_market(self, answers: list[Any]) -> None:
        times = [(answer, getattr(answer, name, None)) for answer in answers for name in ("as_of", "updated_at")]
        for answer, time in [(answer, time) for answer, time in times if time is not None] or pytest.skip(NO_TIME):
            there = time.astimezone(answer.symbol.market.zone)
            assert time.utcoffset() == there.utcoffset(), f"{named(answer)} tells {time}, which in its market's zone is {there}"

    @case(Level.BRONZE, needs=(4,), skips=(NO_HISTORY,))
    def test_08_rows_are_newest_first(self, histories: list[Example], answers: list[Any]) -> None:
        for history in (answer for answer in answers if type(answer) in _OF_HISTORIES):
            days: list[date] = [row.day for row in history if row.day is not None]
            found = brief(f"after {before} comes {after}" for before, after in pairwise(days) if after >= before)
            assert not found, f"{named(history)} has rows that are not newest first, each day once: {found}"

    @case(Level.BRONZE, needs=(5,))
    def test_20_where_the_broker_says_nothing_it_is_none(self, answers: list[Any]) -> None:
        found = brief(said for answer in answers for said in (*stand_ins(answer), *zero_columns(answer)))
        assert not found, found

    @case(Level.BRONZE, needs=(4,), skips=(NO_PERCENT,))
    def test_21_a_percentage_is_of_a_hundred(self, answers: list[Any]) -> None:
        rows = [row for answer in answers for row in getattr(answer, "rows", ()) if comparable(row)] or pytest.skip(NO_PERCENT)
        found = brief(said for row in rows for said in other_units(row))
        assert not found, found

    @case(Level.BRONZE, needs=(4, 20))
    def test_22_what_is_counted_or_paid_is_not_below_zero(self, answers: list[Any]) -> None:
        found = brief(said for answer in answers for said in below_zero(answer))
        assert not found, found

    @case(Level.BRONZE, needs=(4,))
    def test_23_no_day_is_to_come(self, answers: list[Any]) -> None:
        found = brief(said for answer in answers for said in ahead_of_time(answer, datetime.now(UTC)))
        assert not found, found

    @case(Level.BRONZE, needs=(4,))
    def test_24_asked_twice_at_once_it_says_the_same(self, make: Make, examples: list[Example]) -> None:
        async def twice(client: AsyncClient, question: str, symbol: str) -> tuple[Any, Any]:
            for _ in range(_TWICE):
                first, second = await asyncio.gather(*(ask(client, question, symbol) for _ in range(2)))
                if first == second:
                    break
            return first, second

        for (question, symbol), (first, second) in zip(examples, run(each(make, examples, twice)), strict=True):
            assert first == second, f"{question} of {symbol}, asked twice at once, differs: {brief(differences(first, second, 'answer'))}"

    @case(Level.BRONZE, needs=(4,))
    def test_25_a_symbol_that_nobody_knows_is_answered_or_refused(self, make: Make, examples: list[Example]) -> None:
        async def unknown(client: AsyncClient, question: str, symbol: str) -> object:
            return await outcome(ask(client, question, symbol))

        strange = [(question, str(Symbol(Symbol.parse(symbol).market, _NOBODY))) for question, symbol in examples]
        for (question, symbol), ended in zip(strange, run(each(make, strange, unknown)), strict=True):
            fine = isinstance(ended, Exception) or type(ended) in ANSWERS.values()
            assert fine, f"{question} of {symbol} is of {type(ended).__name__}; an answer or an error of brokerport's is promised"
            assert not isinstance(ended, PluginError), f"{question} of {symbol}, which nobody knows, breaks it: {ended}"

    @case(Level.BRONZE, needs=(4,))
    def test_29_an_answer_can_be_sent_and_made_a_table(self, answers: list[Any]) -> None:
        for answer in answers:
            what, records = named(answer), len(answer.rows) if hasattr(answer, "rows") else 1
            assert pickle.loads(pickle.dumps(answer)) == answer, f"{what} comes out of pickle as another"  # noqa: S301  # our own bytes
            assert len(answer.to_dicts()) == records, f"{what} has {records} records, and its to_dicts() {len(answer.to_dicts())}"
            rows = answer.to_arrow().num_rows if find_spec("pyarrow") else records
            assert rows == records, f"{what} has {records} records, and its to_arrow() {rows}"

    @case(Level.BRONZE, needs=(4, 20))
    def test_39_no_more_is_sold_short_than_traded(self, answers: list[Any]) -> None:
        found = brief(said for answer in answers for said in too_large_parts(answer))
        assert not found, found


_OF_HISTORIES = tuple(ANSWERS[question] for question in HISTORIES)
