"""The sandbox's front door: a listening socket and the connections made through it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Self

from brokerport_opend import key_file
from brokerport_opend.sandbox.connection import Connection
from brokerport_opend.sandbox.gateway import Gateway
from brokerport_opend.sandbox.quotas import QuotaLog


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Sandbox:
    """A gateway on the loopback interface, with synthetic data: ``async with Sandbox() as sandbox``.

    Args:
        host: An address of the loopback interface; any other raises ValueError, as every client is let in.
        port: 0 takes a free one; ``port`` then tells which.
        seed: Another seed is another world.
        rsa_key: File of a private key: handshakes have to be encrypted with it, as at a real gateway that has one. What is wrong with
            the file raises InvalidRequestError, which is a ValueError too.
        quotas: False answers however often it is asked.
        keep_alive_interval: Seconds between two keep-alives; a client is dropped after four without a frame.
        clock: Seconds, for the quotas.
        now: The moment it is in the made-up world; aware.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        seed: int = 0,
        rsa_key: Path | str | None = None,
        quotas: bool = True,
        keep_alive_interval: float = 10,
        clock: Callable[[], float] = monotonic,
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        self.host = _loopback(host)
        self.port = port
        self.quota_log = QuotaLog(clock) if quotas else None  #: how often each protocol was asked and refused
        self._gateway = Gateway(seed, keep_alive_interval, now, self.quota_log, key=None if rsa_key is None else key_file.read(rsa_key))
        self._server: asyncio.Server | None = None
        self._connections: set[Connection] = set()
        self._empty = asyncio.Event()

    async def start(self) -> None:
        """Listen. After ``aclose`` it may be started again, on the same port.

        Raises:
            OSError: The port is in use, or may not be used.
        """
        if self._server is not None:
            raise RuntimeError("the sandbox is running")
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._connection, self.host, self.port, start_serving=False)
        self.port = self._server.sockets[0].getsockname()[1]
        try:
            await self._server.start_serving()
        except BaseException:  # cancelled: a socket that nobody knows of must not go on listening
            await self.aclose()
            raise

    async def aclose(self) -> None:
        """Stop listening and hang up on everyone; nothing is left when it returns."""
        server, self._server = self._server, None
        if server is None:
            return
        await _refuse_further(server)
        server.close()
        for connection in self._connections:
            connection.abort()
        while self._connections:
            self._empty.clear()
            await self._empty.wait()
        await server.wait_closed()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.aclose()

    def _connection(self) -> Connection:
        connection = Connection(self._gateway.visit(), self._forget)
        self._connections.add(connection)
        return connection

    def _forget(self, connection: Connection) -> None:
        self._connections.remove(connection)
        if not self._connections:
            self._empty.set()


def _loopback(host: str) -> str:
    address = "127.0.0.1" if host == "localhost" else host
    with suppress(ValueError):
        if ip_address(address).is_loopback:
            return address
    raise ValueError(f"the sandbox listens on the loopback interface only (127.0.0.1 or ::1), not on {host!r}: it lets every client in")


async def _refuse_further(server: asyncio.Server) -> None:
    """Accept nobody new, and wait until those just accepted are connected.

    A server that is closed between the two forgets the socket it has accepted.
    """
    loop = asyncio.get_running_loop()
    # Windows' own loop cannot; there, accepting and connecting is one step.
    with suppress(NotImplementedError):
        loop.remove_reader(server.sockets[0].fileno())
    for _ in ("the transport is made", "connection_made is called"):
        await asyncio.sleep(0)
