"""Before the first question: what making a provider does, and what it says of itself."""
# ruff: noqa: D102  # a test's name is its sentence

from __future__ import annotations

import threading
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, ClassVar, TypeVar

import pytest

from brokerport import AsyncClient, Market, Provider, Question, UnsupportedError
from brokerport.testing.cases import Level, case
from brokerport.testing.contract.asking import Make, ask, brief, each, named, outcome, run
from brokerport.testing.examples import Example, elsewhere, examples, known
from brokerport.testing.golden import Expected
from brokerport.testing.limits import faults
from brokerport.testing.watch import is_io, noting

T = TypeVar("T")

NO_HISTORY = "answers no history"
EVERYWHERE = "answers for every market, or does not say for which"
NO_QUOTA = "says nothing of quotas"

_KEPT = pytest.StashKey[dict[str, Any]]()
_ANSWERS = "answers"


class Basics:
    """What the subclass gives, and the cases that it is looked at by itself."""

    #: what to ask about, by question: symbols, or markets; they have data, ten rows of it at least for what comes in pages
    symbols: ClassVar[Mapping[str, Sequence[str]]] = {}
    #: questions that neither core nor an installed plugin brings
    questions: ClassVar[Sequence[Question[..., Any]]] = ()
    #: further arguments to ask with, by question; it is enough to name what has no default
    arguments: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    #: what the broker's own pages say of what is asked for, see ``brokerport.testing.golden``
    expected: ClassVar[Expected] = {}

    @pytest.fixture
    def make(self) -> Make:
        """A function that makes an unconnected provider; each test makes its own."""
        raise NotImplementedError("the subclass has a fixture make, which returns the function that makes a provider")

    @pytest.fixture
    def examples(self, make: Make) -> list[Example]:
        """Every question with each of its symbols."""
        return self._examples(make())

    @pytest.fixture
    def histories(self, examples: list[Example]) -> list[Example]:
        """The examples whose answers come in pages."""
        found = [example for example in examples if example.question.paged]
        return found or pytest.skip(NO_HISTORY)

    @pytest.fixture
    def answers(self, request: pytest.FixtureRequest, make: Make, examples: list[Example]) -> list[Any]:
        """What every example is answered; asked once for all the cases that only look at it."""
        return kept(request, _ANSWERS, lambda: each(make, examples, ask))

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
        questions = known(self.questions)
        told = sorted(capability.question for capability in provider.capabilities())
        strange = sorted(set(told) - set(questions))
        assert not strange, f"capabilities() names {_listed(strange)}, which nobody brings; if it is yours: questions = (YOUR_QUESTION,)"
        asked = sorted(name for name, question in questions.items() if question.answered_by(provider))
        assert told == asked, f"capabilities() names {_listed(told)}, and its classes answer {_listed(asked)}"
        strange = sorted(set(self.symbols) - set(told))
        assert not strange, f"there are symbols for a question that it does not answer: {_listed(strange)}"
        assert self._examples(provider), "there is no question that it answers"

    @case(Level.BRONZE, needs=(2,))
    def test_03_its_capabilities_make_sense(self, make: Make) -> None:
        for capability in make().capabilities():
            strange = [repr(market) for market in capability.markets or () if not isinstance(market, Market)]
            assert not strange, f"{capability.question} has markets that are no Market: {_listed(strange)}"
            assert capability.page_size != 0, f"{capability.question} has page_size 0; None is for no pages"

    @case(Level.BRONZE, needs=(3,), skips=(EVERYWHERE,))
    def test_14_a_market_without_the_data_is_unsupported(self, make: Make) -> None:
        async def refused(client: AsyncClient, example: Example) -> object:
            return await outcome(ask(client, example))

        provider = make()
        others = list(elsewhere(provider, self._examples(provider))) or pytest.skip(EVERYWHERE)
        for example, ended in zip(others, run(each(make, others, refused)), strict=True):
            assert isinstance(ended, UnsupportedError), f"{example} has to be an UnsupportedError, and is {named(ended)}"

    @case(Level.BRONZE, needs=(3,), skips=(NO_QUOTA,))
    def test_40_its_quotas_can_be_kept(self, make: Make) -> None:
        provider = make()
        told = {each.question: (each.limits, provider.limits(each.question)) for each in provider.capabilities()}
        if not any(each for limits in told.values() for each in limits):
            pytest.skip(NO_QUOTA)
        found = brief(f"{question} has {said}" for question, both in told.items() for limits in both for said in faults(limits))
        assert not found, found

    def _examples(self, provider: Provider) -> list[Example]:
        return list(examples(provider, self.questions, self.symbols, self.arguments))


def kept(request: pytest.FixtureRequest, name: str, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """What the work comes to; done once for all the cases of a suite."""
    suite: pytest.Class = request.node.getparent(pytest.Class)
    done = suite.stash.setdefault(_KEPT, {})
    if name not in done:
        done[name] = run(work())
    found: T = done[name]
    return found


def broker_of(suite: pytest.Class) -> str | None:
    """The broker that answered a suite's questions; None when none was answered."""
    answers = suite.stash.get(_KEPT, {}).get(_ANSWERS) or [None]
    broker: str | None = getattr(getattr(answers[0], "source", None), "broker", None)
    return broker


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "nothing"
