"""Reading along at a connection of others: bytes of both directions in, requests with their replies out."""

from __future__ import annotations

from collections.abc import Callable

from attrs import define, field

from brokerport_opend.wire.connection import Key
from brokerport_opend.wire.frame import Decoder

Record = Callable[[int, bytes, bytes], None]  #: protocol id, and the bodies of request and reply

LARGEST_REQUEST = 1024 * 1024  # bytes; a real one has some dozens
MOST_WAITING = 1_000  # requests without a reply; a real client has some dozens on their way
MOST_BYTES = 4 * 1024 * 1024  # of all these


@define
class Tap:
    """One connection, from its beginning on."""

    record: Record
    forget: Callable[[int], None]  #: told the protocol of a request that is not waited for any longer, as too many are without a reply
    _requests: Decoder = field(init=False, factory=lambda: Decoder(max_body=LARGEST_REQUEST))
    _replies: Decoder = field(init=False, factory=Decoder)
    _waiting: dict[Key, bytes] = field(init=False, factory=dict, repr=False)  # oldest first
    _bytes: int = field(init=False, default=0)

    def sent(self, data: bytes) -> None:
        """What the client said.

        Raises:
            FrameError: The bytes cannot be read, as they are encrypted or no protobuf.
        """
        for frame in self._requests.feed(data):
            key = Key(frame.proto_id, frame.serial)
            self._taken(key)
            self._waiting[key] = frame.body
            self._bytes += len(frame.body)
            while len(self._waiting) > MOST_WAITING or self._bytes > MOST_BYTES:
                oldest = next(iter(self._waiting))
                self._taken(oldest)
                self.forget(oldest.proto_id)

    def received(self, data: bytes) -> None:
        """What the gateway said; pushes, and replies that nobody waits for, are passed over.

        Raises:
            FrameError: As of ``sent``.
        """
        for frame in self._replies.feed(data):
            request = self._taken(Key(frame.proto_id, frame.serial))
            if request is not None:
                self.record(frame.proto_id, request, frame.body)

    def _taken(self, key: Key) -> bytes | None:
        """The request, which waits no longer; None where none did."""
        request = self._waiting.pop(key, None)
        self._bytes -= len(request or b"")
        return request
