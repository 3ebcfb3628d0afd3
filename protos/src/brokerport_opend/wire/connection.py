"""The state of one connection: which requests wait, and whose reply each frame is.

It lives and dies with its connection: a new one starts from an empty buffer, other serials and nobody waiting.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import NamedTuple

from attrs import Factory, define, field, frozen

from brokerport_opend.wire.cipher import PLAIN, Cipher
from brokerport_opend.wire.frame import Decoder, Frame, encode, in_short
from brokerport_opend.wire.pushes import PUSHES, UPKEEP

LAST_SERIAL = 2**32 - 1
REMEMBERED = 4096  # requests that are over; enough to tell a late reply from an unknown one


class Key(NamedTuple):
    """What pairs a reply with its request."""

    proto_id: int
    serial: int


@frozen
class Reply:
    """The one reply to a request that waits."""

    key: Key
    body: bytes = field(repr=in_short)


@frozen
class Push:
    """A message nobody asked for."""

    proto_id: int
    body: bytes = field(repr=in_short)


class Orphan(StrEnum):
    """Why nobody waits for a reply."""

    LATE = "late"  #: the request had been given up
    DUPLICATE = "duplicate"  #: the request had been answered
    UNKNOWN = "unknown"  #: no such request was sent lately


@define
class Connection:
    """Requests to bytes, bytes to replies and pushes."""

    cipher: Cipher = PLAIN
    last_serial: int = 0
    on_orphan: Callable[[Orphan], None] | None = None  #: told why, for each reply that is dropped
    orphans: Counter[Orphan] = field(init=False, factory=Counter)  #: replies dropped, by reason
    answers: int = field(init=False, default=0)  #: to questions, in time or late; none to what only keeps the connection up
    decoder: Decoder = field(init=False, default=Factory(lambda self: Decoder(self.cipher), takes_self=True))
    _waiting: set[Key] = field(init=False, factory=set)
    _over: OrderedDict[Key, Orphan] = field(init=False, factory=OrderedDict)
    _owed: set[Key] = field(init=False, factory=set)  # of those, the given up that no reply came to yet

    def encrypt(self, cipher: Cipher) -> None:
        """Use ``cipher`` for every frame from here on, in both directions."""
        self.cipher = self.decoder.cipher = cipher

    def request(self, proto_id: int, body: bytes) -> tuple[Key, bytes]:
        """Number a request; its reply is waited for until it comes or is forgotten."""
        key = Key(proto_id, self._next_serial(proto_id))
        self._waiting.add(key)
        return key, encode(Frame(proto_id, key.serial, body), self.cipher)

    def forget(self, key: Key) -> None:
        """Stop waiting for a reply; it is dropped if it comes."""
        if key in self._waiting:
            self._retire(key, Orphan.LATE)
            self._owed.add(key)

    def receive(self, data: bytes) -> Iterator[Reply | Push]:
        """Yield what ``data`` completes, in the order it came.

        Raises:
            FrameError: The bytes cannot be read on.
        """
        for frame in self.decoder.feed(data):
            if frame.proto_id in PUSHES:
                yield Push(frame.proto_id, frame.body)
            elif (key := Key(frame.proto_id, frame.serial)) in self._waiting:
                self._retire(key, Orphan.DUPLICATE)
                self.answers += frame.proto_id not in UPKEEP
                yield Reply(key, frame.body)
            else:
                self._drop(key)

    def _drop(self, key: Key) -> None:
        if key in self._owed:
            self._owed.remove(key)  # the same reply, again and again, is no further answer
            self.answers += key.proto_id not in UPKEEP
        orphan = self._over.get(key, Orphan.UNKNOWN)
        self.orphans[orphan] += 1
        if self.on_orphan is not None:
            self.on_orphan(orphan)

    def _next_serial(self, proto_id: int) -> int:
        while True:
            # 0 is left out: gateways may number pushes with it.
            self.last_serial = self.last_serial + 1 if self.last_serial < LAST_SERIAL else 1
            if Key(proto_id, self.last_serial) not in self._waiting:
                return self.last_serial

    def _retire(self, key: Key, orphan: Orphan) -> None:
        self._waiting.remove(key)
        self._over[key] = orphan
        if len(self._over) > REMEMBERED:
            self._owed.discard(self._over.popitem(last=False)[0])
