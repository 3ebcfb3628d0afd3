"""Two brokers' answers side by side, and whether switching is safe."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from functools import partial, wraps
from typing import TYPE_CHECKING, Annotated, Any, cast

import attrs
from attrs import frozen
from cyclopts import Parameter

from brokerport.cli import answers, asking, cells, exit_codes, formats
from brokerport.cli.notes import one_line, say
from brokerport.cli.options import FormatOption, SandboxOption, given, named, opened
from brokerport.cli.report import Report
from brokerport.client.client import Client
from brokerport.errors import InvalidRequestError
from brokerport.models.columns import Column
from brokerport.models.headers import PERCENT
from brokerport.questions import Question
from brokerport.questions import signature as signatures
from brokerport.reading import shown
from brokerport.terminal import visible

if TYPE_CHECKING:
    from brokerport.comparing.comparison import Comparison, Difference

_NOT_COMPARED = ("symbol", "market", "after")  # a cursor is one broker's own


def compare(
    first: Annotated[str, Parameter(help="The broker in use.")],
    second: Annotated[str, Parameter(help="The broker to switch to.")],
    question: Annotated[str, Parameter(help="What to ask both, such as short-volume.")],
    subject: Annotated[str | None, Parameter(help="What about: HK.00700, US.TSLA; or a market.")] = None,
    /,
    *,
    tolerance: Annotated[str, Parameter(help="How far apart two numbers may be: 0.5% or 0.005 of the larger.")] = "0.5%",
    sandbox: SandboxOption = None,
    timeout: Annotated[float | None, Parameter(help="Seconds that each answer may take.")] = None,
    format: FormatOption = "table",  # noqa: A002  # the name of the option
    **arguments: Any,
) -> int:
    """Whether two brokers say the same, and what is lost by switching from the first to the second."""
    from brokerport.comparing.compare import compare as asked_both  # only this command needs it

    asked, settings = named(question), given(sandbox=sandbox)
    with opened(first, settings) as ours, opened(second, settings) as theirs:
        sides = _checked(ours), _checked(theirs)
        found = asked_both(*sides, asked, subject, tolerance=part(tolerance), **given(timeout=timeout, **arguments))
    formats.write(report(asked, found), format)
    if any(source.sandbox for source in found.sources):
        say("sandbox: synthetic data")
    say(one_line(found.verdict))
    return exit_codes.DONE if found.safe else exit_codes.TELLS_LESS if found.agrees else exit_codes.DIFFER


def with_arguments(questions: Iterable[Question[..., Any]]) -> Callable[..., int]:
    """The command with an option for each argument that any of the questions has."""
    told = {each.name: each for question in questions for each in question.said.parameters.values()}
    options = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=_option(each))
        for name, each in told.items()
        if name not in _NOT_COMPARED
    ]
    signature = inspect.signature(compare, eval_str=True)
    own = [each for each in signature.parameters.values() if each.kind is not each.VAR_KEYWORD]

    @wraps(compare)
    def command(*args: Any, **kwargs: Any) -> int:
        return compare(*args, **kwargs)

    return asking.declared(command, [*own, *options])


def _option(told: signatures.Parameter) -> Any:
    return Annotated[told.annotation | None, Parameter(help=visible(told.argument.help), validator=partial(asking.check, told))]


@frozen
class _Checked:
    """A client whose answers are looked at before they are compared."""

    client: Client

    def ask(self, question: Question[..., Any], *subject: object, **arguments: object) -> Any:
        """The answer, checked."""
        return answers.ask(self.client, question, *subject, **arguments)

    @property
    def broker(self) -> str:
        """The client's."""
        return self.client.broker


def _checked(client: Client) -> Client:
    return cast("Client", _Checked(client))


def part(text: str) -> float:
    """``0.5%`` or ``0.005``, as a part of one.

    Raises:
        InvalidRequestError: It is no number.
    """
    try:
        return float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError as error:
        raise InvalidRequestError(f"tolerance {shown.value(text)} is no number; write 0.5% or 0.005") from error


def report(question: Question[..., Any], found: Comparison) -> Report:
    """The differences, a row each; below them how much was compared."""
    return Report(
        title=f"{_what(question, found)}: {' against '.join(found.brokers)}{_sandbox(found)}",
        about=_about(found),
        columns=_columns(found),
        shown=_shown(question, found),
        facts=[*_facts(found)],
    )


def _what(question: Question[..., Any], found: Comparison) -> str:
    return question.title if found.symbol is None else f"{question.title} of {found.symbol}"


def _sandbox(found: Comparison) -> str:
    return ", sandbox (synthetic data)" if any(source.sandbox for source in found.sources) else ""


def _about(found: Comparison) -> dict[str, Any]:
    told = attrs.asdict(found, filter=attrs.filters.exclude("symbol", "sources", "differences"))
    judged = {"agrees": found.agrees, "safe": found.safe, "verdict": found.verdict}
    return {"symbol": found.symbol and str(found.symbol), **judged, **told, "sources": [attrs.asdict(source) for source in found.sources]}


def _columns(found: Comparison) -> list[Column]:
    """For programs: figures as they are, whatever they are."""
    kinds = {"row": str, "field": str, "kind": str, "first": object, "second": object, "relative": float}
    rows = found.to_dicts()
    return [Column(name, kind, [row[name] for row in rows]) for name, kind in kinds.items()]


def _shown(question: Question[..., Any], found: Comparison) -> list[Column]:
    """For people: each figure as the tables of its question show it."""
    first, second = found.brokers
    text = partial(_text, question)
    rows = [
        (each.row, each.field, each.kind.value, text(each, each.first), text(each, each.second), _apart(each)) for each in found.differences
    ]
    names = ("row", "field", "kind", first, second, "apart")
    return [Column(name, str, [row[place] for row in rows]) for place, name in enumerate(names)]


def _text(question: Question[..., Any], difference: Difference, value: Any) -> str | None:
    if value is None:
        return None
    return cells.texts(Column(difference.field, type(value), [value]), question.header(difference.field).unit)[0]


def _apart(difference: Difference) -> str | None:
    if difference.relative is None:
        return None
    return cells.texts(Column("apart", float, [difference.relative * 100]), PERCENT)[0] + " %"


def _facts(found: Comparison) -> list[Column]:
    told = {
        "rows_in_both": str(found.matched),
        "fields_of_both": ", ".join(found.shared),
        **{f"only_{broker}_tells": ", ".join(only.fields) for broker, only in _alone(found)},
        **{f"only_{broker}_has": ", ".join((*only.newer, *only.rows, *only.older)) for broker, only in _alone(found)},
    }
    return [Column(name, str, [text]) for name, text in told.items() if text]


def _alone(found: Comparison) -> list[tuple[str, Any]]:
    return list(zip(found.brokers, (found.only_first, found.only_second), strict=True))
