"""What a question is: one value that ties together how it is asked, who can answer it, and what comes back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import cached_property
from inspect import getdoc, signature
from typing import Any, Generic, ParamSpec, TypeVar

import attrs
from attrs import Factory, field, frozen

from brokerport.errors import UnsupportedError
from brokerport.models import Header, Result
from brokerport.models.headers import plain
from brokerport.questions import signature as signatures
from brokerport.questions.asked import Asked
from brokerport.questions.provider import Provider
from brokerport.questions.sense import Sense
from brokerport.questions.signature import TAKEN, TIMEOUT, About, Signature

P = ParamSpec("P")
A_co = TypeVar("A_co", covariant=True)


@frozen(repr=False)
class Question(Generic[P, A_co]):
    """Something that brokers can be asked.

    ::

        def borrow_fee(symbol: str | Symbol, *, timeout: float | None = None) -> BorrowFee:
            \"\"\"What it costs to borrow the stock, percent a year.\"\"\"
            raise NotImplementedError  # a signature: never called

        BORROW_FEE = Question(borrow_fee, BorrowFeeProvider)

    Args:
        signature: A function whose name, arguments, docstring and answer are the question's. Its first argument, ``symbol`` or ``market``,
            is what the question is about; without one it is about nothing. A question that is answered in pages has ``limit`` and
            ``after``, and its answer is a ``Paged``, such as a ``History``.
        provider: The abstract provider, whose method of the same name answers it.
        columns: Titles and units, by the name of the column; one that is not described is called by its name.
        sense: What has to be true of the figures, for the tests of providers.
        title: For people; by default the name.
        rows: The names of what tells one row from another, where the answer has rows; by default the day. Of rows that come page by page
            and have all of it in common, the one that came last stands, and the others are dropped; ``()`` keeps them all.
        example: A symbol or a market that has data at most brokers, for demonstrations.
    """

    signature: Callable[P, A_co]
    provider: type[Provider]
    columns: Mapping[str, Header] = field(factory=dict, kw_only=True, hash=False)
    sense: Sense = field(factory=Sense, kw_only=True, hash=False)
    title: str = field(kw_only=True, default=Factory(lambda self: plain(self.signature.__name__).title, takes_self=True))
    rows: tuple[str, ...] = field(kw_only=True, default=("day",))
    example: str | None = field(kw_only=True, default=None)

    @cached_property
    def said(self) -> Signature:
        """What the signature says; read when it is first needed, as that takes longer than all else of a question.

        Raises:
            TypeError: It is no question: the text says why.
        """
        if fault := _fault(self, said := signatures.read(self.signature)):
            raise TypeError(f"the question {self.name}: {fault}")
        return said

    @property
    def name(self) -> str:
        """That of the client's method."""
        return self.signature.__name__

    @property
    def doc(self) -> str:
        """The signature's docstring."""
        return getdoc(self.signature) or ""

    @property
    def data(self) -> str:
        """What it asks for, in the middle of a sentence: its title."""
        return self.title if self.title[:2].isupper() else self.title[:1].lower() + self.title[1:]

    @property
    def about(self) -> About:
        """What it is about."""
        return self.said.about

    @property
    def answer(self) -> type[A_co]:
        """The class of its answer, which may be of a subclass."""
        return self.said.answer

    @property
    def paged(self) -> bool:
        """Whether its answer comes in pages."""
        return self.said.paged

    def asked(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Asked:
        """The question with the arguments of a call, checked.

        Raises:
            TypeError: An argument is missing or unknown.
            InvalidRequestError: A value cannot be.
        """
        said, timeout = self.said, kwargs.pop(TIMEOUT, None)
        values = said.values(args, kwargs)
        subject = values.pop(said.subject) if said.subject else None
        return Asked(self.name, subject, values, timeout)

    def answered_by(self, provider: Provider) -> Callable[..., Awaitable[Any]] | None:
        """What answers it of a provider; None of one that cannot."""
        if isinstance(provider, self.provider):
            return getattr(provider, self.name)  # type: ignore[no-any-return]  # an abstract method of the provider's
        return provider.answering(self.name)

    def header(self, column: str) -> Header:
        """The title and unit of a column."""
        return self.columns.get(column) or plain(column)

    def __repr__(self) -> str:
        return f"<Question {self.name}>"


def _fault(question: Question[..., Any], said: Signature) -> str | None:
    """Why it is no question."""
    if strange := sorted({*question.sense.names()} - question.columns.keys()):
        return f"its sense is of {', '.join(strange)}, which its columns do not describe"
    if question.name in TAKEN or question.name.startswith(("_", "iter_")) or hasattr(Provider, question.name):
        return "the name is taken by a method of clients or providers; choose another"
    if not (isinstance(question.provider, type) and issubclass(question.provider, Provider)):
        return f"{question.provider!r} is no subclass of Provider"
    if not callable(getattr(question.provider, question.name, None)):
        return f"{question.provider.__name__} has no method {question.name}; it has the name of the signature"
    if not (issubclass(said.answer, Result) and attrs.has(said.answer)):
        return f"its answer, {said.answer.__name__}, is no frozen attrs class that subclasses Result or History"
    pages = {"limit", "after"} & said.parameters.keys()
    if said.paged and len(pages) < 2:
        return f"{said.answer.__name__} comes in pages, and the signature lacks limit or after"
    return None


def check_takes(method: Callable[..., Any], asked: Asked, added: frozenset[str], broker: str) -> None:
    """Refuse an argument that came after the question, where the provider was written before and does not know it.

    Raises:
        UnsupportedError: It is so.
    """
    if strange := sorted(added & asked.arguments.keys() - signature(method).parameters.keys()):
        said = ", ".join(f"{name}={asked.arguments[name]!r}" for name in strange)
        raise UnsupportedError(f"{broker} does not answer {asked.question} with {said}; leave it out, or ask another broker")
