"""A command for each question, made of its signature."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Annotated, Any

from cyclopts import Group, Parameter
from cyclopts.validators import LimitedChoice, Number

from brokerport.cli import answers, formats
from brokerport.cli.notes import say
from brokerport.cli.options import Options
from brokerport.errors import RejectedError
from brokerport.questions import About, Question
from brokerport.questions import signature as signatures

_DEFAULT = Options()
_EITHER = Group("Rows", validator=LimitedChoice())

_SUBJECTS = {About.SYMBOL: "Market, dot, code: HK.00700, US.TSLA.", About.MARKET: "A market: HK, US."}
_EVERY = Annotated[bool, Parameter("--all", negative="", show_default=False, group=_EITHER, help="All rows there are.")]


def command(question: Question[..., Any]) -> Callable[..., None]:
    """What asks it, and writes the answer."""

    def ask(*subject: str, options: Options, every: bool = False, **arguments: Any) -> None:
        if every:
            arguments["limit"] = None
        _ask(question, subject, options, arguments)

    ask.__name__ = question.name
    ask.__doc__ = question.said.doc.partition("\n")[0]
    ask.__dict__["__signature__"] = inspect.Signature([*_parameters(question)])
    return ask


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
    if question.paged and told.name == "limit":
        return Annotated[int, Parameter(group=_EITHER, validator=Number(gte=1), help=told.argument.help)]
    return Annotated[told.annotation, Parameter(allow_leading_hyphen=told.name == "after", help=told.argument.help)]


def _ask(question: Question[..., Any], subject: tuple[str, ...], options: Options, arguments: dict[str, Any]) -> None:
    with options.client() as client:
        try:
            answer = answers.ask(client, question, *subject, **arguments)
        except RejectedError as error:
            if (after := arguments.get("after")) is not None:  # the broker calls it by another name
                error.add_note(f"perhaps --after {after} is no cursor of an earlier answer to this question")
            raise
    formats.write(answers.report(question, answer), options.format)
    for note in answers.notes(answer):
        say(note)
