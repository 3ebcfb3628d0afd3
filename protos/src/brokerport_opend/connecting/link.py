"""One connection to a gateway, from the socket's opening to its end."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from contextlib import suppress
from copy import copy
from ipaddress import ip_address
from typing import cast

from brokerport import BadReplyError, BrokerportError, ConnectionLostError, HandshakeError
from brokerport.logs import log
from brokerport_opend.connecting.overdue import Overdue
from brokerport_opend.messages import keep_alive_pb2
from brokerport_opend.wire.cipher import PLAIN, Cipher
from brokerport_opend.wire.connection import Connection, Key, Push
from brokerport_opend.wire.frame import FrameError

KEEP_ALIVE = 1004
KEEP_ALIVE_SHARE = 0.8  # of the interval the gateway asks for: early enough to arrive within it
SILENT_INTERVALS = 3  # without a byte, and the peer is taken for dead
SILENCE_BOUNDS = (3.0, 30.0)  # seconds
SLICE = 16 * 1024  # bytes that are taken in one turn of the loop: no more than some hundred frames, which are some milliseconds

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
        # Serials of two connections in a row should not meet: a stray reply of the first must not answer the second.
        self.connection = Connection(cipher, last_serial=random.getrandbits(31))
        self._on_push = on_push
        self._loop = asyncio.get_running_loop()
        self.overdue = Overdue(address, self.connection, self.end)
        self._waiting: dict[Key, asyncio.Future[bytes]] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._last_beat: Key | None = None
        self._turn: Turn | None = None
        self._heard = self._loop.time()
        self._transport: asyncio.Transport | None = None
        self._unread = b""  # what came and waits for a turn of the loop
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
        self._heard = self.overdue.heard = self._loop.time()
        if len(data) <= SLICE and not self._unread:
            self._take(data)
            return
        sliced, self._unread = bool(self._unread), self._unread + data
        if not sliced:
            self._take_slice()

    def _take_slice(self) -> None:
        """The rest waits for the next turn of the loop, as others wait for theirs; nothing more is read meanwhile."""
        assert self._transport is not None
        data, self._unread = self._unread[:SLICE], self._unread[SLICE:]
        self._take(data)
        if self.ended is not None:
            self._unread = b""
        elif self._unread:
            self._transport.pause_reading()
            self._loop.call_soon(self._take_slice)
        else:
            self._transport.resume_reading()

    def _take(self, data: bytes) -> None:
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
        if self.connection.decoder.begun != self.overdue.begun and self.ended is None:
            self.overdue.time_frame()

    def pause_writing(self) -> None:
        """The gateway reads more slowly than we ask: who asks now waits, and what waits to be sent stays bounded."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """It has caught up."""
        self._writable.set()

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is closed, by either side; what came before counts."""
        if self._unread and self.ended is None:
            rest, self._unread = self._unread, b""
            self._take(rest)
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
            if self.ended is None:
                self.overdue.given_up(answers)
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
        self.overdue.stop()
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

    def forsake(self, cause: BrokerportError) -> None:
        """In a forked child, where the socket leads nowhere: neither read nor write again, and tell nobody."""
        self.ended = cause
        self.overdue.stop()
        for timer in self._timers.values():
            timer.cancel()
        for _ in ("what waits to be written", "the rest"):  # the loop may complain that the socket is none that it watches, once
            with suppress(OSError):
                if self._transport is not None:
                    self._transport.abort()

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

    def _watch(self, silence: float) -> None:
        left = self._heard + silence - self._loop.time()
        if left > 0:
            self._timers["watch"] = self._loop.call_later(left, self._watch, silence)
            return
        log().debug("%s: silent for %g s", self.address, silence)
        self.end(
            ConnectionLostError(f"the gateway at {self.address} was silent for {silence:g} s, keep-alives included, and is taken for dead")
        )
