"""The WebSocket door of the sandbox, for the official JavaScript SDK: the same account and the same answers as by TCP."""

from __future__ import annotations

import asyncio
from hashlib import md5
from hmac import compare_digest
from logging import WARNING, Handler, Logger, LogRecord
from typing import Any
from weakref import WeakSet

from attrs import define, field
from websockets.asyncio.server import Server, ServerConnection, broadcast, serve
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode
from websockets.protocol import State

from brokerport_opend.messages import common_pb2, init_connect_pb2, init_websocket_pb2
from brokerport_opend.sandbox.answers.requests import parse, text
from brokerport_opend.sandbox.faults import effects
from brokerport_opend.sandbox.gateway import INIT_CONNECT, Gateway, Visit
from brokerport_opend.sandbox.limits import FRAME_SECONDS, HEAD_SECONDS, INTERVALS, MOST_PIECES, SLOWEST
from brokerport_opend.sandbox.listening import refuse_further
from brokerport_opend.sandbox.log import Warnings
from brokerport_opend.sandbox.places import Places
from brokerport_opend.sandbox.refusals import Refused
from brokerport_opend.wire.mark import SANDBOX_MARK
from brokerport_opend.wire.packet import (
    INIT,
    PUSHED,
    Failure,
    PacketError,
    ReplyPacket,
    RequestPacket,
    decode_request,
    encode_reply,
)

LARGEST = 64 * 1024  # bytes of a message; a real request has some dozens
CLIENT_VERSION = 300  # what the door tells the gateway behind it, as the official SDKs do

# The door never asks for encryption between itself and a gateway in the same process.
_INIT_CONNECT = init_connect_pb2.Request(
    c2s=init_connect_pb2.C2S(clientVer=CLIENT_VERSION, clientID="websocket", recvNotify=True, packetEncAlgo=common_pb2.PacketEncAlgo_None)
).SerializeToString()


@define
class Client:
    """One client's packets into replies, without a socket."""

    visit: Visit
    key: str | None = field(repr=False)

    def answer(self, packet: RequestPacket) -> ReplyPacket:
        """The reply to a packet; every packet has one."""
        if packet.command == INIT:
            return self._init(packet)
        if not self.visit.ready:
            return ReplyPacket(packet.command, packet.section, b"", Failure.DISCONNECTED, "init has to be first")
        # Of the faults, those strike here that change a reply; the others change frames, and there are none.
        fault = self.visit.note(packet.command, packet.body)
        return ReplyPacket(packet.command, packet.section, effects.body(fault, self.visit.answer, packet.command, packet.body))

    def _init(self, packet: RequestPacket) -> ReplyPacket:
        try:
            return ReplyPacket(INIT, packet.section, self._greeting(packet.body))
        except Refused as refusal:
            # The SDK looks at the header's error alone.
            return ReplyPacket(INIT, packet.section, refusal.reply(), Failure.DISCONNECTED, refusal.text)

    def _greeting(self, body: bytes) -> bytes:
        if self.visit.ready:
            raise Refused("init has been done")
        _check(self.key, text(parse(init_websocket_pb2.Request, body).websocketKey))
        self.visit.answer(INIT_CONNECT, _INIT_CONNECT)
        s2c = init_websocket_pb2.S2C(serverTime=int(self.visit.gateway.now().timestamp()), connID=self.visit.connection_id)
        response = init_websocket_pb2.Response(retType=common_pb2.RetType_Succeed, retMsg=SANDBOX_MARK, errCode=0, s2c=s2c)
        return response.SerializeToString()


class WebsocketDoor:
    """Listens for clients of the WebSocket kind; ``start`` and ``aclose`` are the sandbox's to call.

    Args:
        gateway: The account, which other doors may share.
        places: How many clients there may be, by all doors together.
        host: An address of the loopback interface.
        port: 0 takes a free one; ``port`` then tells which.
        key: The text of the key that clients have to know, as MD5; None lets every client in.
    """

    def __init__(self, gateway: Gateway, places: Places, host: str, port: int, key: str | None) -> None:
        self.host = host
        self.port = port
        self._gateway = gateway
        self._places = places
        self._key = key
        self._server: Server | None = None
        self._connections: WeakSet[ServerConnection] = WeakSet()  # those too that have not asked for a WebSocket yet
        self._greeted: set[ServerConnection] = set()

    async def start(self) -> None:
        """Listen.

        Raises:
            OSError: The port is in use, or may not be used.
        """
        options: dict[str, Any] = {"create_connection": self._connection, "compression": None, "max_size": LARGEST}
        options |= {"open_timeout": HEAD_SECONDS, "logger": _logger(self._gateway.warnings)}
        self._server = await serve(self._serve, self.host, self.port, **options)
        self.port = self._server.sockets[0].getsockname()[1]

    async def aclose(self) -> None:
        """Stop listening and hang up on everyone; nothing is left when it returns."""
        server, self._server = self._server, None
        if server is None:
            return
        await refuse_further(server.sockets)
        server.close()
        for connection in self._connections:
            if connection.state is not State.CLOSED:
                connection.transport.abort()  # a goodbye would wait for those who do not answer
        await server.wait_closed()

    def push(self, proto_id: int, body: bytes) -> None:
        """Tell all clients what they did not ask for."""
        broadcast(self._greeted, encode_reply(ReplyPacket(proto_id, PUSHED, body)))

    def _connection(self, *arguments: Any, **options: Any) -> ServerConnection:
        connection = _Connection(*arguments, **options)
        connection.places = self._places
        self._connections.add(connection)
        return connection

    async def _serve(self, connection: ServerConnection) -> None:
        client = Client(self._gateway.visit(), self._key)
        try:
            await self._answer_all(connection, client)
        except PacketError as error:
            self._gateway.warnings.tell("closing a WebSocket: %s", str(error))
            await connection.close(CloseCode.UNSUPPORTED_DATA, "a packet begins with ft-v1.0")
        except TimeoutError:
            self._gateway.warnings.tell("closing a WebSocket: %s", "no greeting came in time, or the rest of a message")
            connection.transport.abort()  # a goodbye would wait for it
        except ConnectionClosed:
            pass  # by the client, or by a message that is too long
        finally:
            self._greeted.discard(connection)

    async def _answer_all(self, connection: ServerConnection, client: Client) -> None:
        # As by frames: who is silent before its greeting is hung up on. After it, the WebSocket's own pings tell who is gone.
        async with asyncio.timeout(INTERVALS * self._gateway.keep_alive_interval):
            greeting = await _message(connection)
        await self._answer(connection, client, greeting)
        while client.visit.ready:
            await self._answer(connection, client, await _message(connection))

    async def _answer(self, connection: ServerConnection, client: Client, message: bytes) -> None:
        await connection.send(encode_reply(client.answer(decode_request(message))))
        if client.visit.ready:
            self._greeted.add(connection)
        else:
            await connection.close(CloseCode.POLICY_VIOLATION, "init was refused, or was not first")


class _Connection(ServerConnection):
    """One that has a place, as those by frames have, or is hung up on."""

    places: Places
    welcome = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Asyncio's: take the place."""
        super().connection_made(transport)
        self.welcome = self.places.take()
        if not self.welcome:
            self.logger.warning("there are as many as there may be")
            transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Asyncio's: leave it."""
        if self.welcome:
            self.welcome = False
            self.places.leave()
        super().connection_lost(exc)


class _ToWarnings(Handler):
    """What the package websockets has to say of clients, tracebacks included, becomes one line that is not told too often."""

    def __init__(self, warnings: Warnings) -> None:
        super().__init__(WARNING)
        self._warnings = warnings

    def emit(self, record: LogRecord) -> None:
        """Logging's: tell it."""
        error = record.exc_info[1] if record.exc_info else None
        told = record.getMessage() + (f": {type(error).__name__}: {error}" if error else "")
        self._warnings.tell("closing a WebSocket: %s", told)


def _logger(warnings: Warnings) -> Logger:
    """One of its own, which no setting of the application's changes."""
    logger = Logger("brokerport.sandbox.websockets", WARNING)  # noqa: LOG001  # of this sandbox: one with a name would be the process's
    logger.addHandler(_ToWarnings(warnings))
    return logger


async def _message(connection: ServerConnection) -> bytes:
    """The next message, whole.

    Raises:
        PacketError: It is none, or comes in too many pieces: empty ones would be kept without end.
        TimeoutError: The rest of it comes too slowly.
    """
    pieces, message, now = 0, bytearray(), asyncio.get_running_loop().time
    begun = 0.0
    async with asyncio.timeout(None) as limit:
        async for piece in connection.recv_streaming():
            if isinstance(piece, str):
                raise PacketError("a text came; packets are binary messages")
            pieces += 1
            if pieces > MOST_PIECES:
                raise PacketError(f"a message came in more than {MOST_PIECES} pieces")
            begun = begun or now()
            message += piece
            limit.reschedule(begun + FRAME_SECONDS + len(message) / SLOWEST)
    return bytes(message)


def _check(key: str | None, told: str) -> None:
    if key is None:
        return
    expected = md5(key.encode(), usedforsecurity=False).hexdigest()  # the protocol's choice
    if not compare_digest(expected.encode(), told.encode()):
        raise Refused("wrong WebSocket key")
