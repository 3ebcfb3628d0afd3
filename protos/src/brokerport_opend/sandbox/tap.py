"""Reading along at a connection of others: bytes of both directions in, requests with their replies out."""

from __future__ import annotations

from collections.abc import Callable

from attrs import define, field

from brokerport_opend.wire.connection import Key
from brokerport_opend.wire.frame import Decoder

Record = Callable[[int, bytes, bytes], None]  #: protocol id, and the bodies of request and reply


@define
class Tap:
    """One connection, from its beginning on."""

    record: Record
    _requests: Decoder = field(init=False, factory=Decoder)
    _replies: Decoder = field(init=False, factory=Decoder)
    _waiting: dict[Key, bytes] = field(init=False, factory=dict, repr=False)

    def sent(self, data: bytes) -> None:
        """What the client said.

        Raises:
            FrameError: The bytes cannot be read, as they are encrypted or no protobuf.
        """
        for frame in self._requests.feed(data):
            self._waiting[Key(frame.proto_id, frame.serial)] = frame.body

    def received(self, data: bytes) -> None:
        """What the gateway said; pushes, and replies that nobody waits for, are passed over.

        Raises:
            FrameError: As of ``sent``.
        """
        for frame in self._replies.feed(data):
            request = self._waiting.pop(Key(frame.proto_id, frame.serial), None)
            if request is not None:
                self.record(frame.proto_id, request, frame.body)
