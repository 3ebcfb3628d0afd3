"""Before the first question: what making a provider does, and what it says of itself."""
# ruff: noqa: D102  # a test's name is its sentence

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import pytest

from brokerport import AsyncClient, Market, Provider, Symbol, UnsupportedError
from brokerport.questions import QUESTIONS
from brokerport.testing.cases import Level, case
from brokerport.testing.contract.asking import Example, Make, ask, brief, each, named, outcome, run
from brokerport.testing.watch import is_io, noting

HISTORIES = ("short_volume", "short_interest")
#: asked where the subclass names no symbol, in this order: what is traded most has data wherever there is some
USUAL: dict[Market, str] = {Market.US: "US.TSLA", Market.HK: "HK.00700"}

NO_HISTORY = "answers no history"
EVERYWHERE = "answers for every market, or does not say for which"

_ANSWERS = pytest.StashKey[list[Any]]()


class Basics:
    """What the subclass gives, and the cases that it is looked at by itself."""

    #: the symbols to ask for, by question; they have data, ten rows of it at least for a history
    symbols: ClassVar[Mapping[str, Sequence[str]]] = {}

    @pytest.fixture
    def make(self) -> Make:
        """A function that makes an unconnected provider; each test makes its own."""
        raise NotImplementedError("the subclass has a fixture make, which returns the function that makes a provider")

    @pytest.fixture
    def examples(self, make: Make) -> list[Example]:
        """Every question with each of its symbols."""
        return list(_examples(make(), self.symbols))

    @pytest.fixture
    def histories(self, examples: list[Example]) -> list[Example]:
        """The examples whose answers are histories."""
        found = [example for example in examples if example[0] in HISTORIES]
        return found or pytest.skip(NO_HISTORY)

    @pytest.fixture
    def answers(self, request: pytest.FixtureRequest, make: Make, examples: list[Example]) -> list[Any]:
        """What every example is answered; asked once for all the cases that only look at it."""
        suite: pytest.Class = request.node.getparent(pytest.Class)
        if _ANSWERS not in suite.stash:
            suite.stash[_ANSWERS] = run(each(make, examples, ask))
        return suite.stash[_ANSWERS]

    @case(Level.BRONZE)
    def test_01_making_it_does_no_io(self, make: Make) -> None:
        make()  # what it imports is there now
        threads = threading.active_count()
        with noting(is_io) as seen:
            make()
        assert not seen, f"making it did {brief(seen)}; a provider does no I/O until it is asked"
        assert threading.active_count() == threads, "making it started a thread; a provider starts none until it is asked"

    @case(Level.BRONZE)
    def test_02_its_capabilities_are_the_questions_it_can_be_asked(self, make: Make) -> None:
        provider = make()
        told = [capability.question for capability in provider.capabilities()]
        asked = sorted(name for name, question in QUESTIONS.items() if question.answered_by(provider))
        assert sorted(told) == asked, f"capabilities() names {_listed(sorted(told))}, and its classes answer {_listed(asked)}"
        strange = sorted(set(self.symbols) - set(told))
        assert not strange, f"there are symbols for a question that it does not answer: {_listed(strange)}"
        assert list(_examples(provider, self.symbols)), "there is no question that it answers"

    @case(Level.BRONZE, needs=(2,))
    def test_03_its_capabilities_make_sense(self, make: Make) -> None:
        for capability in make().capabilities():
            markets = capability.markets or frozenset()
            strange = [repr(market) for market in markets if type(market) is not Market]
            assert not strange, f"{capability.question} has markets that are no Market: {_listed(strange)}"
            assert capability.page_size != 0, f"{capability.question} has page_size 0; None is for no pages"

    @case(Level.BRONZE, needs=(3,), skips=(EVERYWHERE,))
    def test_14_a_market_without_the_data_is_unsupported(self, make: Make) -> None:
        async def refused(client: AsyncClient, question: str, symbol: str) -> object:
            return await outcome(ask(client, question, symbol))

        others = list(_elsewhere(make())) or pytest.skip(EVERYWHERE)
        for (question, symbol), ended in zip(others, run(each(make, others, refused)), strict=True):
            assert isinstance(ended, UnsupportedError), f"{question} of {symbol} has to be an UnsupportedError, and is {named(ended)}"


def broker_of(suite: pytest.Class) -> str | None:
    """The broker that answered a suite's questions; None when none was answered."""
    answers = suite.stash.get(_ANSWERS, [])
    return answers[0].source.broker if answers else None


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "nothing"


def _examples(provider: Provider, given: Mapping[str, Sequence[str]]) -> Iterator[Example]:
    for capability in provider.capabilities():
        question = capability.question
        symbols = given.get(question) or [usual for market, usual in USUAL.items() if market in (capability.markets or ())]
        assert symbols, f"symbols has to name what to ask {question} for: symbols = {{{question!r}: ['US.TSLA']}}, for one that has data"
        yield from ((question, symbol) for symbol in symbols)


def _elsewhere(provider: Provider) -> Iterator[Example]:
    for capability in provider.capabilities():
        for market in sorted(set(Market) - (capability.markets or set(Market))):
            yield capability.question, str(Symbol(market, "1"))
