"""What the cases ask for: the questions of a provider, and for each what has data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from attrs import field, frozen

from brokerport import About, Capability, Market, Provider, Question, Symbol, registry
from brokerport.testing.about import subject

#: asked for where nobody names a symbol: what is traded most has data wherever there is some
USUAL = ("US.TSLA", "HK.00700")
NOBODY = "NOSUCH9"  # a code that no broker has

_READ = {About.SYMBOL: Symbol.parse, About.MARKET: Market.parse}


@frozen
class Example:
    """A question, and what has data for it."""

    question: Question[..., Any]
    subject: str | None = None  #: a symbol or a market; None for a question about nothing
    arguments: Mapping[str, Any] = field(factory=dict, hash=False)  #: what else it is asked with

    def __str__(self) -> str:
        told = ", ".join(f"{name}={value!r}" for name, value in self.arguments.items())
        return self.question.name + (f" of {self.subject}" if self.subject else "") + (f" with {told}" if told else "")

    @property
    def place(self) -> tuple[str, ...]:
        """What is passed by place."""
        return () if self.subject is None else (self.subject,)

    def answered(self, answer: Any) -> bool:
        """Whether it is an answer to this question, about this."""
        return isinstance(answer, self.question.answer) and self.wrong_subject(answer) is None

    def wrong_subject(self, answer: Any) -> str | None:
        """What an answer says that it is about, where that is something else."""
        meant = self.subject and _READ[self.question.about](self.subject)
        return None if meant in (None, subject(answer)) else str(subject(answer))


def known(own: Sequence[Question[..., Any]]) -> dict[str, Question[..., Any]]:
    """The questions that there are, by name: core's, those of plugins that are installed, and the suite's ``own``."""
    return {question.name: question for question in (*registry.questions(), *own)}


def examples(
    provider: Provider,
    own: Sequence[Question[..., Any]],
    subjects: Mapping[str, Sequence[str]],
    arguments: Mapping[str, Mapping[str, Any]],
) -> Iterator[Example]:
    """Every question of a provider's with each of its subjects."""
    ours = {question.name: question for question in own}
    for capability in provider.capabilities():
        question = ours.get(capability.question) or registry.question(capability.question)
        further = arguments.get(question.name, {})
        _check_complete(question, further)
        for about in _subjects(question, capability, subjects.get(question.name, ())):
            yield Example(question, about, further)


def elsewhere(provider: Provider, some: Sequence[Example]) -> Iterator[Example]:
    """The questions, for each market that has no such data."""
    asked = {example.question.name: example for example in some}
    for capability in provider.capabilities():
        example = asked[capability.question]
        for market in sorted(set(Market) - (capability.markets or set(Market))):
            about = {About.SYMBOL: f"{market}.1", About.MARKET: str(market)}.get(example.question.about)
            if about is not None:
                yield Example(example.question, about, example.arguments)


def unknown(some: Sequence[Example]) -> Iterator[Example]:
    """The same questions about a symbol that nobody knows."""
    for example in some:
        if example.question.about is About.SYMBOL:
            yield Example(example.question, f"{Symbol.parse(str(example.subject)).market}.{NOBODY}", example.arguments)


def _check_complete(question: Question[..., Any], further: Mapping[str, Any]) -> None:
    """Say what the question cannot be asked without."""
    needed = (each.name for each in question.said.parameters.values() if each.required and each.name != question.about)
    lacking = [name for name in needed if name not in further]
    hint = ", ".join(f"{name!r}: ..." for name in lacking)
    assert not lacking, f"arguments has to say with what {question.name} is asked: arguments = {{{question.name!r}: {{{hint}}}}}"


def _subjects(question: Question[..., Any], capability: Capability, given: Sequence[str]) -> Sequence[str | None]:
    """What to ask about; no more than None for a question about nothing."""
    if question.about is About.NOTHING:
        return (None,)
    found = given or list(_usual(question.about, capability))
    assert found, f"symbols has to name what to ask {question.name} for: symbols = {{{question.name!r}: ['US.TSLA']}}; it needs data"
    return found


def _usual(about: About, capability: Capability) -> Iterator[str]:
    """The broker's own example; else the usual symbols of its markets, or those markets."""
    if capability.example is not None:
        yield capability.example
    elif about is About.MARKET:
        yield from sorted(map(str, capability.markets or ()))
    else:
        yield from (each for each in USUAL if Symbol.parse(each).market in (capability.markets or ()))
