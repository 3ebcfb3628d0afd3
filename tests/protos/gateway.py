"""A gateway that does what a test's script says: it answers, is silent, lies, or breaks off in the middle."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from hashlib import sha1
from types import TracebackType
from typing import Any, Self

from google.protobuf.message import Message

from brokerport_opend.messages import init_connect_pb2, keep_alive_pb2
from brokerport_opend.wire.cipher import PLAIN, Cipher
from brokerport_opend.wire.frame import Decoder, Frame, encode

INIT_CONNECT = 1001
KEEP_ALIVE = 1004

#: what one connection is met with
Script = Callable[["Visit"], Awaitable[None]]
#: a reply to every request of one protocol, or what makes one of the request
Answer = Message | Callable[[Frame], Message]


class GoneError(Exception):
    """The client closed the connection; a script that waits for more of it ends here, as it should."""


def reply(request: Frame, message: Message, cipher: Cipher = PLAIN) -> bytes:
    """The frame that answers a request."""
    return encode(Frame(request.proto_id, request.serial, message.SerializeToString()), cipher)


def forged(
    frame: Frame, *, magic: bytes = b"FT", body_format: int = 0, version: int = 0, length: int | None = None, digest: bytes | None = None
) -> bytes:
    """A frame, by the layout of the protocol's documentation, with lies in its header."""
    size = len(frame.body) if length is None else length
    fingerprint = sha1(frame.body).digest() if digest is None else digest
    return struct.pack("<2sIBBII20s8x", magic, frame.proto_id, body_format, version, frame.serial, size, fingerprint) + frame.body


def welcome(ret_type: int = 0, ret_msg: str = "", **s2c: Any) -> init_connect_pb2.Response:
    """The reply to InitConnect; ``s2c`` replaces what the gateway tells of itself."""
    told: dict[str, Any] = {"serverVer": 1011, "loginUserID": 100000, "connID": 2**63 + 1, "connAESKey": "0123456789abcdef"}
    return init_connect_pb2.Response(retType=ret_type, retMsg=ret_msg, s2c={**told, "keepAliveInterval": 10, **s2c})


class Visit:
    """One client's connection, as the gateway sees it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.heard: list[Frame] = []  #: every frame of the client's so far
        self.cipher: Cipher = PLAIN  #: of both directions, from the next frame on
        self._reader = reader
        self._writer = writer
        self._decoder = Decoder()
        self._unread: deque[Frame] = deque()

    async def frame(self) -> Frame:
        """The client's next frame, of whatever kind."""
        while not self._unread:
            try:
                data = await self._reader.read(2**16)
            except ConnectionError as error:
                raise GoneError from error
            if not data:
                raise GoneError
            self._decoder.cipher = self.cipher
            frames = list(self._decoder.feed(data))
            self.heard += frames
            self._unread += frames
        return self._unread.popleft()

    async def frames(self, number: int) -> list[Frame]:
        """The client's next frames."""
        return [await self.frame() for _ in range(number)]

    async def greet(self, message: init_connect_pb2.Response | None = None) -> None:
        """Answer InitConnect, which every client begins with."""
        self.answer(await self.frame(), message or welcome())

    def answer(self, request: Frame, message: Message) -> None:
        """Reply to a request."""
        self.send(reply(request, message, self.cipher))

    def send(self, data: bytes) -> None:
        """Send bytes, whatever they are."""
        self._writer.write(data)

    async def drip(self, data: bytes) -> None:
        """Send bytes one at a time, each a segment of its own."""
        for byte in data:
            self._writer.write(bytes([byte]))
            await self._writer.drain()
            await asyncio.sleep(0)

    async def serve(self, answers: Mapping[int, Answer]) -> None:
        """Answer requests by a table of protocols until the client goes; others are met with silence."""
        while True:
            request = await self.frame()
            if request.proto_id in answers:
                answer = answers[request.proto_id]
                self.answer(request, answer if isinstance(answer, Message) else answer(request))

    async def gone(self) -> None:
        """Return when the client has closed the connection."""
        try:
            while True:
                await self.frame()
        except GoneError:
            return

    def close(self) -> None:
        """Close the connection in good order; what was sent arrives."""
        self._writer.close()

    def reset(self) -> None:
        """Break the connection off: the client gets ECONNRESET."""
        # Told to linger for no time, a socket is reset when closed.
        self._writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()


class Gateway:
    """Listens on loopback and plays one script a connection, the last one again and again."""

    def __init__(self, *scripts: Script, host: str = "127.0.0.1", port: int = 0) -> None:
        self.host = host
        self.port = port
        self.visits: list[Visit] = []
        self.plays: list[asyncio.Task[None]] = []  #: the script of each visit
        self._scripts = scripts
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._visited, self.host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Hang up on everyone; what went wrong in a script is raised here."""
        assert self._server is not None
        self._server.close()
        for play in self.plays:
            play.cancel()
        outcomes = await asyncio.gather(*self.plays, return_exceptions=True)
        await self._server.wait_closed()
        for outcome in outcomes:
            if isinstance(outcome, Exception):
                raise outcome

    def _visited(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visit = Visit(reader, writer)
        script = self._scripts[min(len(self.visits), len(self._scripts) - 1)]
        self.visits.append(visit)
        self.plays.append(asyncio.create_task(_play(script, visit, writer)))


async def _play(script: Script, visit: Visit, writer: asyncio.StreamWriter) -> None:
    try:
        await script(visit)
        await visit.gone()
    except GoneError:
        pass
    finally:
        writer.close()


def answering(answers: Mapping[int, Answer], message: init_connect_pb2.Response | None = None) -> Script:
    """A gateway in good health that knows these protocols."""

    async def script(visit: Visit) -> None:
        await visit.greet(message)
        await visit.serve({KEEP_ALIVE: keep_alive_pb2.Response(retType=0, s2c={"time": 1}), **answers})

    return script


async def silent(visit: Visit) -> None:
    """A gateway that accepts connections and says nothing."""
    await visit.gone()


async def hangs_up(visit: Visit) -> None:
    """A gateway that closes every connection at once."""
    visit.close()
