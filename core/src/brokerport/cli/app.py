"""The commands."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from typing import Annotated

from cyclopts import App, Group, Parameter

from brokerport.cli import asking, compare, demo, doctor, exit_codes, formats, listings, new_plugin, schema
from brokerport.cli.options import FormatOption
from brokerport.errors import BrokerportError
from brokerport.plugins.look import allowed
from brokerport.questions import QUESTIONS, Capability
from brokerport.registry import registry

_EPILOGUE = "\n".join(["Exit codes:", *(f"{code.number:>5}  {code.meaning}" for code in exit_codes.EXIT_CODES)])
_QUESTIONS = Group("Questions", sort_key=1)
_BROKERS = Group("Brokers", sort_key=2)
_COMPARED = 3  # the place of the question: compare FIRST SECOND QUESTION

app = App(
    "brokerport",
    help="Ask a broker for the market data that only brokers have.",
    help_epilogue=_EPILOGUE,
    help_format="plaintext",
    version=lambda: f"brokerport {version('brokerport')}",
    suppress_keyboard_interrupt=False,
)

for each in QUESTIONS.values():
    app.command(asking.command(each), name=each.name.replace("_", "-"), group=_QUESTIONS)


def learn(arguments: Sequence[str]) -> None:
    """Have the commands for a question that a plugin brings, where the arguments name one: to ask it, or to compare it."""
    asked = next(iter(arguments), "-")
    name = arguments[_COMPARED] if asked == "compare" and len(arguments) > _COMPARED else asked
    if name.startswith("-") or name in app or not (found := registry.find(name.replace("-", "_"))):
        return
    if asked == "compare":
        del app[asked]  # cyclopts takes no second one of a name
        app.command(compare.with_arguments([*QUESTIONS.values(), found]), name=asked, group=_BROKERS)
    else:
        app.command(asking.command(found), name=name, group=_QUESTIONS)


@app.command(group=_BROKERS)
def brokers(
    *,
    load: Annotated[bool, Parameter(negative="", show_default=False, help="Import each, to see which cannot be.")] = False,
    format: FormatOption = "table",  # noqa: A002  # the name of the option
) -> int:
    """The brokers that are installed."""
    if load:
        registry.load()
    installed = registry.plugins()
    formats.write(listings.brokers(installed), format)
    failures = {each.name: each.error for each in installed if load and each.error and allowed(each.name)}
    return max(map(exit_codes.tell, failures.values()), default=exit_codes.DONE)


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


app.command(compare.with_arguments(QUESTIONS.values()), name="compare", group=_BROKERS)
app.command(demo.demo, group=_BROKERS)
app.command(doctor.doctor, group=_BROKERS)
app.command(new_plugin.new_plugin, group=_BROKERS)
app.command(schema.schema, group=_QUESTIONS)
