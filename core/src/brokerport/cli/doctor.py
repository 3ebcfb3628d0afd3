"""What keeps a broker from answering, and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Annotated, Any

from attrs import evolve
from cyclopts import Parameter

from brokerport.cli import exit_codes, formats, screen, streams
from brokerport.cli.examples import example
from brokerport.cli.formats import Format
from brokerport.cli.options import FormatOption, Gateway, lacks, named, nobody
from brokerport.cli.report import Report
from brokerport.errors import BrokerportError
from brokerport.explaining.explanation import Check, Explanation
from brokerport.models.columns import Column
from brokerport.plugins.look import allowed
from brokerport.questions import Capability, Question
from brokerport.registry import registry
from brokerport.terminal import COLUMNS

_DEFAULT = Gateway()
_COLUMNS = ("broker", "question", "symbol", "check", "outcome", "detail", "fix")


def doctor(
    *broker: str,
    question: Annotated[str | None, Parameter(help="What to ask, such as short-volume; by default what the broker answers.")] = None,
    symbol: Annotated[str | None, Parameter(help="Market, dot, code, or a market; by default one that has data.")] = None,
    probe: Annotated[bool, Parameter(negative="--no-probe", help="Ask the question at the end: one request of the quota.")] = True,
    gateway: Gateway = _DEFAULT,
    timeout: Annotated[float, Parameter(help="Seconds for each broker.")] = 10.0,
    format: FormatOption = "table",  # noqa: A002  # the name of the option
) -> int:
    """What keeps a broker from answering, and what to do; by default of all brokers and profiles."""
    brokers = broker or _everybody()
    settings = gateway.settings(brokers)
    asked = (_explained(each, *_asked(each, question, symbol), timeout=timeout, probe=probe, **settings) for each in brokers)
    told = asked if broker else chain(asked, _unusable(brokers))
    codes: list[int] = []
    # Each as soon as it is known: people read one after another, and programs one document.
    for part in ([each] for each in told) if format == "table" else [list(told)]:
        _write(part, format)
        codes += (exit_codes.of(each.error).number for each in part if each.error)
    return codes[0] if codes else exit_codes.DONE


def _explained(broker: str, question: Question[..., Any], subject: str | None, **given: Any) -> Explanation:
    """``registry.explain``, which says in the command line's words what a broker has not."""
    told = registry.explain(broker, question, subject, **given)
    return evolve(told, checks=tuple(_in_our_words(broker, check) for check in told.checks))


def _unusable(brokers: Sequence[str]) -> Iterator[Explanation]:
    """The plugins that nobody can ask for, or that bring no broker, and that cannot be used."""
    from brokerport.explaining.chain import failed  # asyncio comes with it

    for each in registry.plugins():
        if each.error and each.name not in brokers and allowed(each.name):
            yield Explanation(each.name, "", None, (failed("usable", each.error, "upgrade or uninstall the plugin, or tell its author"),))


def _in_our_words(broker: str, check: Check) -> Check:
    missing = lacks(broker, check.error)
    return evolve(check, detail=missing[0], fix=missing[1]) if missing else check


def _everybody() -> tuple[str, ...]:
    names = sorted({*registry.names(), *(profile.name for profile in registry.profiles())})
    if not names and not [*_unusable(())]:
        raise nobody("no broker")
    return tuple(names)


def _asked(broker: str, question: str | None, subject: str | None) -> tuple[Question[..., Any], str | None]:
    """A question and what to ask about, for which the broker has data, as far as the user leaves the choice."""
    try:
        told = registry.capabilities(broker)
    except BrokerportError:  # the checks will say why
        told = ()
    asked = named(question) if question else _usual(told)
    return asked, subject or next(iter(example(asked, told)), None)


def _usual(told: Sequence[Capability]) -> Question[..., Any]:
    """What the broker answers, a history first: it tells most."""
    answered = [found for each in told if (found := registry.find(each.question))] or registry.questions()
    return next((each for each in answered if each.paged), answered[0])


def _write(told: Sequence[Explanation], form: Format) -> None:
    data = streams.data()
    if form != "table":
        formats.write(_report(told), form)
        return
    for each in told:
        data.write(each.shown(screen.columns(data) or COLUMNS) + "\n")


def _report(told: Sequence[Explanation]) -> Report:
    rows = [row for each in told for row in _rows(each)]
    columns = [Column(name, str, [row[place] for row in rows]) for place, name in enumerate(_COLUMNS)]
    return Report(title="Checks", about={"ok": all(each.ok for each in told)}, columns=columns, shown=columns)


def _rows(told: Explanation) -> list[tuple[str | None, ...]]:
    asked = told.broker, told.question, None if told.symbol is None else str(told.symbol)
    return [(*asked, each.name, each.outcome.value, each.detail, each.fix) for each in told.checks]
