"""How wide what people read may be."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TextIO

from brokerport.terminal import COLUMNS

_DIGITS = 6  # of what COLUMNS says; more is no width


def columns(file: TextIO) -> int | None:
    """Those that ``COLUMNS`` says, else the terminal's; None for a file or a pipe, which takes lines of any length."""
    told = os.environ.get("COLUMNS", "")
    if told.isdecimal() and len(told) <= _DIGITS and int(told):
        return int(told)
    return _of_terminal(file) if file.isatty() else None


def _of_terminal(file: TextIO) -> int:
    with suppress(OSError):  # it has no size, as a serial line
        return os.get_terminal_size(file.fileno()).columns or COLUMNS
    return COLUMNS
