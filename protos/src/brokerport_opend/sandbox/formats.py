"""The two formats of bodies: a client may write JSON, and is then answered in JSON. The gateway itself knows protobuf alone."""

from __future__ import annotations

from typing import Any

from attrs import define, field
from google.protobuf.message import Message

from brokerport_opend.messages import global_state_pb2, init_connect_pb2, keep_alive_pb2
from brokerport_opend.sandbox.answers.questions import QUESTIONS
from brokerport_opend.wire.cipher import PLAIN, Cipher
from brokerport_opend.wire.frame import PROTOBUF, Decoder, Frame, encode

JSON = 1
FORMATS = frozenset({PROTOBUF, JSON})

_FORMAT = 6  # its place in the header
_DEEPEST = 8  # messages in messages; a real request has three
_NO_REQUEST = b"\xff"  # of any protocol: what is no JSON is handed on as this, for the gateway to refuse in its order and its words

_MESSAGES: dict[int, Any] = {1001: init_connect_pb2, 1002: global_state_pb2, 1004: keep_alive_pb2}
_MESSAGES |= {proto_id: question.messages for proto_id, question in QUESTIONS.items()}


@define
class Requests(Decoder):
    """What a client sends, cut into frames of either format."""

    body_format: int = field(init=False, default=PROTOBUF)  #: of the frame that was yielded last

    @property
    def held(self) -> int:
        """How many bytes are there that make no frame yet."""
        return len(self._buffer)

    def _end_of_frame(self, start: int) -> int | None:
        place = start + _FORMAT
        if self._buffer[place : place + 1] != b"\x01":
            return super()._end_of_frame(start)
        # The wire's own decoder is a client's, and takes protobuf only; all else about the frame is the same.
        self._buffer[place] = PROTOBUF
        try:
            return super()._end_of_frame(start)
        finally:
            self._buffer[place] = JSON

    def _frame(self, start: int, end: int) -> Frame:
        self.body_format = self._buffer[start + _FORMAT]
        return super()._frame(start, end)


def read(proto_id: int, body: bytes, body_format: int) -> bytes:
    """A request's body as protobuf."""
    if body_format == PROTOBUF or proto_id not in _MESSAGES:
        return body
    from google.protobuf.json_format import Parse, ParseError  # for clients that ask only: few do

    try:
        message: Message = Parse(body, _MESSAGES[proto_id].Request(), ignore_unknown_fields=True, max_recursion_depth=_DEEPEST)
    except (ParseError, ValueError, ArithmeticError, RecursionError):
        return _NO_REQUEST
    return bytes(message.SerializePartialToString())


def write(message: Message, body_format: int) -> bytes:
    """A message's body."""
    if body_format == PROTOBUF:
        return bytes(message.SerializeToString())
    from google.protobuf.json_format import MessageToJson

    return MessageToJson(message, preserving_proto_field_name=True, indent=None, ensure_ascii=False).encode()


def rewrite(proto_id: int, body: bytes, body_format: int) -> bytes:
    """A reply's body, which is protobuf, in the format that was asked in."""
    if body_format == PROTOBUF:
        return body
    # A refusal of an unknown protocol reads like any other.
    return write(_MESSAGES.get(proto_id, keep_alive_pb2).Response.FromString(body), body_format)


def frame(proto_id: int, serial: int, body: bytes, body_format: int, cipher: Cipher = PLAIN) -> bytes:
    """The bytes of a frame of either format."""
    data = bytearray(encode(Frame(proto_id, serial, body), cipher))
    data[_FORMAT] = body_format
    return bytes(data)
