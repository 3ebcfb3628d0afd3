"""The WebSocket door of the sandbox, for the official JavaScript SDK: the same account and the same answers as by TCP."""

from __future__ import annotations

from hashlib import md5
from hmac import compare_digest
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
from brokerport_opend.sandbox.listening import refuse_further
from brokerport_opend.sandbox.log import log
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
        host: An address of the loopback interface.
        port: 0 takes a free one; ``port`` then tells which.
        key: The text of the key that clients have to know, as MD5; None lets every client in.
    """

    def __init__(self, gateway: Gateway, host: str, port: int, key: str | None) -> None:
        self.host = host
        self.port = port
        self._gateway = gateway
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
        self._server = await serve(self._serve, self.host, self.port, logger=log(), **options)
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
        connection = ServerConnection(*arguments, **options)
        self._connections.add(connection)
        return connection

    async def _serve(self, connection: ServerConnection) -> None:
        client = Client(self._gateway.visit(), self._key)
        try:
            await self._answer_all(connection, client)
        except PacketError as error:
            log().warning("closing a WebSocket: %s", error)
            await connection.close(CloseCode.UNSUPPORTED_DATA, "a packet begins with ft-v1.0")
        except ConnectionClosed:
            pass  # by the client, or by a message that is too long
        finally:
            self._greeted.discard(connection)

    async def _answer_all(self, connection: ServerConnection, client: Client) -> None:
        async for message in connection:
            if isinstance(message, str):
                raise PacketError("a text came; packets are binary messages")
            await connection.send(encode_reply(client.answer(decode_request(message))))
            if not client.visit.ready:
                await connection.close(CloseCode.POLICY_VIOLATION, "init was refused, or was not first")
                return
            self._greeted.add(connection)


def _check(key: str | None, told: str) -> None:
    if key is None:
        return
    expected = md5(key.encode(), usedforsecurity=False).hexdigest()  # the protocol's choice
    if not compare_digest(expected.encode(), told.encode()):
        raise Refused("wrong WebSocket key")
