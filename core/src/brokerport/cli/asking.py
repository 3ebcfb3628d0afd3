"""A command for each question, made of its signature."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Annotated, Any, TypeVar

from cyclopts import Group, Parameter
from cyclopts.validators import LimitedChoice

from brokerport.cli import answers, formats
from brokerport.cli.notes import say
from brokerport.cli.options import Options, given
from brokerport.errors import RejectedError
from brokerport.questions import About, Question
from brokerport.questions import signature as signatures
from brokerport.terminal import visible

C = TypeVar("C", bound=Callable[..., Any])

_DEFAULT = Options()
_EITHER = Group("Rows", validator=LimitedChoice())
_OWN = Group("Question")  # without a group, help leaves an option out

_SUBJECTS = {About.SYMBOL: "Market, dot, code: HK.00700, US.TSLA.", About.MARKET: "A market: HK, US."}
_EVERY = Annotated[bool, Parameter("--all", negative="", show_default=False, group=_EITHER, help="All rows there are.")]


def command(question: Question[..., Any]) -> Callable[..., None]:
    """What asks it, and writes the answer."""

    def ask(*subject: str, options: Options = _DEFAULT, every: bool = False, **arguments: Any) -> None:
        if every:
            arguments["limit"] = None
        _ask(question, subject, options, arguments)

    ask.__name__ = question.name
    ask.__doc__ = visible(question.doc.partition("\n")[0])
    return declared(ask, _parameters(question))


def declared(command: C, parameters: Iterable[inspect.Parameter]) -> C:
    """The command with parameters that were made, where cyclopts looks for them."""
    told = inspect.Signature([*parameters])
    command.__dict__["__signature__"] = told
    command.__annotations__ = {each.name: each.annotation for each in told.parameters.values()}
    return command


def _parameters(question: Question[..., Any]) -> Iterator[inspect.Parameter]:
    for each in question.said.parameters.values():
        subject = each.name == question.about
        kind = inspect.Parameter.POSITIONAL_ONLY if subject else inspect.Parameter.KEYWORD_ONLY
        annotation = Annotated[str, Parameter(help=_SUBJECTS[question.about])] if subject else _option(question, each)
        yield inspect.Parameter(each.name, kind, default=each.default, annotation=annotation)
    if question.paged:
        yield inspect.Parameter("every", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=_EVERY)
    yield inspect.Parameter("options", inspect.Parameter.KEYWORD_ONLY, default=_DEFAULT, annotation=Options)


def _option(question: Question[..., Any], told: signatures.Parameter) -> Any:
    """An argument as an option; a cursor may begin with a hyphen."""
    group = _EITHER if question.paged and told.name == "limit" else _OWN
    hyphens = told.name == "after"
    parameter = Parameter(group=group, allow_leading_hyphen=hyphens, help=visible(told.argument.help), validator=partial(check, told))
    return Annotated[int if group is _EITHER else told.annotation, parameter]


def check(told: signatures.Parameter, _: object, value: Any) -> None:
    """Refuse an option's value as the question would, in the words of the command line.

    Raises:
        ValueError: It cannot be.
    """
    if value is not None:
        told.argument.check(value)


def _ask(question: Question[..., Any], subject: tuple[str, ...], options: Options, arguments: dict[str, Any]) -> None:
    with options.client() as client:
        try:
            answer = answers.ask(client, question, *subject, **arguments, **given(timeout=options.timeout))
        except RejectedError as error:
            if (after := arguments.get("after")) is not None:  # the broker calls it by another name
                error.add_note(f"perhaps --after {after} is no cursor of an earlier answer to this question")
            raise
    formats.write(answers.report(question, answer), options.format)
    for note in answers.notes(answer):
        say(note)
