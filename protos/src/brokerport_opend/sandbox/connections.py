"""All clients' connections by frames: what they are all told, and one timer that looks after them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from attrs import define, field
from google.protobuf.message import Message

from brokerport_opend.sandbox.connection import Connection
from brokerport_opend.sandbox.gateway import Gateway
from brokerport_opend.sandbox.limits import SWEEP
from brokerport_opend.sandbox.places import Places


@define(eq=False)
class Connections:
    """Those that are open. ``open`` is what a listening socket calls for each client that comes."""

    gateway: Gateway
    places: Places
    _all: set[Connection] = field(init=False, factory=set)
    _none: asyncio.Event = field(init=False, factory=asyncio.Event)
    _sweep: asyncio.TimerHandle | None = field(init=False, default=None)

    def __len__(self) -> int:
        return len(self._all)

    def open(self) -> Connection:
        """For one more client; it is hung up on if it is one too many."""
        connection = Connection(self.gateway.visit(), self._forget, welcome=self.places.take())
        self._all.add(connection)
        return connection

    def push(self, proto_id: int, message: Message) -> None:
        """Tell all what they did not ask for."""
        for connection in self._all:
            connection.push(proto_id, message)

    def look_after(self) -> None:
        """Hang up on those whose time is up, from now on until ``aclose``."""
        # One timer for all: one each would take more memory than all else about an idle connection.
        loop = asyncio.get_running_loop()
        now = loop.time()
        for connection in [each for each in self._all if each.due <= now]:
            connection.look_after(now)
        self._sweep = loop.call_later(SWEEP, self.look_after)

    def forsake(self, let_go: Callable[[int], None]) -> None:
        """In a forked child: see Sandbox."""
        if self._sweep is not None:
            self._sweep.cancel()
        for connection in self._all:
            connection.forsake(let_go)

    async def aclose(self) -> None:
        """Hang up on everyone; nothing is left when it returns."""
        if self._sweep is not None:
            self._sweep.cancel()
        for connection in self._all:
            connection.abort()
        while self._all:
            self._none.clear()
            await self._none.wait()

    def _forget(self, connection: Connection) -> None:
        self._all.remove(connection)
        if connection.welcome:
            self.places.leave()
        if not self._all:
            self._none.set()
