"""A TCP proxy between a client and a gateway, which does to the replies what a fault says, at the stage that it is armed for."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import suppress
from enum import StrEnum
from types import TracebackType
from typing import Self

from faults.fault import AS_THEY_COME, HEADER, LENGTH, Fault, Shape

HOST = "127.0.0.1"
INIT_CONNECT = 1001
KEEP_ALIVE = 1004


class Stage(StrEnum):
    """Where in a connection's life a fault strikes."""

    CONNECT = "connecting"  #: accepted, before any byte
    HANDSHAKE = "handshake"  #: instead of its reply
    AGAIN = "handshake again"  #: of the connection that replaces a lost one
    IDLE = "idle"  #: nothing is asked
    WAITING = "waiting"  #: the request has arrived, no byte of the reply is sent
    HEADER = "in the header"
    BODY = "in the body"
    PAGES = "between pages"  #: the first page has come, the second has been asked for
    CLOSING = "closing"  #: while the client closes, a reply being due


class Passage:
    """One connection: what the client says goes on as it is, what the gateway says frame by frame."""

    def __init__(self, proxy: Proxy, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.shape: Shape = AS_THEY_COME
        self.held: list[bytes] = []
        self.ended = False  #: by the proxy
        self.last = b""  #: the last reply to a question
        self.left = asyncio.Event()  #: the client has gone
        self._proxy = proxy
        self._reader = reader
        self._writer = writer
        self._gateway: asyncio.StreamWriter | None = None
        self._swallows = False
        self._flows = asyncio.Event()
        self._flows.set()

    async def run(self) -> None:
        """Carry bytes until either side ends."""
        try:
            await self._proxy.strikes(Stage.CONNECT, self, b"")
            if self.ended or self._swallows:  # nothing that the client says reaches anyone
                await self._pump_up()
                return
            replies, self._gateway = await asyncio.open_connection(HOST, self._proxy.gateway)
            down = asyncio.create_task(self._pump_down(replies))
            try:
                await self._pump_up()
            finally:
                down.cancel()
                await asyncio.wait({down})
                _ = down.cancelled() or down.exception()  # a reset of either side ends it as well
        except ConnectionError:
            pass
        finally:
            self.left.set()
            self._writer.transport.abort()
            self.leave()

    async def send(self, data: bytes) -> None:
        """Send bytes to the client, in the present shape."""
        shape, sent = self.shape, 0
        for seconds, piece in shape.pieces(data):
            if seconds and shape is self.shape:
                await asyncio.sleep(seconds)
            await self._write(piece)
            sent += len(piece)
            if sent < len(data):
                await asyncio.sleep(0)

    def finish(self) -> None:
        """End the connection in good order."""
        self.ended = True
        if not self._writer.is_closing():
            with suppress(OSError):
                self._writer.write_eof()

    def leave(self) -> None:
        """End the gateway's side only."""
        if self._gateway is not None:
            self._gateway.transport.abort()

    def reset(self) -> None:
        """Break the connection off: the client gets ECONNRESET."""
        self.ended = True
        with suppress(OSError):  # told to linger for no time, a socket is reset when closed
            self._writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()

    def swallow(self) -> None:
        """Read on, and let nothing through."""
        self._swallows = True

    def stop(self) -> None:
        """Neither read nor write."""
        self._flows.clear()

    async def refuse(self) -> None:
        """The whole gateway is gone."""
        await self._proxy.refuse()

    async def heal(self) -> None:
        """Be a good connection again, or none: a peer whose bytes were lost answers the next with a reset."""
        self.shape = AS_THEY_COME
        self._flows.set()
        if self._swallows:
            self.reset()
        held, self.held = self.held, []
        await self.send(b"".join(held))

    async def _write(self, piece: bytes) -> None:
        await self._flows.wait()
        if not self.ended and not self._swallows and not self._writer.is_closing():
            self._writer.write(piece)
            with suppress(ConnectionError):  # the client goes when it likes
                await self._writer.drain()

    async def _pump_up(self) -> None:
        while data := await self._reader.read(2**16):
            await self._flows.wait()
            if self._gateway is not None and not self._swallows and not self._gateway.is_closing():
                self._gateway.write(data)

    async def _pump_down(self, replies: asyncio.StreamReader) -> None:
        async for frame in _frames(replies):
            struck = self._proxy.stage
            if struck is None or not self._proxy.hits(frame):
                await self.send(frame)
            else:
                lead = self._proxy.lead(frame)
                await self.send(frame[:lead])
                if not await self._proxy.strikes(struck, self, frame[lead:]):
                    await self.send(frame[lead:])
            self.last = frame if _protocol(frame) > KEEP_ALIVE else self.last
        if not self.ended and self._flows.is_set() and not self._swallows:
            self.finish()


class Proxy:
    """Listens on loopback before a gateway; ``arm`` it, and ``heal`` it."""

    def __init__(self, gateway: int) -> None:
        self.gateway = gateway
        self.port = 0
        self.passages: list[Passage] = []
        self.stage: Stage | None = None
        self.struck = 0  #: how often the fault did its work
        self.reached = asyncio.Event()  #: with CLOSING: a reply is there and waits for ``go``
        self.go = asyncio.Event()
        self._fault: Fault | None = None
        self._spared = 0
        self._server: asyncio.Server | None = None
        self._claim: socket.socket | None = None
        self._runs: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        # Bound and not listening: the port stays ours, and refuses, while the gateway is down.
        self._claim = _bound(0)
        self.port = self._claim.getsockname()[1]
        await self._listen()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        assert self._claim is not None
        await self.refuse()
        for run in self._runs:
            run.cancel()
        if self._runs:
            await asyncio.wait(self._runs)
        self._claim.close()

    def arm(self, fault: Fault, stage: Stage, *, spare: int = 0) -> None:
        """Strike at every frame of that stage, but for the first ``spare``, until healed."""
        self._fault, self.stage, self._spared = fault, stage, spare

    async def heal(self) -> None:
        """Let everything pass again, first what was held."""
        self._fault = self.stage = None
        self.go.set()
        if self._server is None:
            await self._listen()
        for passage in self.passages:
            if not passage.left.is_set():
                await passage.heal()

    async def strike_idle(self, fault: Fault, *, with_frame: bool) -> None:
        """Strike every connection now; ``with_frame``, at a copy of the last reply, which nobody waits for."""
        self._fault, self.stage = fault, Stage.IDLE
        for passage in [each for each in self.passages if not each.left.is_set() and (each.last or not with_frame)]:
            await self.strikes(Stage.IDLE, passage, passage.last if with_frame else b"")

    async def drop(self) -> None:
        """End every connection in good order, and return when the client has closed its side of each."""
        there = tuple(self.passages)  # the client may come back at once
        for passage in there:
            passage.finish()
        for passage in there:
            await passage.left.wait()

    async def deserted(self) -> None:
        """Return when no client holds a connection."""
        for passage in self.passages:
            await passage.left.wait()

    async def refuse(self) -> None:
        """Break off every connection, and accept no other."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
        for passage in self.passages:
            if not passage.left.is_set():
                passage.reset()

    def hits(self, frame: bytes) -> bool:
        """Whether the armed fault is for such a frame."""
        if self._fault is None or self.stage in {Stage.CONNECT, Stage.IDLE}:
            return False
        protocol = _protocol(frame)
        if self.stage in {Stage.HANDSHAKE, Stage.AGAIN}:
            return protocol == INIT_CONNECT
        return protocol > KEEP_ALIVE

    def lead(self, frame: bytes) -> int:
        """How many bytes of the frame that a fault strikes are sent before."""
        if self._fault is None or self._fault.whole:
            return 0
        return {Stage.HEADER: 20, Stage.BODY: HEADER + (len(frame) - HEADER) // 2}.get(self.stage or Stage.IDLE, 0)

    async def strikes(self, stage: Stage, passage: Passage, rest: bytes) -> bool:
        """Let the fault do its work, if it is armed for the stage."""
        if self._fault is None or self.stage is not stage:
            return False
        if self._spared:
            self._spared -= 1
            return False
        fault, self.struck = self._fault, self.struck + 1
        if stage is Stage.CLOSING:
            self.reached.set()
            await self.go.wait()
        await fault.strike(passage, rest)
        return True

    async def _listen(self) -> None:
        assert self._server is None
        self._server = await asyncio.start_server(self._accepted, sock=_bound(self.port))

    def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        passage = Passage(self, reader, writer)
        self.passages.append(passage)
        run = asyncio.create_task(passage.run())
        self._runs.add(run)
        run.add_done_callback(self._runs.discard)


async def _frames(replies: asyncio.StreamReader) -> AsyncIterator[bytes]:
    """What the gateway sends, one whole frame at a time."""
    with suppress(asyncio.IncompleteReadError, ConnectionError):
        while True:
            header = await replies.readexactly(HEADER)
            yield header + await replies.readexactly(struct.unpack_from("<I", header, LENGTH)[0])


def _protocol(frame: bytes) -> int:
    return int.from_bytes(frame[2:6], "little")


def _bound(port: int) -> socket.socket:
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if hasattr(socket, "SO_REUSEPORT"):
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    bound.bind((HOST, port))
    return bound
