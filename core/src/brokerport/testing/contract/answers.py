"""What one answer is: its types, its units, its days, and None where there is nothing."""
# ruff: noqa: D102  # a test's name is its sentence

from __future__ import annotations

import asyncio
import pickle
from datetime import UTC, date, datetime, timedelta
from importlib.util import find_spec
from typing import Any

import attrs
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
    registry,
)
from brokerport.testing.cases import Level, case
from brokerport.testing.contract.asking import Example, Make, ask, each, outcome, run
from brokerport.testing.contract.basics import HISTORIES, NO_HISTORY, Basics
from brokerport.testing.figures import ahead_of_time, below_zero, comparable, other_units, stand_ins
from brokerport.testing.shape import broken_promises

ANSWERS: dict[str, type] = {
    "ark_dynamic": ArkDynamic,
    "capital_distribution": CapitalDistribution,
    "broker_ranking": BrokerRanking,
    "short_volume": ShortVolumeHistory,
    "short_interest": ShortInterestHistory,
}
NO_TIME = "no answer tells a time of the market"
NO_MANIFEST = "no plugin that is installed under its broker's name has a manifest with capabilities"
NO_PERCENT = "no row tells its short_percent, its short_volume and its volume"

_TWICE = 3  # pairs of the same question: between the two of a pair the figures of the day may change
_NOBODY = "NOSUCH9"  # a code that no broker has


class Answers(Basics):
    """The cases that look at answers one by one."""

    @case(Level.BRONZE, needs=(2,))
    def test_04_an_answer_is_what_the_annotations_promise(self, examples: list[Example], answers: list[Any]) -> None:
        for (question, symbol), answer in zip(examples, answers, strict=True):
            assert type(answer) is ANSWERS[question]
            assert list(broken_promises(answer, f"{question}({symbol!r})")) == []

    @case(Level.BRONZE, needs=(4,))
    def test_05_an_answer_names_its_symbol_and_its_source(self, examples: list[Example], answers: list[Any]) -> None:
        for (_, symbol), answer in zip(examples, answers, strict=True):
            source: Source = answer.source
            assert answer.symbol == Symbol.parse(symbol)
            assert source.broker
            assert source.fetched_at.utcoffset() == timedelta(0)

    @case(Level.BRONZE, needs=(4,))
    def test_06_an_answer_cannot_be_changed(self, answers: list[Any]) -> None:
        for answer in answers:
            assert hash(answer) == hash(attrs.evolve(answer))
            with pytest.raises(attrs.exceptions.FrozenInstanceError):
                answer.symbol = Symbol.parse("US.TSLA")

    @case(Level.BRONZE, needs=(4,), skips=(NO_TIME,))
    def test_07_times_are_in_the_zone_of_the_market(self, answers: list[Any]) -> None:
        times = [(answer, getattr(answer, name, None)) for answer in answers for name in ("as_of", "updated_at")]
        for answer, time in [(answer, time) for answer, time in times if time is not None] or pytest.skip(NO_TIME):
            assert time.utcoffset() == time.astimezone(answer.symbol.market.zone).utcoffset()

    @case(Level.BRONZE, needs=(4,), skips=(NO_HISTORY,))
    def test_08_rows_are_newest_first(self, histories: list[Example], answers: list[Any]) -> None:
        for history in (answer for answer in answers if type(answer) in _OF_HISTORIES):
            days: list[date] = [row.day for row in history if row.day is not None]
            assert days == sorted(set(days), reverse=True)

    @case(Level.BRONZE, needs=(5,))
    def test_20_where_the_broker_says_nothing_it_is_none(self, answers: list[Any]) -> None:
        assert [said for answer in answers for said in stand_ins(answer)] == []

    @case(Level.BRONZE, needs=(4,), skips=(NO_PERCENT,))
    def test_21_a_percentage_is_of_a_hundred(self, answers: list[Any]) -> None:
        rows = [row for answer in answers for row in getattr(answer, "rows", ()) if comparable(row)] or pytest.skip(NO_PERCENT)
        assert [said for row in rows for said in other_units(row)] == []

    @case(Level.BRONZE, needs=(4, 20))
    def test_22_what_is_counted_or_paid_is_not_below_zero(self, answers: list[Any]) -> None:
        assert [said for answer in answers for said in below_zero(answer)] == []

    @case(Level.BRONZE, needs=(4,))
    def test_23_no_day_is_to_come(self, answers: list[Any]) -> None:
        assert [said for answer in answers for said in ahead_of_time(answer, datetime.now(UTC))] == []

    @case(Level.BRONZE, needs=(4,))
    def test_24_asked_twice_at_once_it_says_the_same(self, make: Make, examples: list[Example]) -> None:
        async def twice(client: AsyncClient, question: str, symbol: str) -> tuple[Any, Any]:
            for _ in range(_TWICE):
                first, second = await asyncio.gather(*(ask(client, question, symbol) for _ in range(2)))
                if first == second:
                    break
            return first, second

        for first, second in run(each(make, examples, twice)):
            assert first == second

    @case(Level.BRONZE, needs=(4,))
    def test_25_a_symbol_that_nobody_knows_is_answered_or_refused(self, make: Make, examples: list[Example]) -> None:
        async def unknown(client: AsyncClient, question: str, symbol: str) -> object:
            return await outcome(ask(client, question, str(Symbol(Symbol.parse(symbol).market, _NOBODY))))

        for ended in run(each(make, examples, unknown)):
            assert isinstance(ended, Exception) or type(ended) in ANSWERS.values()
            assert not isinstance(ended, PluginError), ended

    @case(Level.BRONZE, needs=(4,))
    def test_29_an_answer_can_be_sent_and_made_a_table(self, answers: list[Any]) -> None:
        for answer in answers:
            assert pickle.loads(pickle.dumps(answer)) == answer  # noqa: S301  # our own bytes
            records = len(answer.rows) if hasattr(answer, "rows") else 1
            assert len(answer.to_dicts()) == records
            assert not find_spec("pyarrow") or answer.to_arrow().num_rows == records

    @case(Level.BRONZE, needs=(3, 4), skips=(NO_MANIFEST,))
    def test_32_its_capabilities_are_those_of_its_manifest(self, make: Make, answers: list[Any]) -> None:
        plugins = {plugin.name: plugin.manifest.capabilities for plugin in registry.plugins()}
        said = plugins.get(answers[0].source.broker) or pytest.skip(NO_MANIFEST)
        assert {capability.question: capability for capability in make().capabilities()} == said


_OF_HISTORIES = tuple(ANSWERS[question] for question in HISTORIES)
