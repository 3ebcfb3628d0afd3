"""What keeps a broker from answering, and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from attrs import evolve
from cyclopts import Parameter

from brokerport.cli import exit_codes, formats
from brokerport.cli.options import FormatOption, Gateway, lacks, nobody
from brokerport.cli.report import Report
from brokerport.errors import BrokerportError
from brokerport.models import Symbol
from brokerport.models.columns import Column
from brokerport.questions.checks import Check, Explanation
from brokerport.questions.providers import QUESTIONS
from brokerport.registry import registry

_SYMBOLS = ("HK.00700", "US.TSLA")  # what is asked about unless the user says otherwise: the first that the broker covers
_DEFAULT = Gateway()
_COLUMNS = ("broker", "question", "symbol", "check", "outcome", "detail", "fix")


def doctor(
    *broker: str,
    question: Annotated[str | None, Parameter(help="What to ask, such as short-volume; by default what the broker answers.")] = None,
    symbol: Annotated[str | None, Parameter(help="Market, dot, code; by default HK.00700 or US.TSLA.")] = None,
    probe: Annotated[bool, Parameter(negative="--no-probe", help="Ask the question at the end: one request of the quota.")] = True,
    gateway: Gateway = _DEFAULT,
    timeout: Annotated[float, Parameter(help="Seconds for each broker.")] = 10.0,
    format: FormatOption = "table",  # noqa: A002  # the name of the option
) -> int:
    """What keeps a broker from answering, and what to do; by default of all brokers and profiles."""
    brokers = broker or _everybody()
    settings = gateway.settings(brokers)
    told = (_explained(each, *_asked(each, question, symbol), timeout=timeout, probe=probe, **settings) for each in brokers)
    codes: list[int] = []
    # A table each, as soon as it is known: people read one after another, and programs one document.
    for part in ([each] for each in told) if format == "table" else [list(told)]:
        formats.write(_report(part), format)
        codes += (exit_codes.of(each.error).number for each in part if each.error)
    return codes[0] if codes else exit_codes.DONE


def _explained(broker: str, question: str, symbol: str, **given: Any) -> Explanation:
    """``registry.explain``, which says in the command line's words what a broker has not."""
    told = registry.explain(broker, question, symbol, **given)
    return evolve(told, checks=tuple(_in_our_words(broker, check) for check in told.checks))


def _in_our_words(broker: str, check: Check) -> Check:
    missing = lacks(broker, check.error)
    return evolve(check, detail=missing[0], fix=missing[1]) if missing else check


def _everybody() -> tuple[str, ...]:
    names = sorted({*registry.names(), *(profile.name for profile in registry.profiles())})
    if not names:
        raise nobody("no broker")
    return tuple(names)


def _asked(broker: str, question: str | None, symbol: str | None) -> tuple[str, str]:
    """A question and a symbol for which the broker has data, as far as the user leaves the choice."""
    questions = ("short_volume", *QUESTIONS) if question is None else (question.replace("-", "_"),)
    symbols = _SYMBOLS if symbol is None else (symbol,)
    try:
        told = registry.capabilities(broker)
    except BrokerportError:  # the checks will say why
        told = ()
    pairs = [(each, about) for each in questions for about in symbols]
    return next((pair for pair in pairs if any(each.answers(pair[0], Symbol.parse(pair[1])) for each in told)), pairs[0])


def _report(told: Sequence[Explanation]) -> Report:
    title = ", ".join(f"{each.broker}: {each.question} of {each.symbol}" for each in told)
    rows = [row for each in told for row in _rows(each)]
    columns = [Column(name, str, [row[place] for row in rows]) for place, name in enumerate(_COLUMNS)]
    facts = [Column("fix", str, [each.first_failure.fix]) for each in told if each.first_failure]
    return Report(title=title, about={"ok": all(each.ok for each in told)}, columns=columns, shown=columns[3:-1], facts=facts)


def _rows(told: Explanation) -> list[tuple[str | None, ...]]:
    asked = told.broker, told.question, str(told.symbol)
    return [(*asked, each.name, each.outcome.value, each.detail, each.fix) for each in told.checks]
