"""What a question's signature says: its name, its arguments, what it is about, and its answer.

A signature is a plain function that is never called. Its annotations are read once, and so is how its arguments are placed:
``inspect.Signature.bind`` costs microseconds a call.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from datetime import date
from enum import Enum, StrEnum
from functools import partial
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

from attrs import field, frozen

from brokerport.models import Market, Paged, Symbol
from brokerport.questions import arguments
from brokerport.questions.arguments import Argument

TIMEOUT = "timeout"
#: names that clients have for other things
TAKEN = frozenset(
    {
        "aclose",
        "ask",
        "broker",
        "call",
        "close",
        "closed",
        "iterate",
        "plan",
        "question",
        "stats",
        "sweep",
    }
)
REQUIRED = inspect.Parameter.empty


class About(StrEnum):
    """What a question is about."""

    SYMBOL = "symbol"  #: one security
    MARKET = "market"  #: a whole market
    NOTHING = "nothing"  #: the broker's data as such


class Parameter(NamedTuple):
    """One argument of a question."""

    name: str
    default: Any  #: REQUIRED where there is none
    annotation: Any  #: without its ``Annotated``
    argument: Argument

    @property
    def required(self) -> bool:
        """Whether a caller has to pass it."""
        return self.default is REQUIRED


@frozen
class Signature:
    """A signature, read."""

    function: Callable[..., Any]
    about: About
    answer: type
    paged: bool  #: whether the answer comes in pages
    parameters: Mapping[str, Parameter] = field(eq=False)  #: by name, without ``timeout``; the subject is the first
    added: frozenset[str]  #: the arguments that came after the question
    subject: str  #: the name of what may be passed by place; empty for nothing
    _checks: Mapping[str, Callable[[Any], Any]] = field(eq=False, repr=False)
    _defaults: Mapping[str, Any] = field(eq=False, repr=False)  # but for those that came later

    def values(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        """The arguments of a call, checked, by name; those that came later only where they are not the default.

        Raises:
            TypeError: An argument is missing, unknown or given twice.
            InvalidRequestError: A value cannot be.
        """
        given = {self.subject: args[0], **kwargs} if args else kwargs
        if len(args) > 1 or len(given) < len(args) + len(kwargs) or not given.keys() <= self._checks.keys():
            self._refuse(args, kwargs)
        values = {**self._defaults}
        for name, value in given.items():
            values[name] = self._checks[name](value)
        if len(values) < len(self._checks):
            self._look_for_missing(values, args, kwargs)
        for name in self.added & values.keys():
            if values[name] == self.parameters[name].default:
                del values[name]
        return values

    def _look_for_missing(self, values: dict[str, Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        if any(each.required and name not in values for name, each in self.parameters.items()):
            self._refuse(args, kwargs)

    def _refuse(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """In Python's own words."""
        try:
            inspect.signature(self.function).bind(*args, **kwargs)
        except TypeError as error:
            raise TypeError(f"{self.function.__name__}(): {error}") from None
        raise TypeError(f"{self.function.__name__}() cannot be called with {args} and {kwargs}")


def read(function: Callable[..., Any]) -> Signature:
    """What a signature says.

    Raises:
        TypeError: No question can be made of it; says why.
    """
    told_of = inspect.signature(function).parameters
    hints = _hints(function, told_of)
    about, answer = _about(function, told_of), _answer(function, hints)
    told = [_parameter(each, hints) for each in told_of.values() if each.name != TIMEOUT]
    parameters = {each.name: each for each in told}
    return Signature(
        function=function,
        about=about,
        answer=answer,
        paged=issubclass(answer, Paged),
        parameters=parameters,
        added=frozenset(each.name for each in told if each.argument.added),
        subject="" if about is About.NOTHING else about.value,
        checks={each.name: each.argument.check for each in told},
        defaults={each.name: each.argument.check(each.default) for each in told if not (each.required or each.argument.added)},
    )


def _hints(function: Callable[..., Any], parameters: Mapping[str, inspect.Parameter]) -> dict[str, Any]:
    try:
        hints = get_type_hints(function, include_extras=True)
    except NameError as error:
        raise TypeError(
            f"the signature {function.__name__}: {error}; import it when the program runs, not for type checkers alone"
        ) from error
    for each in parameters.values():
        if each.name not in hints or each.kind in (each.VAR_POSITIONAL, each.VAR_KEYWORD):
            raise TypeError(f"the signature {function.__name__}: {each.name} needs a name and an annotation of its own")
    if TIMEOUT not in hints:
        raise TypeError(f"the signature {function.__name__} has no timeout; write: timeout: float | None = None")
    return hints


def _about(function: Callable[..., Any], parameters: Mapping[str, inspect.Parameter]) -> About:
    """By the name of the first argument, which alone may be passed by place."""
    first = next(iter(parameters.values()))
    if first.kind is first.KEYWORD_ONLY:
        return About.NOTHING
    if first.name in (About.SYMBOL, About.MARKET):
        return About(first.name)
    raise TypeError(f"the signature {function.__name__} begins with {first.name}; it is about a symbol, a market, or nothing: (*, ...)")


def _answer(function: Callable[..., Any], hints: dict[str, Any]) -> type:
    kind = get_origin(hints.get("return")) or hints.get("return")
    if not isinstance(kind, type):
        raise TypeError(f"the signature {function.__name__} has to say of which class its answer is: -> BorrowFee")
    return kind


def _parameter(told: inspect.Parameter, hints: dict[str, Any]) -> Parameter:
    annotation = hints[told.name]
    kind, *extras = get_args(annotation) if get_origin(annotation) is Annotated else (annotation,)
    argument = next((each for each in extras if isinstance(each, Argument)), None)
    return Parameter(told.name, told.default, kind, argument or Argument(_check(told.name, kind)))


def _check(name: str, kind: Any) -> Callable[[Any], Any]:
    """What checks a value, by the annotation of its argument."""
    options = [each for each in (get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)) if each is not NoneType]
    check = next((make(name, each) for fits, make in _CHECKS for each in options if fits(each)), _as_it_is)
    return check if NoneType not in get_args(kind) else partial(_or_none, check)


def _as_it_is(value: Any) -> Any:
    return value


def _or_none(check: Callable[[Any], Any], value: Any) -> Any:
    return None if value is None else check(value)


def _is(*kinds: type) -> Callable[[Any], bool]:
    return lambda kind: isinstance(kind, type) and issubclass(kind, kinds)


#: by the first that fits; what a market or a symbol is said to be as text is read
_CHECKS: tuple[tuple[Callable[[Any], bool], Callable[[str, Any], Callable[[Any], Any]]], ...] = (
    (_is(Symbol), lambda _, __: Symbol.parse),
    (_is(Market), lambda _, __: Market.parse),
    (lambda kind: get_origin(kind) is Literal, lambda name, kind: lambda value: arguments.choice(name, value, get_args(kind))),
    (_is(Enum), lambda name, kind: lambda value: arguments.member(name, value, kind)),
    (_is(bool), lambda name, _: lambda value: arguments.switch(name, value)),
    (_is(int), lambda name, _: lambda value: arguments.whole(name, value)),
    (_is(float), lambda name, _: lambda value: arguments.number(name, value)),
    (_is(date), lambda name, _: lambda value: arguments.day(name, value)),
    (_is(str), lambda name, _: lambda value: arguments.text(name, value)),
)
