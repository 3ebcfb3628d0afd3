"""One client's connection: bytes into frames, frames into replies, and an end to what goes too far."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import islice

from google.protobuf.message import Message

from brokerport_opend.sandbox import formats
from brokerport_opend.sandbox.faults import effects
from brokerport_opend.sandbox.gateway import Visit
from brokerport_opend.sandbox.limits import INTERVALS, MAX_REQUEST, MAX_UNREAD, TURN, Patience
from brokerport_opend.sandbox.refusals import Unanswerable
from brokerport_opend.wire.cipher import PLAIN
from brokerport_opend.wire.frame import Frame, FrameError


class Connection(asyncio.Protocol):
    """Answers a client until it leaves, breaks the protocol, falls silent or takes more than its share.

    A few requests at a time, and then all others have their turn: however many a client sends at once, nobody waits for it.
    """

    # There may be ten thousand.
    __slots__ = ("_frames", "_loop", "_on_lost", "_patience", "_requests", "_transport", "_visit", "due", "welcome")

    _transport: asyncio.Transport

    def __init__(self, visit: Visit, on_lost: Callable[[Connection], None], *, welcome: bool = True) -> None:
        self._visit = visit
        self._on_lost = on_lost
        self.welcome = welcome  #: whether there is a place for it
        self._loop = asyncio.get_running_loop()
        self._requests = formats.Requests(visit.cipher, MAX_REQUEST)
        self._frames: Iterator[Frame] | None = None  # that came and have not had their turn
        self._patience = Patience(INTERVALS * visit.gateway.keep_alive_interval, self._loop.time())
        self.due = self._patience.due()  #: when it has to be looked after, by the loop's clock

    def abort(self) -> None:
        """Hang up at once."""
        self._transport.abort()

    def forsake(self, let_go: Callable[[int], None]) -> None:
        """In a forked child: see Sandbox."""
        let_go(self._transport.get_extra_info("socket").fileno())
        for _ in ("what waits to be written", "the rest"):  # the loop may complain that the socket is none that it watches, once
            with suppress(OSError):
                self._transport.abort()

    def look_after(self, now: float) -> None:
        """Hang up if its time is up; to be called when it is ``due``."""
        if why := self._patience.over(now):
            self._tell(why)
            self._transport.abort()
        self.due = self._patience.due()

    def push(self, proto_id: int, message: Message) -> None:
        """Send what was not asked for, if the client is ready for it, wants it and reads."""
        visit = self._visit
        if visit.wants(proto_id) and self._patience.full is None and not self._transport.is_closing():
            body = formats.write(message, visit.push_format)
            self._transport.write(formats.frame(proto_id, 0, body, visit.push_format, visit.cipher))

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # it is one, for a stream
        """Asyncio's: listen."""
        self._transport = transport
        transport.set_write_buffer_limits(MAX_UNREAD, MAX_UNREAD)
        if not self.welcome:
            self._hang_up("there are as many as there may be")

    def data_received(self, data: bytes) -> None:
        """Asyncio's: answer each frame that ``data`` completes."""
        self._frames = self._requests.feed(data)
        self._take_turn()

    def pause_writing(self) -> None:
        """Asyncio's: who does not read is not read from, and not for long."""
        self._patience.full = self._loop.time()
        self.due = min(self.due, self._patience.due())
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        """Asyncio's: go on."""
        self._patience.full = None
        self._go_on()

    def connection_lost(self, error: Exception | None) -> None:
        """Asyncio's: it is over, for whatever reason."""
        self._frames = None
        self._on_lost(self)

    def _take_turn(self) -> None:
        # Its client may have left since the turn before, or stopped to read.
        if self._frames is None or self._transport.is_closing() or self._patience.full is not None:
            return
        try:
            answered = self._answer(islice(self._frames, TURN))
        except (FrameError, Unanswerable) as error:
            self._hang_up(str(error))
            return
        if answered < TURN:
            self._frames = None
            self._patience.part(self._requests.held, self._loop.time())
            self.due = min(self.due, self._patience.due())
        self._go_on()

    def _go_on(self) -> None:
        if self._patience.full is not None:
            return
        if self._frames is None:
            self._transport.resume_reading()
        else:
            self._transport.pause_reading()
            self._loop.call_soon(self._take_turn)

    def _answer(self, frames: Iterator[Frame]) -> int:
        replies, answered = bytearray(), 0
        try:
            for frame in frames:
                answered += 1
                # Heard are whole frames only, or a byte now and then would hold the connection for ever.
                self._patience.frame(self._loop.time())
                delivery = self._reply(frame)
                if delivery.late:
                    self._loop.call_later(delivery.late, self._write_late, delivery.data)
                else:
                    replies += delivery.data
                if delivery.hang_up:
                    self._frames = None
                    break
        finally:
            # In one piece, and those before a broken frame too.
            self._transport.write(bytes(replies))
        if self._frames is None:
            self._transport.close()
        return answered

    def _reply(self, frame: Frame) -> effects.Delivery:
        visit, requests = self._visit, self._requests
        heard_in, body_format = requests.cipher, requests.body_format
        request = formats.read(frame.proto_id, frame.body, body_format)
        fault = visit.note(frame.proto_id, request)
        body = effects.body(fault, visit.answer, frame.proto_id, request)
        requests.cipher = visit.cipher
        # Answered as it came; only a handshake that asks for no encryption is not, though it may come encrypted.
        answered_in = heard_in if visit.cipher is not PLAIN else PLAIN
        told = formats.rewrite(frame.proto_id, body, body_format)
        reply = formats.frame(frame.proto_id, frame.serial, told, body_format, answered_in)
        return effects.deliver(fault, visit, frame.proto_id, reply)

    def _write_late(self, data: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(data)

    def _hang_up(self, why: str) -> None:
        self._tell(why)
        self._transport.close()

    def _tell(self, why: str) -> None:
        self._visit.gateway.warnings.tell("closing a connection: %s", why)
