"""One client's connection: bytes into frames, frames into replies, and an end to silence."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from brokerport.logs import log
from brokerport_opend.sandbox.gateway import Visit
from brokerport_opend.wire.cipher import PLAIN
from brokerport_opend.wire.frame import Decoder, Frame, FrameError, encode

PATIENCE = 4  # keep-alive intervals without a whole frame


class Connection(asyncio.Protocol):
    """Answers a client until it leaves, breaks the framing or falls silent."""

    _transport: asyncio.Transport
    _watch: asyncio.TimerHandle

    def __init__(self, visit: Visit, on_lost: Callable[[Connection], None]) -> None:
        self._visit = visit
        self._on_lost = on_lost
        self._loop = asyncio.get_running_loop()
        self._decoder = Decoder(visit.cipher)
        self._patience = PATIENCE * visit.gateway.keep_alive_interval
        self._heard = self._loop.time()

    def abort(self) -> None:
        """Hang up at once."""
        self._transport.abort()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # it is one, for a stream
        """Asyncio's: listen, and watch that there is something to hear."""
        self._transport = transport
        self._watch = self._loop.call_later(self._patience, self._check_silence)

    def data_received(self, data: bytes) -> None:
        """Asyncio's: answer each frame that ``data`` completes."""
        try:
            self._answer(data)
        except FrameError as error:
            log("sandbox").warning("closing a connection: %s", error)
            self._transport.close()

    def pause_writing(self) -> None:
        """Asyncio's: who does not read is not read from."""
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        """Asyncio's: go on."""
        self._transport.resume_reading()

    def connection_lost(self, error: Exception | None) -> None:
        """Asyncio's: it is over, for whatever reason."""
        self._watch.cancel()
        self._on_lost(self)

    def _answer(self, data: bytes) -> None:
        replies = bytearray()
        try:
            for frame in self._decoder.feed(data):
                # Heard are whole frames only, or a byte now and then would hold the connection for ever.
                self._heard = self._loop.time()
                replies += self._reply(frame)
        finally:
            # In one piece, and those before a broken frame too.
            self._transport.write(bytes(replies))

    def _reply(self, frame: Frame) -> bytes:
        heard_in = self._decoder.cipher
        body = self._visit.answer(frame.proto_id, frame.body)
        self._decoder.cipher = self._visit.cipher
        # Answered as it came; only a handshake that asks for no encryption is not, though it may come encrypted.
        answered_in = heard_in if self._visit.cipher is not PLAIN else PLAIN
        return encode(Frame(frame.proto_id, frame.serial, body), answered_in)

    def _check_silence(self) -> None:
        left = self._heard + self._patience - self._loop.time()
        if left > 0:
            self._watch = self._loop.call_later(left, self._check_silence)
            return
        log("sandbox").warning("closing a connection: no frame came for %g seconds", self._patience)
        self._transport.abort()
