"""What a forked child has of its parent's and leaves alone.

It shares its parent's sockets, and on Linux even the list of those that the parent's event loop watches. Its own copy of that loop may go
on: what that read, the parent would miss, and what it ceased to watch, the parent would wait for in vain. So in the child, before anything
of it runs, the sockets lead nowhere, and then whoever had them is told.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Protocol
from weakref import WeakKeyDictionary, WeakSet


class Descriptor(Protocol):
    """What has a socket's descriptor."""

    def fileno(self) -> int:
        """Its number; less than 0 when it is closed."""


class Watcher(Protocol):
    """Who wants to be told."""

    def forked(self) -> None:
        """In a forked child, where what was open leads nowhere. It may touch no event loop but by what asyncio calls on that itself."""


_sockets: WeakSet[Descriptor] = WeakSet()
_held: WeakKeyDictionary[object, Descriptor] = WeakKeyDictionary()  # by what holds them
_watchers: WeakSet[Watcher] = WeakSet()


def guard(socket: Descriptor) -> None:
    """Have a socket lead nowhere in every child that is forked from now on, as long as it lives."""
    _sockets.add(socket)


def guard_what(holds: object, socket: Descriptor) -> None:
    """The same of a socket that cannot be referred to weakly, as long as what ``holds`` it lives."""
    _held[holds] = socket


def watch(watcher: Watcher) -> None:
    """Have ``watcher`` told in every child that is forked from now on."""
    _watchers.add(watcher)


def elsewhere(process: int) -> str:
    """Why what was opened in another process cannot be used in this one."""
    return f"the client was opened in process {process}, and this is process {os.getpid()}, forked from it: get a new client here"


def let_go(descriptor: int) -> None:
    """In a child: have a descriptor lead nowhere. Its parent's connection, and what watches that, are not touched."""
    import socket  # who has a descriptor has imported it

    if descriptor >= 0:
        with suppress(OSError), socket.socket() as nowhere:
            os.dup2(nowhere.fileno(), descriptor, inheritable=False)


def _forked() -> None:
    for socket in (*_sockets, *_held.values()):
        let_go(socket.fileno())
    for watcher in tuple(_watchers):
        with suppress(Exception):  # such as of a loop that belongs to another thread: the others are told all the same
            watcher.forked()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)
