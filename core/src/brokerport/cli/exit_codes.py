"""How a command ended, as a number for scripts."""

from __future__ import annotations

from attrs import frozen

from brokerport.cli.notes import one_line, say
from brokerport.errors import (
    BadReplyError,
    BrokerportError,
    ConnectError,
    DeadlineError,
    HandshakeError,
    InvalidRequestError,
    PluginError,
    QuotaError,
    RejectedError,
    RouteError,
    UnknownBrokerError,
    UnsupportedError,
)


@frozen
class ExitCode:
    """A number, what it means, and the errors, with their subclasses, that end in it."""

    number: int
    meaning: str
    errors: tuple[type[BaseException], ...] = ()


DONE = 0
DIFFER = 9
TELLS_LESS = 10

EXIT_CODES = (
    ExitCode(DONE, "done"),
    ExitCode(1, "another failure, such as a full disk", (BrokerportError, OSError)),
    ExitCode(2, "wrong use: arguments, settings, or an unknown broker", (InvalidRequestError, UnknownBrokerError)),
    ExitCode(3, "the broker cannot be reached", (ConnectError, HandshakeError)),
    ExitCode(4, "the time is up", (DeadlineError,)),
    ExitCode(5, "the quota is used up", (QuotaError,)),
    ExitCode(6, "the broker said no, or has no such data", (RejectedError, UnsupportedError)),
    ExitCode(7, "the broker's answer makes no sense", (BadReplyError,)),
    ExitCode(8, "a plugin failed", (PluginError,)),
    ExitCode(DIFFER, "compare: switching is not safe, the brokers differ"),
    ExitCode(TELLS_LESS, "compare: the brokers agree, but the second tells less"),
    ExitCode(11, "no broker of several answered; stderr says why, of each", (RouteError,)),
    ExitCode(130, "interrupted", (KeyboardInterrupt,)),
)

_BY_ERROR = {error: code for code in EXIT_CODES for error in code.errors}


def of(error: BaseException) -> ExitCode:
    """The exit code of an error: its own class's, else its nearest ancestor's."""
    return next(_BY_ERROR[kind] for kind in type(error).__mro__ if kind in _BY_ERROR)


def tell(error: BaseException) -> int:
    """Say on stderr, in one line, what went wrong; returns the number to exit with."""
    code = of(error)
    said = [str(error) or code.meaning, *getattr(error, "__notes__", ())]
    say(f"error: {one_line('; '.join(said))}")
    return code.number
