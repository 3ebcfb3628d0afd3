"""What installed distributions say in the files beside their code, read so that none of these files can stop or delay it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from importlib.metadata import Distribution

ENTRY_POINTS = "entry_points.txt"
LARGEST = 1 << 20  # bytes of a file that are read; the largest that is known has a twentieth of that

Stamp = tuple[int, ...]  # differs when the file does


def folder(distribution: Distribution) -> str | None:
    """Where its files are; None where they are no files of a folder, as in a zip."""
    try:
        return os.fspath(distribution._path)  # type: ignore[attr-defined]  # noqa: SLF001  # the public way reads a file, twice as slowly
    except (AttributeError, TypeError):
        return None


def stamp(path: str) -> Stamp | None:
    """What tells a file from one that is written in its place; None where there is none to read: a pipe would be waited for."""
    try:
        told = os.stat(path)  # noqa: PTH116  # a Path takes as long to make as this to be told
    except (OSError, ValueError):
        return None
    return (told.st_mtime_ns, told.st_size, told.st_ino) if stat.S_ISREG(told.st_mode) else None


def read(distribution: Distribution, name: str) -> str | None:
    """The beginning of one of its files; for bytes that are no text stands U+FFFD; None where there is none to read."""
    where = folder(distribution)
    if where is None:
        return _of_no_folder(distribution, name)
    path = os.path.join(where, name)  # noqa: PTH118  # as above
    try:
        if stamp(path) is None:
            return None
        with open(path, "rb") as file:  # noqa: PTH123  # as above
            return file.read(LARGEST).decode("utf-8", "replace")
    except OSError:
        return None


def section(text: str, group: str) -> Iterator[tuple[str, str]]:
    """The names and values of one section, by importlib's rules; a line without "=" is a name with an empty value."""
    inside = False
    for line in map(str.strip, text.splitlines()):
        if line.startswith("[") and line.endswith("]"):
            inside = line.strip("[]") == group
        elif inside and line and not line.startswith("#"):
            name, _, value = line.partition("=")
            yield name.strip(), value.strip()


def release(distribution: Distribution) -> tuple[str | None, str | None]:
    """Its name and its version, as far as it tells them."""
    text = next((told for name in ("METADATA", "PKG-INFO") if (told := read(distribution, name))), "")
    head = text.partition("\n\n")[0].splitlines()
    return _header(head, "name"), _header(head, "version")


def _header(lines: list[str], key: str) -> str | None:
    told = (value.strip() for name, _, value in (line.partition(":") for line in lines) if name.lower() == key)
    value = next(told, "")
    return None if "\ufffd" in value else value or None


def _of_no_folder(distribution: Distribution, name: str) -> str | None:
    try:
        return distribution.read_text(name)
    except Exception:  # noqa: BLE001  # a stranger's file and finder, and importlib does not say what they may raise
        return None
