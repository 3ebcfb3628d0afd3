"""Hears what Python itself tells of: files opened, sockets made, waits that block."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from socket import socket
from types import FrameType
from typing import Any
from weakref import ref

Listener = Callable[[str, tuple[Any, ...]], None]

_WRITING = frozenset("wax+")
_WAITS = frozenset({"sqlite3.connect", "http.client.connect", "urllib.Request", "socket.getaddrinfo", "socket.gethostbyname"})
_listeners: list[Listener] = []


def is_io(event: str, details: tuple[Any, ...]) -> bool:
    """Whether it writes a file, connects, or runs a program."""
    writes = event == "open" and not _WRITING.isdisjoint(str(details[1]))
    return writes or event.startswith(("socket.", "sqlite3.", "subprocess.", "os.system", "os.mkdir", "os.remove", "os.rename"))


@contextmanager
def noting(wanted: Callable[[str, tuple[Any, ...]], bool]) -> Iterator[list[str]]:
    """What is wanted of this thread's events, in words."""
    thread, seen = threading.get_ident(), list[str]()

    def listen(event: str, details: tuple[Any, ...]) -> None:
        if threading.get_ident() == thread and wanted(event, details):
            seen.append(f"{event}{details}")

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
