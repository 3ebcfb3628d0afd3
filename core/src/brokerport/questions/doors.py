"""How a question becomes a method of both doors, typed for each by the one signature."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec, Protocol, TypeVar, cast, overload

from brokerport.models import AsyncRows, Paged, Rows
from brokerport.questions.question import Question

P = ParamSpec("P")
A = TypeVar("A")
A_co = TypeVar("A_co", covariant=True)
Row = TypeVar("Row")
H = TypeVar("H", bound=Paged[Any])

ROWS = "iter_"  # what the name of an iterator begins with


class Blocking(Protocol):
    """A door that blocks."""

    def ask(self, question: Question[P, A], /, *args: P.args, **kwargs: P.kwargs) -> A:
        """The answer."""

    def iterate(self, question: Question[P, Paged[Row]], /, *args: P.args, **kwargs: P.kwargs) -> Rows[Row]:
        """Its rows."""


class Async(Protocol):
    """A door for coroutines."""

    def ask(self, question: Question[P, A], /, *args: P.args, **kwargs: P.kwargs) -> Coroutine[Any, Any, A]:
        """The answer, to be awaited."""

    def iterate(self, question: Question[P, Paged[Row]], /, *args: P.args, **kwargs: P.kwargs) -> AsyncRows[Row]:
        """Its rows."""


class Method(Protocol[P, A_co]):
    """The method that asks a question."""

    @overload
    def __get__(self, door: Async, kind: type) -> Callable[P, Coroutine[Any, Any, A_co]]: ...
    @overload
    def __get__(self, door: Blocking, kind: type) -> Callable[P, A_co]: ...


class RowsMethod(Protocol[P, A_co]):
    """The method that gives the rows of a paged question one by one."""

    @overload
    def __get__(self: RowsMethod[P, Paged[Row]], door: Async, kind: type) -> Callable[P, AsyncRows[Row]]: ...
    @overload
    def __get__(self: RowsMethod[P, Paged[Row]], door: Blocking, kind: type) -> Callable[P, Rows[Row]]: ...


def asks(question: Question[P, A]) -> Method[P, A]:
    """The method of a question that is answered at once."""

    def method(door: Any, /, *args: Any, **kwargs: Any) -> Any:
        return door.ask(question, *args, **kwargs)

    return cast("Method[P, A]", _named(method, question, question.name, question.doc))


def pages(question: Question[P, H]) -> tuple[Method[P, H], RowsMethod[P, H]]:
    """The methods of a paged question: for its answer, and for its rows one by one."""

    def method(door: Any, /, *args: Any, **kwargs: Any) -> Any:
        return door.iterate(question, *args, **kwargs)

    summary, blank, rest = question.doc.partition("\n\n")
    doc = f"{summary}\n\nRow by row, fetched page by page; without a ``limit`` all; ``timeout`` is for each page.{blank}{rest}"
    return asks(question), cast("RowsMethod[P, H]", _named(method, question, ROWS + question.name, doc))


def _named(method: Callable[..., Any], question: Question[..., Any], name: str, doc: str) -> Callable[..., Any]:
    """What editors and ``help`` show is the question's signature."""
    method.__name__ = method.__qualname__ = name
    method.__doc__ = doc
    method.__dict__["question"] = question
    door = inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY)
    told = inspect.signature(question.signature)
    method.__dict__["__signature__"] = told.replace(parameters=[door, *told.parameters.values()])
    return method
