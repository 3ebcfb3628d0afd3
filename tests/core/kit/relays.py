"""Proxies on this machine: of HTTP, and of SOCKS 5."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[tuple[str, int, bytes]]]

_VERSION, _NO_LOGIN, _NAME = 5, 0, 3  # of SOCKS


class Relay:
    """One that counts whom it was asked for."""

    def __init__(self, serve: Serve) -> None:
        self._serve = serve
        self.asked: list[str] = []
        self.port = 0

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, port, first = await self._serve(reader, writer)
        self.asked.append(f"{host}:{port}")
        theirs, ours = await asyncio.open_connection(host, port)
        ours.write(first)
        await asyncio.gather(_pump(reader, ours), _pump(theirs, writer))


async def http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> tuple[str, int, bytes]:
    """CONNECT, or a request with the whole address in its first line."""
    head = await reader.readuntil(b"\r\n\r\n")
    method, target, _ = head.decode().split(" ", 2)
    if method == "CONNECT":
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        host, _, port = target.rpartition(":")
        return host.strip("[]"), int(port), b""
    parts = urlsplit(target)
    return parts.hostname or "", parts.port or 80, head


async def socks(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> tuple[str, int, bytes]:
    """SOCKS 5 without a login, for names and addresses of IPv4."""
    version, methods = await reader.readexactly(2)
    assert version == _VERSION
    await reader.readexactly(methods)
    writer.write(bytes([_VERSION, _NO_LOGIN]))
    *_, kind = await reader.readexactly(4)
    if kind == _NAME:
        host = (await reader.readexactly((await reader.readexactly(1))[0])).decode()
    else:
        host = ".".join(map(str, await reader.readexactly(4)))
    (port,) = struct.unpack("!H", await reader.readexactly(2))
    writer.write(bytes([_VERSION, 0, 0, 1, 0, 0, 0, 0, 0, 0]))
    return host, port, b""


@asynccontextmanager
async def relaying(serve: Serve) -> AsyncIterator[Relay]:
    """One of this kind, as long as it is needed."""
    relay, under_way = Relay(serve), set[asyncio.Task[None]]()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        under_way.add(task := asyncio.current_task())  # type: ignore[arg-type]  # a callback of streams is one
        try:
            await relay.connected(reader, writer)
        except (asyncio.IncompleteReadError, OSError):
            writer.close()
        finally:
            under_way.discard(task)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    relay.port = server.sockets[0].getsockname()[1]
    try:
        yield relay
    finally:
        server.close()
        for task in [*under_way]:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    finally:
        writer.close()
