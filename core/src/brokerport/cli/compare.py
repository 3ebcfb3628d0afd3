"""Two brokers' answers side by side, and whether switching is safe."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, cast

import attrs
from attrs import frozen
from cyclopts import Parameter
from cyclopts.validators import Number

from brokerport.cli import answers, cells, exit_codes, formats
from brokerport.cli.headers import PERCENT, header, title
from brokerport.cli.notes import one_line, say
from brokerport.cli.options import FormatOption, SandboxOption, given, opened
from brokerport.cli.report import Report
from brokerport.client.client import Client
from brokerport.errors import InvalidRequestError
from brokerport.models.columns import Column
from brokerport.questions.providers import QUESTIONS

if TYPE_CHECKING:
    from brokerport.comparing.comparison import Comparison, Difference


def compare(
    first: Annotated[str, Parameter(help="The broker in use.")],
    second: Annotated[str, Parameter(help="The broker to switch to.")],
    question: Annotated[str, Parameter(help="What to ask both, such as short-volume.")],
    symbol: Annotated[str, Parameter(help="Market, dot, code: HK.00700, US.TSLA.")],
    /,
    *,
    limit: Annotated[int | None, Parameter(validator=Number(gte=1), help="At most so many rows of each.")] = None,
    days_before: Annotated[int | None, Parameter(validator=Number(gte=0), help="For broker-ranking: 0 is the present day.")] = None,
    tolerance: Annotated[str, Parameter(help="How far apart two numbers may be: 0.5% or 0.005 of the larger.")] = "0.5%",
    sandbox: SandboxOption = None,
    timeout: Annotated[float | None, Parameter(help="Seconds that each answer may take.")] = None,
    format: FormatOption = "table",  # noqa: A002  # the name of the option
) -> int:
    """Whether two brokers say the same, and what is lost by switching from the first to the second."""
    from brokerport.comparing.compare import compare as asked_both  # the help of the other commands needs it not

    arguments = given(limit=limit, days_before=days_before, timeout=timeout)
    settings = given(sandbox=sandbox)
    with opened(first, settings) as ours, opened(second, settings) as theirs:
        found = asked_both(_checked(ours), _checked(theirs), question.replace("-", "_"), symbol, tolerance=part(tolerance), **arguments)
    formats.write(report(found), format)
    if any(source.sandbox for source in found.sources):
        say("sandbox: synthetic data")
    say(one_line(found.verdict))
    return exit_codes.DONE if found.safe else exit_codes.TELLS_LESS if found.agrees else exit_codes.DIFFER


@frozen
class _Checked:
    """A client whose answers are looked at before they are compared."""

    client: Client

    def __getattr__(self, name: str) -> Any:
        return partial(answers.ask, self.client, getattr(Client, name)) if name in QUESTIONS else getattr(self.client, name)


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
        raise InvalidRequestError(f"tolerance {text!r} is no number; write 0.5% or 0.005") from error


def report(found: Comparison) -> Report:
    """The differences, a row each; below them how much was compared."""
    return Report(
        title=f"{title(found.question)} of {found.symbol}: {' against '.join(found.brokers)}{_sandbox(found)}",
        about=_about(found),
        columns=_columns(found),
        shown=_shown(found),
        facts=[*_facts(found)],
    )


def _sandbox(found: Comparison) -> str:
    return ", sandbox (synthetic data)" if any(source.sandbox for source in found.sources) else ""


def _about(found: Comparison) -> dict[str, Any]:
    told = attrs.asdict(found, filter=attrs.filters.exclude("symbol", "sources", "differences"))
    judged = {"agrees": found.agrees, "safe": found.safe, "verdict": found.verdict}
    return {"symbol": str(found.symbol), **judged, **told, "sources": [attrs.asdict(source) for source in found.sources]}


def _columns(found: Comparison) -> list[Column]:
    """For programs: figures as they are, whatever they are."""
    kinds = {"row": str, "field": str, "kind": str, "first": object, "second": object, "relative": float}
    rows = found.to_dicts()
    return [Column(name, kind, [row[name] for row in rows]) for name, kind in kinds.items()]


def _shown(found: Comparison) -> list[Column]:
    """For people: each figure as the tables of its question show it."""
    first, second = found.brokers
    texts = [
        (each.row, each.field, each.kind.value, _text(each, each.first), _text(each, each.second), _apart(each))
        for each in found.differences
    ]
    names = ("row", "field", "kind", first, second, "apart")
    return [Column(name, str, [text[place] for text in texts]) for place, name in enumerate(names)]


def _text(difference: Difference, value: Any) -> str | None:
    if value is None:
        return None
    return cells.texts(Column(difference.field, type(value), [value]), header(difference.field).unit)[0]


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
