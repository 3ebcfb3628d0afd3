"""stdout and stderr, made fit for data and words, and let go when they fail."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from contextvars import ContextVar
from pathlib import Path
from typing import TextIO

_data: ContextVar[TextIO] = ContextVar("brokerport_data")


class _Closed(io.TextIOBase):
    """stdout that was closed from the start, as by ``>&-``; a command that writes no data does without it."""

    def write(self, _: str) -> int:
        raise OSError("stdout is closed: the data are lost")


def prepare() -> None:
    """Have both streams; data is UTF-8 with its own line ends, and a letter that a terminal lacks ends no program."""
    # Python has None for a stream that was closed from the start.
    sys.stdout = sys.stdout or _Closed()
    sys.stderr = sys.stderr or Path(os.devnull).open("w")  # noqa: SIM115  # for good
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding=None if sys.stdout.isatty() else "utf-8", errors="backslashreplace", newline="\n")


def data() -> TextIO:
    """Where data go: to stdout, also while all that others print is kept out of it."""
    return _data.get(sys.stdout)


@contextmanager
def only_data() -> Iterator[None]:
    """Keep stdout for what is written to ``data()``; what a plugin prints goes to stderr."""
    token = _data.set(sys.stdout)
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        _data.reset(token)


def discard() -> None:
    """Let what is left in stdout's buffer go nowhere, or the interpreter complains about it at its end."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
