"""What one answer is, whatever its figures: its types, what it is about, where it comes from, and that it stays as it is."""
# ruff: noqa: D102  # a test's name is its sentence

from __future__ import annotations

import asyncio
import json
import pickle
from datetime import timedelta
from importlib.util import find_spec
from typing import Any

import pytest

from brokerport import AsyncClient, PluginError, Source
from brokerport.models import columns
from brokerport.testing.cases import Level, case
from brokerport.testing.contract.asking import Make, ask, brief, each, named, outcome, run
from brokerport.testing.contract.basics import Basics
from brokerport.testing.examples import Example, unknown
from brokerport.testing.origin import brought_by, whose
from brokerport.testing.shape import broken_promises, changeable, differences

NO_SYMBOL = "is asked about no symbol"

_TWICE = 3  # pairs of the same question: between the two of a pair the figures of the day may change


class Answers(Basics):
    """The cases that look at answers one by one."""

    @case(Level.BRONZE, needs=(3,))
    def test_04_an_answer_is_what_the_annotations_promise(self, examples: list[Example], answers: list[Any]) -> None:
        for example, answer in zip(examples, answers, strict=True):
            promised = example.question.answer
            assert isinstance(answer, promised), f"{example} is of {type(answer).__name__}; promised is {promised.__name__}"
            found = brief(broken_promises(answer, "answer"))
            assert not found, f"{example}: {found}"

    @case(Level.BRONZE, needs=(4,))
    def test_05_an_answer_names_its_symbol_and_its_source(self, make: Make, examples: list[Example], answers: list[Any]) -> None:
        brought = brought_by(make())
        names = {plugin.name for plugin in brought}
        for example, answer in zip(examples, answers, strict=True):
            source: Source = answer.source
            wrong = example.wrong_subject(answer)
            assert wrong is None, f"{example} says that it is of {wrong}"
            assert source.broker, f"{example} names no broker as its source"
            assert source.broker in (names or {source.broker}), (
                f"{example} has source.broker {source.broker!r}; its plugin is {whose(brought)}"
            )
            assert source.fetched_at.utcoffset() == timedelta(0), f"{example} has source.fetched_at {source.fetched_at}, which is not UTC"

    @case(Level.BRONZE, needs=(4,))
    def test_06_an_answer_cannot_be_changed(self, answers: list[Any]) -> None:
        for answer in answers:
            found = brief(changeable(answer, type(answer).__name__))
            assert not found, found

    @case(Level.BRONZE, needs=(4,))
    def test_24_asked_twice_at_once_it_says_the_same(self, make: Make, examples: list[Example]) -> None:
        async def twice(client: AsyncClient, example: Example) -> tuple[Any, Any]:
            for _ in range(_TWICE):
                first, second = await asyncio.gather(*(ask(client, example) for _ in range(2)))
                if first == second:
                    break
            return first, second

        for example, (first, second) in zip(examples, run(each(make, examples, twice)), strict=True):
            assert first == second, f"{example}, asked twice at once, differs: {brief(differences(first, second, 'answer'))}"

    @case(Level.BRONZE, needs=(4,), skips=(NO_SYMBOL,))
    def test_25_a_symbol_that_nobody_knows_is_answered_or_refused(self, make: Make, examples: list[Example]) -> None:
        async def refused(client: AsyncClient, example: Example) -> object:
            return await outcome(ask(client, example))

        strange = list(unknown(examples)) or pytest.skip(NO_SYMBOL)
        for example, ended in zip(strange, run(each(make, strange, refused)), strict=True):
            fine = isinstance(ended, Exception | example.question.answer)
            assert fine, f"{example} is of {type(ended).__name__}; an answer or an error of brokerport's is promised"
            assert not isinstance(ended, PluginError), f"{example}, which nobody knows, breaks it: {ended}"

    @case(Level.BRONZE, needs=(4,))
    def test_29_an_answer_can_be_sent_and_made_a_table(self, answers: list[Any]) -> None:
        for answer in answers:
            what, records = named(answer), len(answer.rows) if hasattr(answer, "rows") else 1
            assert pickle.loads(pickle.dumps(answer)) == answer, f"{what} comes out of pickle as another"  # noqa: S301  # our own bytes
            assert len(answer.to_dicts()) == records, f"{what} has {records} records, and its to_dicts() {len(answer.to_dicts())}"
            rows = answer.to_arrow().num_rows if find_spec("pyarrow") else records
            assert rows == records, f"{what} has {records} records, and its to_arrow() {rows}"
            written = len(json.loads(answer.to_json())["rows"])
            assert written == records, f"{what} has {records} records, and its to_json() {written}"
            further = ", ".join(column.name for column in columns.columns(answer) if column.name not in columns.kinds(type(answer)))
            kind = f"a tuple of {type(answer.rows[0]).__name__}" if further else ""
            assert not further, f"{what} has columns that come and go with its rows, {further}; its class has to say that they are {kind}"
