"""The text of a file that a user names: of a plain file, not of a pipe or a device, and never more of it than it may have."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

LARGEST = 256 * 1024  # bytes, unless the reader says otherwise

# A pipe that nobody writes to would be waited for, and a terminal become this process's own; Windows has neither.
_FLAGS = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)


def text(path: Path, *, largest: int = LARGEST) -> str:
    """All of it. Raises what ``plain`` and ``decoded`` raise."""
    with plain(path) as file:
        return decoded(file, largest=largest)


@contextmanager
def plain(path: Path) -> Iterator[BinaryIO]:
    """The file, open.

    Raises:
        OSError: It cannot be opened; FileNotFoundError and NotADirectoryError where it is not there.
        ValueError: It is no plain file; the text says so.
    """
    if "\0" in str(path):
        raise ValueError("its name holds a NUL, which no file's name can")
    # Asked of the open one: what the name leads to may change at any time, and the file may grow.
    with _opened(path) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise ValueError("it is no plain file, but a pipe or a device; write what it gives into a file, and name that")
        yield file


def decoded(file: BinaryIO, *, largest: int = LARGEST) -> str:
    """All of an open file, with the line ends of this world; the mark that some editors begin with is left out.

    Raises:
        OSError: It cannot be read.
        ValueError: It is larger than ``largest`` bytes, or no UTF-8; the text says so, and the line.
    """
    content = file.read(largest + 1)
    if len(content) > largest:
        raise ValueError(f"it is larger than {largest:,} bytes, which is the most that is read")
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ValueError(f"line {line}: it is not UTF-8; save the file as UTF-8") from error


def _opened(path: Path) -> BinaryIO:
    try:
        return open(path, "rb", opener=lambda name, flags: os.open(name, flags | _FLAGS))  # Path.open has no opener
    except IsADirectoryError as error:
        raise ValueError("it is a folder; name the file in it") from error
