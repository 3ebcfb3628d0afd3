"""The way in: runs one command, and turns whatever ends it into an exit code."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence

from brokerport.cli import exit_codes
from brokerport.errors import BrokerportError, InvalidRequestError

_NEEDED = {"cyclopts", "rich"}  # the extra "cli"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that ``arguments`` name, by default those of the process; returns its exit code."""
    try:
        _prepare(sys.stdout)
        code = _run(arguments)
        sys.stdout.flush()
    except (BrokerportError, KeyboardInterrupt) as error:
        return exit_codes.tell(error)
    except OSError as error:  # of writing: all else that fails is a BrokerportError
        _discard(sys.stdout)
        return exit_codes.DONE if isinstance(error, BrokenPipeError) else exit_codes.tell(error)
    return code


def _run(arguments: Sequence[str] | None) -> int:
    try:
        from cyclopts import CycloptsError

        from brokerport.cli.app import app
    except ModuleNotFoundError as error:
        if error.name not in _NEEDED:
            raise
        raise InvalidRequestError(f"the command line needs {error.name}: pip install 'brokerport[cli]'") from error
    try:
        code: int | None = app(arguments, exit_on_error=False, print_error=False, result_action="return_value")
    except CycloptsError as error:
        raise InvalidRequestError(f"{error}; see brokerport --help") from error
    return code or exit_codes.DONE


def _prepare(stream: object) -> None:
    """Data is UTF-8 and its line ends are its own; a letter that the terminal lacks must not end the program."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors="backslashreplace", newline="\n")


def _discard(stream: io.TextIOBase | object) -> None:
    """Let what is left in the buffer go nowhere, or the interpreter complains about it at its end."""
    if isinstance(stream, io.TextIOWrapper):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
