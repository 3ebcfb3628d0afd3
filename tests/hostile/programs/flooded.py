"""A client or gateway that is given far more than it asked for, in a way that is named; it prints its tally.

Arguments: the way, how often.
"""

from __future__ import annotations

import asyncio
import logging
import resource
import socket
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import ExitStack, asynccontextmanager
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

from google.protobuf.internal import encoder, wire_format
from google.protobuf.message import Message

from brokerport import (
    AsyncClient,
    BadReplyError,
    BrokerportError,
    PluginError,
    Registry,
    ShortInterestHistory,
    ShortProvider,
    ShortVolume,
    ShortVolumeHistory,
    Source,
    Symbol,
)
from brokerport_opend.endpoints import ENDPOINTS
from brokerport_opend.messages import notify_pb2
from brokerport_opend.sandbox import Sandbox
from brokerport_opend.wire.frame import Frame, encode
from brokerport_opend.wire.pushes import NOTIFY
from hostile.attack import Tally
from protos.gateway import Gateway, Script, Visit, answering

BYTES = 1_000_000  # of a fat reply; a larger one is refused unread
PATIENCE = 1.0  # seconds that another caller on the same loop has
MEMORY = 200  # MiB that a client may take for nonsense
WARNINGS = 10  # that a gateway can make us write, whatever it says
SUBJECTS = {"broker_ranking": "HK.00700"}


def fat(response: type[Message]) -> list[tuple[str, Message]]:
    """Replies that are full of empty rows, one for each list that a reply may have."""
    replies = []
    whole: Any = response(retType=0)
    for field in whole.s2c.DESCRIPTOR.fields:
        if field.message_type is not None and hasattr(getattr(whole.s2c, field.name), "add"):
            reply: Any = response()
            reply.MergeFromString(whole.SerializePartialToString())
            row = encoder.TagBytes(field.number, wire_format.WIRETYPE_LENGTH_DELIMITED) + b"\0"
            reply.s2c.MergeFromString(row * (BYTES // len(row)))
            replies.append((field.name, reply))
    return replies


async def replies(times: int) -> Tally:
    """Each list of each reply has half a million rows: the call is refused, and others on the loop are answered meanwhile."""
    tally = Tally()
    async with Sandbox(quotas=False) as sandbox:
        for endpoint in ENDPOINTS:
            for name, reply in fat(endpoint.response) * times:
                before = len(tally.broken)
                await _fed(tally, endpoint.question, answering({endpoint.proto_id: partial(_same, reply)}), sandbox.port)
                tally.broken[before:] = [f"{endpoint.question}, {name}: {each}" for each in tally.broken[before:]]
    return tally


async def _fed(tally: Tally, question: str, script: Script, healthy: int) -> None:
    other_client = Registry().get_async("moomoo", port=healthy, quotas=False)
    async with _client(script) as client, other_client as other:
        await other.capital_distribution("HK.00700")
        flying = asyncio.create_task(getattr(client, question)(SUBJECTS.get(question, "US.TSLA"), timeout=10))
        while not flying.done():
            with tally.meet():
                await other.capital_distribution("HK.00700", timeout=PATIENCE)
        with tally.meet(BadReplyError):
            await flying
            raise AssertionError("it was taken for an answer")


def _same(reply: Message, request: Frame) -> Message:
    del request
    return reply


@asynccontextmanager
async def _client(script: Script) -> AsyncIterator[AsyncClient]:
    async with Gateway(script) as gateway, Registry().get_async("moomoo", port=gateway.port, quotas=False) as client:
        yield client


async def notices(times: int) -> Tally:
    """The gateway says again and again that the account logged in elsewhere, and other things: a few lines in the log."""
    tally, lines = Tally(), _Lines()
    logging.getLogger("brokerport").addHandler(lines)
    number = 5_000 * times
    for event in notify_pb2.GtwEventType.values():
        told = notify_pb2.Response(
            retType=0, s2c={"type": notify_pb2.NotifyType_GtwEvent, "event": {"eventType": event, "desc": "x" * 200}}
        )
        flood = b"".join(encode(Frame(NOTIFY, serial, told.SerializeToString())) for serial in range(number))

        async def script(visit: Visit, flood: bytes = flood) -> None:
            await visit.greet()
            request = await visit.frame()
            visit.send(flood)
            await visit.serve({request.proto_id: ENDPOINTS[0].response(retType=-1, retMsg="no")})

        lines.number = 0
        with tally.meet(BrokerportError):
            async with _client(script) as client:
                await client.ark_dynamic("US.TSLA", timeout=PATIENCE)
        with tally.meet():
            assert lines.number <= WARNINGS, f"{number:,} notices of {event} made {lines.number:,} lines of the log"
    return tally


class _Lines(logging.Handler):
    """Counts what is written."""

    number = 0

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno >= logging.INFO:
            self.number += 1


class Endless(ShortProvider):
    """A plugin that never ends."""

    def __init__(self, rows: int, cursor: int) -> None:
        self._rows, self._cursor, self._page = rows, cursor, 0

    async def short_volume(self, symbol: Symbol, *, limit: int | None = 50, after: str | None = None) -> ShortVolumeHistory:
        """The same row, and a cursor that is as long as no cursor has to be."""
        self._page += 1
        row = ShortVolume(day=date.fromordinal(900_000 - self._page))
        cursor = f"{self._page:0{self._cursor}}" if self._cursor else None
        return ShortVolumeHistory(symbol=symbol, rows=(row,) * self._rows, cursor=cursor, source=Source("endless", datetime.now(UTC)))

    async def short_interest(self, symbol: Symbol, *, limit: int | None = 50, after: str | None = None) -> ShortInterestHistory:
        """Nothing."""
        return ShortInterestHistory(symbol=symbol, rows=(), cursor=None, source=Source("endless", datetime.now(UTC)))


async def plugins(times: int) -> Tally:
    """Pages of a million rows and cursors of a megabyte: an error of ours, and no memory."""
    tally = Tally()
    for rows, cursor, limit in [(1_000_000, 0, 20), (1, 1_000_000, None), (1, 100_000, None)] * times:
        registry = Registry()
        registry.register("endless", partial(_endless, rows, cursor))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        async with registry.get_async("endless") as client:
            with tally.meet(BadReplyError, PluginError):
                await client.short_volume("US.TSLA", limit=limit, timeout=5)
                raise AssertionError("it was taken for an answer")
        with tally.meet():
            grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
            assert grown < MEMORY, f"cursors of {cursor:,} characters took {grown} MiB"
    return tally


def _endless(rows: int, cursor: int, settings: object) -> Endless:
    del settings
    return Endless(rows, cursor)


async def visitors(times: int) -> Tally:
    """More connections than there may be, by both doors: who is in is answered, and no more are let in."""
    tally, most = Tally(), 8
    async with Sandbox(quotas=False, max_connections=most, websocket_port=0) as sandbox:
        assert sandbox.websocket_port
        async with Registry().get_async("moomoo", port=sandbox.port, quotas=False) as client:
            await client.capital_distribution("HK.00700")
            with ExitStack() as stack:
                doors = [sandbox.port, sandbox.websocket_port]
                crowd = [stack.enter_context(socket.socket()) for _ in range(20 * times)]
                for number, visitor in enumerate(crowd):
                    await asyncio.get_running_loop().run_in_executor(None, visitor.connect, ("127.0.0.1", doors[number % 2]))
                for _ in range(20):
                    with tally.meet():
                        await client.capital_distribution("HK.00700", timeout=PATIENCE)
                with tally.meet():
                    stayed = sum(await asyncio.gather(*(asyncio.to_thread(_stays, visitor) for visitor in crowd)))
                    assert stayed < most, f"{stayed} strangers and a client are in, and {most} may be"
    return tally


def _stays(visitor: socket.socket) -> bool:
    visitor.settimeout(0.5)
    try:
        return visitor.recv(1) != b""
    except TimeoutError:
        return True
    except OSError:
        return False


WAYS: dict[str, Callable[[int], Coroutine[Any, Any, Tally]]] = {
    "replies": replies,
    "notices": notices,
    "plugins": plugins,
    "visitors": visitors,
}

if __name__ == "__main__":
    logging.getLogger("brokerport").addHandler(logging.NullHandler())
    print(asyncio.run(WAYS[sys.argv[1]](int(sys.argv[2]))).to_json(), flush=True)
