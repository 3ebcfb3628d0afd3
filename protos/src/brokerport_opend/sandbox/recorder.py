"""The recorder: it stands between clients and a real gateway, hands on every byte, and writes down what it reads."""

from __future__ import annotations

import asyncio
import logging
from asyncio import StreamReader, StreamWriter
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from brokerport.reading import shown
from brokerport_opend.sandbox import numbers
from brokerport_opend.sandbox.cassette import Cassette
from brokerport_opend.sandbox.limits import MAX_CONNECTIONS
from brokerport_opend.sandbox.listening import loopback, refuse_further
from brokerport_opend.sandbox.log import Warnings
from brokerport_opend.sandbox.protocols import PROTOCOLS
from brokerport_opend.sandbox.tap import Tap
from brokerport_opend.wire.frame import FrameError

KEEP_ALIVE = PROTOCOLS["keep_alive"]
CHUNK = 64 * 1024  # bytes read at once
LARGEST_REPLY = 1024 * 1024  # bytes
MOST_COUNTED = 1_000  # protocols that are counted each for itself; OpenD has some dozens
OTHERS = -1
PLAIN_ONLY = "the recorder reads connections without encryption, in protobuf, and no others: leave rsa_key out, at the client and in OpenD"


class Recorder:
    """Listens on the loopback interface and records into a folder: ``async with Recorder("127.0.0.1:11111", "out") as recorder``.

    Args:
        upstream: The gateway, as ``HOST:PORT``.
        folder: A new folder, or an empty one.
        host: An address of the loopback interface; any other raises ValueError.
        port: 0 takes a free one; ``port`` then tells which.
        unknown: Write protocols too that cannot be redacted, as their messages are not known.

    Raises:
        ValueError: The folder or the address will not do.
    """

    def __init__(self, upstream: str, folder: Path | str, *, host: str = "127.0.0.1", port: int = 0, unknown: bool = False) -> None:
        self.host = loopback(host)
        self.port = numbers.whole("port", port, numbers.PORTS)
        self.left_out: Counter[int] = Counter()  #: exchanges that were not written, by protocol id; those of too many under OTHERS
        self.upstream = upstream
        self._gateway = _address(upstream)
        self._cassette = Cassette.new(folder)
        self._unknown = unknown
        self._server: asyncio.Server | None = None
        self._clients: dict[asyncio.Task[None], StreamWriter] = {}
        self._warnings = Warnings()

    @property
    def folder(self) -> Path:
        """Where it writes."""
        return self._cassette.folder

    @property
    def written(self) -> int:
        """Exchanges in the folder."""
        return self._cassette.written

    async def start(self) -> None:
        """Listen.

        Raises:
            OSError: The port is in use, or may not be used.
        """
        self._server = await asyncio.start_server(self._begin, self.host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def aclose(self) -> None:
        """Stop listening and hang up on everyone; what came before is written."""
        server, self._server = self._server, None
        if server is None:
            return
        await refuse_further(server.sockets)
        server.close()
        for task, writer in self._clients.items():
            task.cancel()
            if not writer.is_closing():
                writer.transport.abort()  # what was not read yet may never be
        ends = [writer.wait_closed() for writer in self._clients.values()]
        await asyncio.gather(*self._clients, *ends, return_exceptions=True)
        await server.wait_closed()
        self._warnings.end()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.aclose()

    def _begin(self, reader: StreamReader, writer: StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._clients[task] = writer
        task.add_done_callback(self._clients.pop)

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        if len(self._clients) > MAX_CONNECTIONS:
            self._warnings.tell("closing a connection: %s", "there are as many as there may be")
            await _hang_up(writer)
            return
        try:
            upstream = await asyncio.open_connection(*self._gateway)
        except OSError as error:
            self._warnings.tell("closing a connection: %s", f"the gateway at {self.upstream} does not answer: {error}")
            await _hang_up(writer)
            return
        try:
            await self._hand_on(reader, writer, *upstream)
        except ConnectionError:
            pass  # one of the two left, in a hurry
        except FrameError as error:
            self._warnings.tell("closing a connection: %s", f"{error}; {PLAIN_ONLY}")
        except OSError as error:
            self._warnings.tell("closing a connection, as it cannot be recorded: %s", str(error), logging.ERROR)
        except asyncio.CancelledError:
            upstream[1].transport.abort()
            raise
        finally:
            await asyncio.gather(_hang_up(writer), _hang_up(upstream[1]))

    async def _hand_on(self, client: StreamReader, to_client: StreamWriter, gateway: StreamReader, to_gateway: StreamWriter) -> None:
        tap = Tap(self._record, self._forget)
        pumps = {asyncio.create_task(_pump(client, to_gateway, tap.sent)), asyncio.create_task(_pump(gateway, to_client, tap.received))}
        try:
            done, _ = await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            for each in done:
                each.result()
        finally:
            for each in pumps:
                each.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)

    def _record(self, proto_id: int, request: bytes, reply: bytes) -> None:
        if proto_id == KEEP_ALIVE:  # it says nothing; whoever replays has its own
            return
        if len(reply) > LARGEST_REPLY:
            self._leave_out(proto_id, f"a reply has more than {LARGEST_REPLY:,} bytes, which no client of ours reads")
        elif not self._cassette.write(proto_id, request, reply, unknown=self._unknown):
            self._leave_out(proto_id, "nobody can tell here what is secret in it")

    def _forget(self, proto_id: int) -> None:
        self._leave_out(proto_id, "too many requests have no reply, and the oldest are not waited for")

    def _leave_out(self, proto_id: int, why: str) -> None:
        counted = proto_id if proto_id in self.left_out or len(self.left_out) < MOST_COUNTED else OTHERS
        if not self.left_out[counted]:
            self._warnings.tell("recording: %s", f"protocol {proto_id} is handed on and not written: {why}")
        self.left_out[counted] += 1


async def _pump(reader: StreamReader, writer: StreamWriter, heard: Callable[[bytes], None]) -> None:
    while data := await reader.read(CHUNK):
        writer.write(data)  # at once, and unchanged: neither side is to notice
        heard(data)
        await writer.drain()


async def _hang_up(writer: StreamWriter) -> None:
    writer.close()
    try:
        with suppress(OSError):
            await writer.wait_closed()
    except asyncio.CancelledError:
        writer.transport.abort()
        raise


def _address(upstream: str) -> tuple[str, int]:
    host, _, port = upstream.rpartition(":")
    number = numbers.port(port)
    if not host or number is None:
        raise ValueError(f"upstream: {shown.value(upstream)} is no address; it takes HOST:PORT, such as 127.0.0.1:11111")
    return host.strip("[]"), number
