"""The commands."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from typing import Annotated

from cyclopts import App, Group, Parameter
from cyclopts.validators import LimitedChoice, Number

from brokerport.cli import answers, compare, demo, doctor, exit_codes, formats, listings, new_plugin
from brokerport.cli.notes import say
from brokerport.cli.options import FormatOption, Options
from brokerport.client.client import PAGE, Client
from brokerport.errors import BrokerportError, RejectedError
from brokerport.models import Result
from brokerport.questions.providers import Capability
from brokerport.registry import registry

_EPILOGUE = "\n".join(["Exit codes:", *(f"{code.number:>5}  {code.meaning}" for code in exit_codes.EXIT_CODES)])
_QUESTIONS = Group("Questions", sort_key=1)
_BROKERS = Group("Brokers", sort_key=2)
_EITHER = Group("Rows", validator=LimitedChoice())

_DEFAULT = Options()

app = App(
    "brokerport",
    help="Ask a broker for the market data that only brokers have.",
    help_epilogue=_EPILOGUE,
    help_format="plaintext",
    version=lambda: f"brokerport {version('brokerport')}",
    suppress_keyboard_interrupt=False,
)

_Symbol = Annotated[str, Parameter(help="Market, dot, code: HK.00700, US.TSLA.")]
_Limit = Annotated[int, Parameter(group=_EITHER, validator=Number(gte=1), help="At most so many rows.")]
_All = Annotated[bool, Parameter("--all", negative="", show_default=False, group=_EITHER, help="All rows there are.")]
_After = Annotated[str | None, Parameter(allow_leading_hyphen=True, help="Go on from an earlier answer's cursor.")]


@app.command(group=_QUESTIONS)
def ark_dynamic(symbol: _Symbol, /, *, options: Options = _DEFAULT) -> None:
    """What the ARK funds last did with a stock."""
    _ask(Client.ark_dynamic, symbol, options)


@app.command(group=_QUESTIONS)
def capital_distribution(symbol: _Symbol, /, *, options: Options = _DEFAULT) -> None:
    """The day's turnover by direction and order size."""
    _ask(Client.capital_distribution, symbol, options)


@app.command(group=_QUESTIONS)
def broker_ranking(
    symbol: _Symbol,
    /,
    *,
    days_before: Annotated[int, Parameter(validator=Number(gte=0), help="0 is the present day, n the n-th trading day before it.")] = 0,
    options: Options = _DEFAULT,
) -> None:
    """The largest net buyers and sellers of a day."""
    _ask(Client.broker_ranking, symbol, options, days_before=days_before)


@app.command(group=_QUESTIONS)
def short_volume(
    symbol: _Symbol, /, *, limit: _Limit = PAGE, every: _All = False, after: _After = None, options: Options = _DEFAULT
) -> None:
    """Daily short volume, newest first."""
    _ask(Client.short_volume, symbol, options, limit=None if every else limit, after=after)


@app.command(group=_QUESTIONS)
def short_interest(
    symbol: _Symbol, /, *, limit: _Limit = PAGE, every: _All = False, after: _After = None, options: Options = _DEFAULT
) -> None:
    """Short interest by report, newest first."""
    _ask(Client.short_interest, symbol, options, limit=None if every else limit, after=after)


def _ask(question: Callable[..., Result], symbol: str, options: Options, **arguments: object) -> None:
    with options.client() as client:
        try:
            answer = answers.ask(client, question, symbol, **arguments)
        except RejectedError as error:
            if (after := arguments.get("after")) is not None:  # the broker calls it by another name
                error.add_note(f"perhaps --after {after} is no cursor of an earlier answer to this question")
            raise
    formats.write(answers.report(question.__name__, answer), options.format)
    for note in answers.notes(answer):
        say(note)


@app.command(group=_BROKERS)
def brokers(
    *,
    load: Annotated[bool, Parameter(negative="", show_default=False, help="Import each, to see which cannot be.")] = False,
    format: FormatOption = "table",  # noqa: A002  # the name of the option
) -> int:
    """The brokers that are installed."""
    failures: list[BrokerportError] = []
    for name in registry.names() if load else ():
        try:
            registry.get_async(name)
        except BrokerportError as error:  # one broken plugin does not hide the others
            failures.append(error)
    formats.write(listings.brokers(registry.plugins()), format)
    return max(map(exit_codes.tell, failures), default=exit_codes.DONE)


@app.command(group=_BROKERS)
def capabilities(*broker: str, format: FormatOption = "table") -> int:  # noqa: A002  # the name of the option
    """Which broker answers what, for which markets and how often; by default of all that are installed."""
    answered: list[tuple[str, Capability]] = []
    failures: list[BrokerportError] = []
    for name in broker or registry.names():
        try:
            answered += ((name, each) for each in registry.capabilities(name))
        except BrokerportError as error:  # one broken plugin does not hide the others
            failures.append(error)
    if answered or not failures:
        formats.write(listings.capabilities(answered), format)
    return max(map(exit_codes.tell, failures), default=exit_codes.DONE)


app.command(compare.compare, group=_BROKERS)
app.command(demo.demo, group=_BROKERS)
app.command(doctor.doctor, group=_BROKERS)
app.command(new_plugin.new_plugin, group=_BROKERS)
