"""What every question can be told on the command line."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from attrs import fields_dict, frozen
from cyclopts import Parameter

from brokerport.cli.formats import Format
from brokerport.client.client import Client
from brokerport.errors import BrokerportError, InvalidRequestError, UnknownBrokerError
from brokerport.plugins.look import ALLOWED
from brokerport.questions import Question
from brokerport.reading import shown
from brokerport.registry import registry
from brokerport.settings.settings import Text

BROKER = "BROKERPORT_BROKER"

FormatOption = Annotated[Format, Parameter(help="How to write the data.")]
SandboxOption = Annotated[bool | None, Parameter(help="Ask a sandbox, which starts for this question: synthetic data.")]

_NO_SETTING = re.compile(r"registry\.get\(.*\): there is no setting '(\w+)'; (.*)")


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not (key and equals):
        raise InvalidRequestError(f"--set {shown.value(text)} sets nothing; write --set KEY=VALUE, such as --set url=http://127.0.0.1:8080")
    return key.replace("-", "_"), value


@Parameter(name="*")
@frozen(kw_only=True)
class Gateway:
    """Where a broker is asked; what is not given is left to the environment and the TOML file."""

    sandbox: SandboxOption = None
    host: Annotated[str | None, Parameter(help="Where the broker's gateway is.")] = None
    port: Annotated[int | None, Parameter(help="Its port there.")] = None
    set: Annotated[tuple[str, ...], Parameter(negative="", show_default=False, help="Another setting of the broker's: KEY=VALUE.")] = ()

    def settings(self, brokers: Sequence[str]) -> dict[str, Any]:
        """Those that were given.

        Raises:
            InvalidRequestError: They are the address of one gateway, and the brokers are several.
        """
        told = {key: Text(value) for key, value in map(_pair, self.set)}
        settings = {**told, **given(sandbox=self.sandbox, host=self.host, port=self.port)}
        if len(brokers) > 1 and {"host", "port"} & {*settings}:
            raise InvalidRequestError(
                f"--host and --port are of one broker, not of {', '.join(brokers)}; set those of each in the environment"
            )
        return settings


@Parameter(name="*")
@frozen(kw_only=True)
class Options:
    """Whom to ask, and how to show the answer."""

    broker: Annotated[
        str | None,
        Parameter(env_var=BROKER, help="Whom to ask, or several, the first able one: A,B. By default the only broker installed."),
    ] = None
    gateway: Gateway = Gateway()
    timeout: Annotated[float | None, Parameter(help="Seconds that the answer may take, all in all.")] = None
    format: FormatOption = "table"

    def client(self) -> Client:
        """A client of the broker, or a route of several.

        Raises:
            InvalidRequestError: Several brokers were named, and the address of one gateway; or a name is missing between commas.
        """
        names = [name.strip() for name in (self.broker or only(registry.names())).split(",")]
        if not all(names):
            raise InvalidRequestError(f"--broker {shown.value(self.broker)} has a comma with no name beside it; write A,B")
        settings = self.gateway.settings(names)
        return registry.route(*names, **settings) if len(names) > 1 else opened(names[0], settings)


def given(**options: Any) -> dict[str, Any]:
    """Those that were."""
    return {name: value for name, value in options.items() if value is not None}


def named(question: str) -> Question[..., Any]:
    """The question of that name, with hyphens or underlines.

    Raises:
        InvalidRequestError: There is none.
    """
    return registry.question(question.replace("-", "_"))


def opened(broker: str, settings: Mapping[str, Any]) -> Client:
    """``registry.get``, which says in the command line's words what a broker has not."""
    try:
        return registry.get(broker, **settings)
    except InvalidRequestError as error:
        if missing := lacks(broker, error):
            raise InvalidRequestError("; ".join(missing)) from error
        raise


def lacks(broker: str, error: BrokerportError | None) -> tuple[str, str] | None:
    """What the broker has not, and what to do, where the error is that it has no such setting as an option gives."""
    found = _NO_SETTING.match(str(error))
    if found is None:
        return None
    return f"{broker} has no {found[1]}", f"leave out --{found[1]}" if found[1] in fields_dict(Gateway) else found[2]


def only(names: Sequence[str]) -> str:
    """The one broker that is installed.

    Raises:
        UnknownBrokerError: None is.
        InvalidRequestError: Several are.
    """
    if not names:
        raise nobody("no broker")
    if len(names) > 1:
        raise InvalidRequestError(f"installed are {', '.join(names)}; choose one with --broker NAME, or set {BROKER}")
    return names[0]


def nobody(whom: str) -> UnknownBrokerError:
    """The error of a command that finds nobody to ask."""
    if not registry.names() and (installed := sorted({plugin.name for plugin in registry.plugins()})):
        off = f"every broker is switched off: {ALLOWED} names none of those installed, {', '.join(installed)}"
        return UnknownBrokerError(f"{off}; name one there, or unset it")
    return UnknownBrokerError(f"{whom} is installed; install the plugin of one, as in a clone: pip install ./plugins/NAME")
