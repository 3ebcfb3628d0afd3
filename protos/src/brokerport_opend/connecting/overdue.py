"""What takes too long on a connection that is not silent: a frame that never ends, and answers that never come."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from attrs import define, field

from brokerport import BrokerportError, ConnectionLostError
from brokerport_opend.wire.connection import Connection

FRAME_SECONDS = 5.0  # that a frame has to become whole, as the handshake has: the segments of a real one come within milliseconds
SLOWEST = 16 * 1024  # bytes a second; a frame has longer by what it announces
LONGEST_FRAME = 60.0  # seconds; no call that has the default deadline waits longer
DEAF_SECONDS = 5.0  # without an answer to any question after one was given up, and the gateway is deaf, if it says anything at all
AGAIN = 1.0  # seconds until the next look at one that says nothing; silence has its own time


@define(eq=False)
class Overdue:
    """Ends a connection that others wait for in vain."""

    address: str
    connection: Connection
    end: Callable[[BrokerportError], None]
    deaf_seconds: float = DEAF_SECONDS
    deaf: bool = field(init=False, default=False)  #: it ended as nothing that was asked was answered
    heard: float = field(init=False, default=0.0)  #: when the last byte came
    begun: int | None = field(init=False, default=None)  #: the frame whose time is measured
    _doubted: int = field(init=False, default=-1)  # the answers that there had been when a question was given up
    _frame: asyncio.TimerHandle | None = field(init=False, default=None)
    _answer: asyncio.TimerHandle | None = field(init=False, default=None)
    _loop: asyncio.AbstractEventLoop = field(init=False, factory=asyncio.get_running_loop)

    def time_frame(self) -> None:
        """Another frame has begun, or the last one is whole: who waits behind one that drips would wait for ever."""
        if self._frame is not None:
            self._frame.cancel()
        self.begun = self.connection.decoder.begun
        if self.begun is not None:
            self._frame = self._loop.call_later(FRAME_SECONDS, self._see_frame, self._loop.time())

    def given_up(self, answers: int) -> None:
        """Nobody waits any more for the reply to a question that was sent when there had been so many answers."""
        if self.connection.answers == answers != self._doubted:
            self._doubted = answers
            self._look(self.deaf_seconds, answers, self._loop.time())

    def stop(self) -> None:
        """The connection is over."""
        for timer in (self._frame, self._answer):
            if timer is not None:
                timer.cancel()
        self.end = lambda _: None  # else it and who ends it would hold each other until the collector comes

    def _see_frame(self, began: float) -> None:
        announced = self.connection.decoder.announced
        seconds = min(FRAME_SECONDS + announced / SLOWEST, LONGEST_FRAME)
        if (left := began + seconds - self._loop.time()) > 0:
            self._frame = self._loop.call_later(left, self._see_frame, began)
            return
        text = f"a frame of {announced:,} bytes from {self.address} was not whole after {seconds:.3g} s"
        self.end(ConnectionLostError(f"{text}; the connection was closed"))

    def _look(self, within: float, answers: int, since: float) -> None:
        if self._answer is not None:
            self._answer.cancel()
        self._answer = self._loop.call_later(within, self._see_answers, answers, since)

    def _see_answers(self, answers: int, since: float) -> None:
        if self.connection.answers > answers:
            return
        if self.heard <= since:
            self._look(AGAIN, answers, since)
            return
        self.deaf = True
        text = f"the gateway at {self.address} answered no question in {self._loop.time() - since:.3g} s, though it said other things"
        self.end(ConnectionLostError(f"{text}; the connection was closed"))
