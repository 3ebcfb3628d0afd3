"""One connection to a gateway, from the socket's opening to its end."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from copy import copy
from ipaddress import ip_address
from typing import cast

from brokerport import BadReplyError, BrokerportError, ConnectionLostError, HandshakeError
from brokerport.logs import log
from brokerport_opend.messages import keep_alive_pb2
from brokerport_opend.wire.cipher import PLAIN, Cipher
from brokerport_opend.wire.connection import Connection, Key, Push
from brokerport_opend.wire.frame import FrameError

KEEP_ALIVE = 1004
KEEP_ALIVE_SHARE = 0.8  # of the interval the gateway asks for: early enough to arrive within it
SILENT_INTERVALS = 3  # without a byte, and the peer is taken for dead
SILENCE_BOUNDS = (3.0, 30.0)  # seconds
FRAME_SECONDS = 5.0  # that a frame has to become whole, as the handshake has: the segments of a real one come within milliseconds
SLOWEST = 16 * 1024  # bytes a second; by so much of what it announces, a frame has longer
LONGEST_FRAME = 60.0  # seconds; no call that has the default deadline waits longer
DEAF_SECONDS = 5.0  # without an answer to any question after one was given up, and the gateway is deaf, if it says anything at all

#: makes of the body of the handshake's reply the cipher of every frame after it; None changes nothing
Turn = Callable[[bytes], Cipher | None]


class Link(asyncio.Protocol):
    """Carries requests and replies; whatever it holds dies with it.

    It ends once, with the first cause, and everyone who waits hears that cause.
    """

    def __init__(self, address: str, on_push: Callable[[Push], None], cipher: Cipher = PLAIN) -> None:
        self.address = address
        self.ended: BrokerportError | None = None
        self.on_end: Callable[[BrokerportError], None] | None = None  #: told of the cause
        self.unproven = False  #: the cipher has changed, and nothing has come through it yet
        self.distrusted = False  #: the connection before ended unproven
        self.deaf = False  #: it ended as nothing that was asked was answered
        self.deaf_seconds = DEAF_SECONDS
        # Serials of two connections in a row should not meet: a stray reply of the first must not answer the second.
        self.connection = Connection(cipher, last_serial=random.getrandbits(31))
        self._on_push = on_push
        self._loop = asyncio.get_running_loop()
        self._waiting: dict[Key, asyncio.Future[bytes]] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._last_beat: Key | None = None
        self._turn: Turn | None = None
        self._heard = self._loop.time()
        self._doubted = -1  # the answers there had been when a question was given up
        self._begun: int | None = None  # the frame whose time is measured
        self._transport: asyncio.Transport | None = None
        self._held: list[bytes] = []  # requests that wait for the end of this turn of the loop
        self._writable = asyncio.Event()  # cleared while the gateway takes nothing more
        self._writable.set()
        self._gone = self._loop.create_future()

    # asyncio calls these

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is open. asyncio has set TCP_NODELAY on it."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's has its methods, and is none by its class

    def data_received(self, data: bytes) -> None:
        """Bytes came: answer those who wait for them."""
        self._heard = self._loop.time()
        try:
            for event in self.connection.receive(data):
                self.unproven = False
                if isinstance(event, Push):
                    self._on_push(event)
                elif (waiter := self._waiting.get(event.key)) and not waiter.done():
                    waiter.set_result(event.body)
                    if self._turn is not None:  # now, and not when the waiter wakes: the next frame may be in the same data
                        self._change_cipher(self._turn, event.body)
        except FrameError as error:
            self.end(self._broken(error))
        if self.connection.decoder.begun != self._begun:
            self._time_frame()

    def pause_writing(self) -> None:
        """The gateway reads more slowly than we ask: who asks now waits, and what waits to be sent stays bounded."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """It has caught up."""
        self._writable.set()

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is closed, by either side."""
        lost = ConnectionLostError(f"the connection to {self.address} was {f'lost: {exc}' if exc else 'closed by the gateway'}")
        lost.__cause__ = exc
        self.end(lost)
        self._gone.set_result(None)

    # the session calls these

    async def greet(self, proto_id: int, body: bytes, turn: Turn) -> bytes:
        """Send the first request of all, and change to the cipher that ``turn`` makes of its reply."""
        self._turn = turn
        return await self.request(proto_id, body)

    async def request(self, proto_id: int, body: bytes) -> bytes:
        """Send one request and wait for its reply, or for the end of the connection."""
        await self._writable.wait()
        if self.ended is not None or self._transport is None:
            raise copy(self.ended) if self.ended else ConnectionLostError(f"not connected to {self.address}")
        key, data = self.connection.request(proto_id, body)
        waiter: asyncio.Future[bytes] = self._loop.create_future()
        self._waiting[key] = waiter
        self._send(data)
        answers = self.connection.answers
        try:
            return await waiter
        except asyncio.CancelledError:
            self._given_up(answers)
            raise
        finally:
            del self._waiting[key], waiter  # an error would hold this frame, and by it itself, until the collector comes
            self.connection.forget(key)

    def keep_alive(self, interval: float) -> None:
        """From now on tell the gateway that we are here, and take it for dead when it is silent."""
        if self.ended is not None:  # with the handshake's last bytes
            return
        shortest, longest = SILENCE_BOUNDS
        silence = min(max(interval * SILENT_INTERVALS, shortest), longest)
        # The silence is bounded, so the beat must be too: an idle gateway is heard by its replies to keep-alives only.
        self._beat(min(interval * KEEP_ALIVE_SHARE, silence / SILENT_INTERVALS))
        self._watch(silence)

    def end(self, cause: BrokerportError) -> None:
        """Close the socket and tell everyone who waits; only the first cause counts."""
        if self.ended is not None:
            return
        self.ended = copy(cause)  # the cause itself will hold the frames of those who wait, which hold this link
        for timer in self._timers.values():
            timer.cancel()
        for waiter in self._waiting.values():
            if not waiter.done():
                waiter.set_exception(cause)
        self._writable.set()
        if self._transport is not None:
            self._transport.abort()
        if self.on_end is not None:
            self.on_end(cause)

    def is_local(self) -> bool:
        """Whether the gateway is on this machine; one that has hung up already is nowhere else."""
        assert self._transport is not None
        peer = self._transport.get_extra_info("peername")
        return peer is None or ip_address(peer[0].partition("%")[0]).is_loopback

    async def wait_closed(self) -> None:
        """Return when the socket is closed."""
        if self._transport is not None:
            await asyncio.shield(self._gone)

    def _change_cipher(self, turn: Turn, body: bytes) -> None:
        self._turn = None
        if cipher := turn(body):
            self.connection.encrypt(cipher)
            self.unproven = True

    def _broken(self, error: FrameError) -> BrokerportError:
        """What bytes mean that are no frame."""
        if self.unproven and self.distrusted:  # once may be chance
            text = f"the keys of {self.address} and of this client do not match: {error}"
            ended: BrokerportError = HandshakeError(f"{text}; set rsa_key on both ends to the same key")
        else:
            ended = BadReplyError(f"{self.address} sent what is no frame of OpenD's: {error}; the connection was closed")
            ended.retryable = True  # on a new connection
        ended.__cause__ = error
        return ended

    def _send(self, data: bytes) -> None:
        """Write at once what is alone; what shares the connection goes out together, in one system call a turn of the loop."""
        assert self._transport is not None
        if len(self._waiting) <= 1:
            self._transport.write(data)
            return
        if not self._held:
            self._loop.call_soon(self._flush)
        self._held.append(data)

    def _flush(self) -> None:
        held, self._held = self._held, []
        if self._transport is not None and self.ended is None:
            self._transport.write(b"".join(held))

    def _beat(self, seconds: float) -> None:
        self._timers["beat"] = self._loop.call_later(seconds, self._send_keep_alive, seconds)

    def _send_keep_alive(self, seconds: float) -> None:
        """Sent without waiting for the reply: any byte at all shows that the gateway lives."""
        if self._writable.is_set():  # else it has not read the requests before
            request = keep_alive_pb2.Request()
            request.c2s.time = int(time.time())
            if self._last_beat is not None:
                self.connection.forget(self._last_beat)  # those that are never answered must not pile up
            self._last_beat, data = self.connection.request(KEEP_ALIVE, request.SerializeToString())
            self._send(data)
        self._beat(seconds)

    def _time_frame(self) -> None:
        """A frame that has begun has a time to end: who waits behind one that drips would wait for ever."""
        if (timer := self._timers.pop("frame", None)) is not None:
            timer.cancel()
        self._begun = self.connection.decoder.begun
        if self._begun is not None and self.ended is None:
            self._timers["frame"] = self._loop.call_later(FRAME_SECONDS, self._frame_is_late, self._loop.time())

    def _frame_is_late(self, began: float) -> None:
        announced = self.connection.decoder.announced
        seconds = min(FRAME_SECONDS + announced / SLOWEST, LONGEST_FRAME)
        if (left := began + seconds - self._loop.time()) > 0:
            self._timers["frame"] = self._loop.call_later(left, self._frame_is_late, began)
            return
        text = f"a frame of {announced:,} bytes from {self.address} was not whole after {seconds:.3g} s"
        self.end(ConnectionLostError(f"{text}; the connection was closed"))

    def _given_up(self, answers: int) -> None:
        """Nobody waits any more for the reply to a question that was sent when there had been so many answers."""
        if self.connection.answers == answers != self._doubted and self.ended is None:
            self._doubted = answers
            self._expect_answer(self.deaf_seconds, answers, self._loop.time())

    def _expect_answer(self, within: float, answers: int, since: float) -> None:
        if (before := self._timers.get("deaf")) is not None:
            before.cancel()
        self._timers["deaf"] = self._loop.call_later(within, self._see_whether_deaf, answers, since)

    def _see_whether_deaf(self, answers: int, since: float) -> None:
        if self.connection.answers > answers:
            return
        if self._heard <= since:  # silence means something else, and has its own time
            self._expect_answer(1.0, answers, since)
            return
        self.deaf = True
        text = f"the gateway at {self.address} answered no question in {self._loop.time() - since:.3g} s, though it said other things"
        self.end(ConnectionLostError(f"{text}; the connection was closed"))

    def _watch(self, silence: float) -> None:
        left = self._heard + silence - self._loop.time()
        if left > 0:
            self._timers["watch"] = self._loop.call_later(left, self._watch, silence)
            return
        log().debug("%s: silent for %g s", self.address, silence)
        self.end(
            ConnectionLostError(f"the gateway at {self.address} was silent for {silence:g} s, keep-alives included, and is taken for dead")
        )
