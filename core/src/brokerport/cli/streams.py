"""stdout and stderr, made fit for data and words, and let go when they fail."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path


def prepare() -> None:
    """Have both streams; data is UTF-8 with its own line ends, and a letter that a terminal lacks ends no program."""
    # A stream that was closed from the start, as by >&-, is None; it writes to nowhere.
    sys.stdout, sys.stderr = (stream or Path(os.devnull).open("w") for stream in (sys.stdout, sys.stderr))  # noqa: SIM115  # for good
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding=None if sys.stdout.isatty() else "utf-8", errors="backslashreplace", newline="\n")


def discard() -> None:
    """Let what is left in stdout's buffer go nowhere, or the interpreter complains about it at its end."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
