"""Hears what Python itself tells of: files opened, sockets made, waits that block."""

from __future__ import annotations

import os
import sys
import sysconfig
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from socket import socket
from types import FrameType
from typing import Any, cast
from weakref import ref
from zoneinfo import TZPATH

Listener = Callable[[str, tuple[Any, ...]], None]

_IO = ("open", "socket.", "sqlite3.", "subprocess.", "os.system", "os.mkdir", "os.remove", "os.rename")
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_CODE = frozenset({".py", ".pyc", ".so", ".pyd"})
_METADATA = frozenset({".dist-info", ".egg-info"})
_OF_PYTHON = tuple({sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")} | {*TZPATH})
_WAITS = frozenset({"sqlite3.connect", "http.client.connect", "urllib.Request", "socket.getaddrinfo", "socket.gethostbyname"})
_listeners: list[Listener] = []


def is_io(event: str, details: tuple[Any, ...]) -> bool:
    """Whether it opens a file, connects, or runs a program; what Python reads to find and import modules does not count."""
    return event.startswith(_IO) and not (event == "open" and _is_import(*details))


def _is_import(path: object, _: str | None, flags: int) -> bool:
    """Whether it only reads code, the metadata of what is installed, or a file of Python's own."""
    if flags & _WRITING:
        return False
    if isinstance(path, int):  # a file that was open already
        return True
    file = Path(os.fsdecode(cast("str", path))).absolute()
    installed = str(file) in sys.path or file.parent.suffix in _METADATA
    return file.suffix in _CODE or installed or any(file.is_relative_to(folder) for folder in _OF_PYTHON)


@contextmanager
def noting(wanted: Callable[[str, tuple[Any, ...]], bool]) -> Iterator[list[str]]:
    """What is wanted of this thread's events, in words."""
    thread, seen = threading.get_ident(), list[str]()

    def listen(event: str, details: tuple[Any, ...]) -> None:
        if threading.get_ident() == thread and wanted(event, details):
            seen.append(f"{event}({', '.join(map(repr, details[:2]))})")

    with _listening(listen):
        yield seen


@contextmanager
def noting_waits() -> Iterator[list[str]]:
    """What this thread waits for itself; asyncio does nothing of this in an event loop's thread."""

    def profile(_: FrameType, event: str, function: object) -> None:
        if event == "c_call" and function is time.sleep:  # which tells of itself only from Python 3.13 on
            seen.append("time.sleep")

    with noting(lambda event, _: event in _WAITS) as seen:
        before = sys.getprofile()
        sys.setprofile(profile)
        try:
            yield seen
        finally:
            sys.setprofile(before)


@contextmanager
def open_sockets() -> Iterator[Callable[[], list[socket]]]:
    """Tells which sockets that were made since are open; those of threads that ran before, such as a server's, do not count."""
    others = {thread.ident for thread in threading.enumerate()} - {threading.get_ident()}
    made: list[ref[socket]] = []

    def listen(event: str, details: tuple[Any, ...]) -> None:
        if event == "socket.__new__" and threading.get_ident() not in others:
            made.append(ref(details[0]))

    with _listening(listen):
        yield lambda: [alive for each in made if (alive := each()) is not None and alive.fileno() != -1]


@contextmanager
def _listening(listener: Listener) -> Iterator[None]:
    _hook()
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)


@cache
def _hook() -> None:
    """Once, and for ever: such hooks cannot be taken away."""
    sys.addaudithook(_tell)


def _tell(event: str, details: tuple[Any, ...]) -> None:
    for listener in _listeners:
        listener(event, details)
