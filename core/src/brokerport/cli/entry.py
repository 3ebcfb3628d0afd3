"""The way in: runs one command, and turns whatever ends it into an exit code."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import nullcontext
from inspect import ismethod
from typing import TYPE_CHECKING

from brokerport.cli import exit_codes, streams
from brokerport.cli.notes import one_line
from brokerport.errors import BrokerportError, InvalidRequestError
from brokerport.plugins import look

if TYPE_CHECKING:
    from cyclopts import App

_NEEDED = {"cyclopts": "cyclopts>=4.2", "rich": "rich>=13.7"}  # the extra "cli"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that ``arguments`` name, by default those of the process; returns its exit code."""
    try:
        streams.prepare()
        code = _outcome(sys.argv[1:] if arguments is None else arguments)
        sys.stdout.flush()
    except OSError as error:  # of writing; who reads may leave when it has seen enough
        streams.discard()
        return exit_codes.DONE if isinstance(error, BrokenPipeError) else exit_codes.tell(error)
    return code


def _outcome(arguments: Sequence[str]) -> int:
    try:
        with look.once():  # what is installed does not change while a command runs
            return _run(_app(arguments), arguments)
    except (BrokerportError, KeyboardInterrupt) as error:
        return exit_codes.tell(error)


def _app(arguments: Sequence[str]) -> App:
    try:
        from brokerport.cli.app import app, learn
    except ModuleNotFoundError as error:
        if error.name not in _NEEDED:
            raise
        raise InvalidRequestError(
            f"the command line needs {error.name}: pip install 'brokerport[cli]', or only {' '.join(map(repr, _NEEDED.values()))}"
        ) from error
    learn(arguments)
    return app


def _run(app: App, arguments: Sequence[str]) -> int:
    from cyclopts import CycloptsError

    try:
        command, bound, _ = app.parse_args(arguments, exit_on_error=False, print_error=False)
        with nullcontext() if ismethod(command) else streams.only_data():  # help and version are methods of cyclopts, and print
            code: int | None = command(*bound.args, **bound.kwargs)
    except CycloptsError as error:
        asked = " ".join(("brokerport", *(error.command_chain or ())))
        text = one_line(str(error))
        text = text if text.endswith("...") else text.removesuffix(".")  # three are a list that goes on
        raise InvalidRequestError(f"{text}; see {asked} --help") from error
    except SystemExit as error:  # of rich, which prints the help: it ends the program when the reader has left
        raise BrokenPipeError from error
    return code or exit_codes.DONE
