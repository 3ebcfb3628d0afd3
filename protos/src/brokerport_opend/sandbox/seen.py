"""The requests that a sandbox was asked, newest last."""

from __future__ import annotations

from collections import deque
from datetime import datetime
from threading import Lock
from typing import Self

from attrs import define, field, frozen
from google.protobuf.message import DecodeError

from brokerport_opend.sandbox.answers.questions import QUESTIONS
from brokerport_opend.sandbox.protocols import NAMES
from brokerport_opend.sandbox.symbols import LONGEST_CODE, symbol_of

MOST = 10_000  # requests that are kept
LONGEST_SYMBOL = LONGEST_CODE + len("HK.")


@frozen
class Request:
    """One request that came as a whole frame, answered or not."""

    proto_id: int
    question: str | None  #: such as "short_volume"; None for a handshake, a keep-alive and what else asks about no symbol
    symbol: str | None  #: such as "HK.00700"
    at: datetime  #: by the sandbox's clock
    connection: int  #: the id that its client was told in the handshake

    @classmethod
    def read(cls, proto_id: int, body: bytes, *, at: datetime, connection: int) -> Self:
        """What a frame's body tells of itself."""
        question = NAMES[proto_id] if proto_id in QUESTIONS else None
        return cls(proto_id, question, _symbol(proto_id, body), at, connection)


@define(eq=False)
class Seen:
    """The last requests; they may be looked at on any thread."""

    _requests: deque[Request] = field(init=False, factory=lambda: deque(maxlen=MOST))
    _lock: Lock = field(init=False, factory=Lock)

    def add(self, request: Request) -> None:
        """Write one down; the oldest is forgotten when there are too many."""
        with self._lock:
            self._requests.append(request)

    def all(self) -> tuple[Request, ...]:
        """In the order they came."""
        with self._lock:
            return tuple(self._requests)


def _symbol(proto_id: int, body: bytes) -> str | None:
    """The symbol that a request's body asks about; None when it asks about none, or cannot be read."""
    if proto_id not in QUESTIONS:
        return None
    try:
        symbol = symbol_of(QUESTIONS[proto_id].messages.Request.FromString(body).c2s.security)
    except DecodeError:
        return None
    return symbol and symbol[:LONGEST_SYMBOL]  # whoever sends more is kept 10,000 times
