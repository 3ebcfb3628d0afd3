"""What every question can be told on the command line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from attrs import frozen
from cyclopts import Parameter

from brokerport.cli.formats import Format
from brokerport.client import Client
from brokerport.errors import InvalidRequestError, UnknownBrokerError
from brokerport.registry import registry

BROKER = "BROKERPORT_BROKER"

FormatOption = Annotated[Format, Parameter(help="How to write the data.")]


@Parameter(name="*")
@frozen(kw_only=True)
class Options:
    """Whom to ask, and how to show the answer."""

    broker: Annotated[
        str | None,
        Parameter(env_var=BROKER, help="Whom to ask, or several, the first able one: A,B. By default the only broker installed."),
    ] = None
    sandbox: Annotated[bool | None, Parameter(help="Ask a sandbox, which starts for this question: synthetic data.")] = None
    host: Annotated[str | None, Parameter(help="Where the broker's gateway is.")] = None
    port: Annotated[int | None, Parameter(help="Its port there.")] = None
    timeout: Annotated[float | None, Parameter(help="Seconds that the answer may take, all in all.")] = None
    format: FormatOption = "table"

    def client(self) -> Client:
        """A client of the broker, or a route of several; what was not given is left to the environment and the TOML file.

        Raises:
            InvalidRequestError: Several brokers were named, and the address of one gateway.
        """
        names = [name.strip() for name in (self.broker or only(registry.names())).split(",")]
        given = {"sandbox": self.sandbox, "host": self.host, "port": self.port, "timeout": self.timeout}
        settings: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
        if len(names) == 1:
            return registry.get(names[0], **settings)
        if {"host", "port"} & {*settings}:
            raise InvalidRequestError(
                f"--host and --port are of one broker, not of {', '.join(names)}; set those of each in the environment"
            )
        return registry.route(*names, **settings)


def only(names: Sequence[str]) -> str:
    """The one broker that is installed.

    Raises:
        UnknownBrokerError: None is.
        InvalidRequestError: Several are.
    """
    if not names:
        raise UnknownBrokerError("no broker is installed; install one: pip install brokerport-NAME")
    if len(names) > 1:
        raise InvalidRequestError(f"installed are {', '.join(names)}; choose one with --broker NAME, or set {BROKER}")
    return names[0]
