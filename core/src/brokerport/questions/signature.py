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
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from attrs import field, frozen

from brokerport.models import Market, Symbol
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
        "check_open",
        "close",
        "closed",
        "iterate",
        "plan",
        "question",
        "refuse",
        "seconds",
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


@frozen
class Parameter:
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
    name: str
    about: About
    answer: type
    doc: str
    parameters: Mapping[str, Parameter] = field(eq=False)  #: by name, without ``timeout``; the subject is the first
    added: frozenset[str]  #: the arguments that came after the question
    _checks: tuple[tuple[str, Any, Callable[[Any], Any], bool], ...] = field(eq=False, repr=False)

    def values(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        """The arguments of a call, checked, by name; those that came later only where they are not the default.

        Raises:
            TypeError: An argument is missing, unknown or given twice.
            InvalidRequestError: A value cannot be.
        """
        given = self._placed(args, kwargs)
        values: dict[str, Any] = {}
        for name, default, check, added in self._checks:
            value = given.get(name, default)
            if value is REQUIRED:
                self._refuse(args, kwargs)
            value = check(value)
            if not (added and value == default):
                values[name] = value
        return values

    def _placed(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        """By name, whether passed by place or by name."""
        given = kwargs
        if args:
            subject = next(iter(self.parameters), "")
            if len(args) > 1 or self.about is About.NOTHING or subject in kwargs:
                self._refuse(args, kwargs)
            given = {subject: args[0], **kwargs}
        if not given.keys() <= self.parameters.keys():
            self._refuse(args, kwargs)
        return given

    def _refuse(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """In Python's own words."""
        try:
            inspect.signature(self.function).bind(*args, **kwargs)
        except TypeError as error:
            raise TypeError(f"{self.name}(): {error}") from None
        raise TypeError(f"{self.name}() cannot be called with {args} and {kwargs}")


def read(function: Callable[..., Any]) -> Signature:
    """What a signature says.

    Raises:
        TypeError: No question can be made of it; says why.
    """
    hints = _hints(function)
    told = [_parameter(each, hints) for each in inspect.signature(function).parameters.values() if each.name != TIMEOUT]
    parameters = {each.name: each for each in told}
    return Signature(
        function=function,
        name=function.__name__,
        about=_about(function),
        answer=_answer(function, hints),
        doc=inspect.getdoc(function) or "",
        parameters=parameters,
        added=frozenset(each.name for each in told if each.argument.added),
        checks=tuple((each.name, each.default, each.argument.check, each.argument.added) for each in told),
    )


def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    try:
        hints = get_type_hints(function, include_extras=True)
    except NameError as error:
        raise TypeError(
            f"the signature {function.__name__}: {error}; import it when the program runs, not for type checkers alone"
        ) from error
    for each in inspect.signature(function).parameters.values():
        if each.name not in hints or each.kind in (each.VAR_POSITIONAL, each.VAR_KEYWORD):
            raise TypeError(f"the signature {function.__name__}: {each.name} needs a name and an annotation of its own")
    if TIMEOUT not in hints:
        raise TypeError(f"the signature {function.__name__} has no timeout; write: timeout: float | None = None")
    return hints


def _about(function: Callable[..., Any]) -> About:
    """By the name of the first argument, which alone may be passed by place."""
    first = next(iter(inspect.signature(function).parameters.values()))
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
