"""A client of frames and messages, without anything of the session under it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from types import ModuleType
from typing import Any, Self

from brokerport_opend.messages import (
    ark_dynamic_pb2,
    broker_ranking_pb2,
    capital_distribution_pb2,
    global_state_pb2,
    init_connect_pb2,
    keep_alive_pb2,
    short_interest_pb2,
    short_volume_pb2,
)
from brokerport_opend.sandbox import Sandbox
from brokerport_opend.wire.cipher import PLAIN, Cipher
from brokerport_opend.wire.frame import Decoder, Frame, encode

EVENING = datetime(2026, 5, 8, 12, tzinfo=UTC)  # 20:00 in Hong Kong, 08:00 in New York; the day of the vendor's examples

MESSAGES: dict[int, ModuleType] = {
    1001: init_connect_pb2,
    1002: global_state_pb2,
    1004: keep_alive_pb2,
    3212: capital_distribution_pb2,
    3247: broker_ranking_pb2,
    3248: short_volume_pb2,
    3249: short_interest_pb2,
    3424: ark_dynamic_pb2,
}

HELLO = {"clientVer": 300, "clientID": "raw", "packetEncAlgo": -1}


def request(proto_id: int, **c2s: Any) -> bytes:
    """A request's body."""
    messages = MESSAGES[proto_id]
    return bytes(messages.Request(c2s=messages.C2S(**c2s)).SerializeToString())


def response(proto_id: int, body: bytes) -> Any:
    """A reply's message; a refusal of an unknown protocol reads like any other."""
    return MESSAGES.get(proto_id, keep_alive_pb2).Response.FromString(body)


class RawClient:
    """One connection; replies come in order."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self._frames: list[Frame] = []
        self._decoder = Decoder()
        self.cipher: Cipher = PLAIN  #: of both directions, from the next frame on

    @classmethod
    async def connect(cls, sandbox: Sandbox) -> Self:
        return cls(*await asyncio.open_connection(sandbox.host, sandbox.port))

    @classmethod
    async def greet(cls, sandbox: Sandbox) -> Self:
        """Connect and shake hands."""
        client = await cls.connect(sandbox)
        assert (await client.ask(1001, **HELLO)).retType == 0
        return client

    def send(self, proto_id: int, body: bytes, serial: int = 1) -> None:
        self.writer.write(encode(Frame(proto_id, serial, body), self.cipher))

    async def frame(self) -> Frame:
        self._decoder.cipher = self.cipher
        while not self._frames:
            data = await self.reader.read(65536)
            assert data, "the sandbox hung up"
            self._frames += self._decoder.feed(data)
        return self._frames.pop(0)

    async def answer(self, proto_id: int, body: bytes) -> Any:
        self.send(proto_id, body)
        return response(proto_id, (await self.frame()).body)

    async def ask(self, proto_id: int, **c2s: Any) -> Any:
        return await self.answer(proto_id, request(proto_id, **c2s))

    async def hung_up(self) -> bool:
        """Wait for the end; False if data come before it."""
        try:
            return await self.reader.read(1) == b""
        except ConnectionResetError:
            return True

    async def close(self) -> None:
        self.writer.close()
        with suppress(ConnectionError):
            await self.writer.wait_closed()
