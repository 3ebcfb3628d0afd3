"""Frames: a 44-byte header and a body.

======  ====  =========================================================
offset  size  content (integers are little-endian)
======  ====  =========================================================
0       2     magic, ``FT``
2       4     protocol id
6       1     format of the body: 0 protobuf, 1 JSON
7       1     version of the protocol, always 0
8       4     serial, which a reply repeats
12      4     length of the body on the wire
16      20    SHA-1 of the body before encryption
36      8     reserved, zero
======  ====  =========================================================
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha1
from struct import Struct

from attrs import define, field, frozen

from brokerport_opend.wire.cipher import PLAIN, Cipher

HEADER = Struct("<2sIBBII20s8s")
MAGIC = b"FT"
PROTOBUF = 0
VERSION = 0
RESERVED = bytes(8)
MAX_BODY = 16 * 1024 * 1024  # the largest real reply is some KiB; more is a lost frame boundary, or an attack on memory


class FrameError(Exception):
    """The bytes are no frame of this protocol; the connection they came by cannot be read on."""


class CipherError(FrameError):
    """A body cannot be decrypted. Why is not told: who tries ciphertexts on us must not learn from it."""

    def __init__(self) -> None:
        super().__init__("a body came that cannot be decrypted")


def in_short(body: bytes | bytearray) -> str:
    """How a body shows in reprs and thus in tracebacks: one may hold the key of all that follows."""
    return f"<{len(body)} bytes>"


@frozen
class Frame:
    """One message of either direction, its body decrypted."""

    proto_id: int
    serial: int
    body: bytes = field(repr=in_short)


def encode(frame: Frame, cipher: Cipher = PLAIN) -> bytes:
    """The bytes of a frame."""
    body = cipher.encrypt(frame.body)
    header = HEADER.pack(MAGIC, frame.proto_id, PROTOBUF, VERSION, frame.serial, len(body), _digest(frame.body), RESERVED)
    return header + body


@define
class Decoder:
    """Cuts a stream of bytes, however chunked, into frames.

    What does not make a whole frame yet is kept, never more than the largest frame.
    """

    cipher: Cipher = PLAIN
    max_body: int = MAX_BODY
    frames: int = field(init=False, default=0)  #: that came whole so far
    _buffer: bytearray = field(init=False, factory=bytearray, repr=in_short)

    @property
    def begun(self) -> int | None:
        """Which frame, counted from 0, has begun to come and is not whole; None between frames."""
        return self.frames if self._buffer else None

    @property
    def announced(self) -> int:
        """The bytes of the frame that has begun, by its header; those of a header while that is not whole."""
        return HEADER.size + (HEADER.unpack_from(self._buffer)[5] if len(self._buffer) >= HEADER.size else 0)

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Yield the frames that ``data`` completes.

        Raises:
            FrameError: Wrong magic, version, format, length or SHA-1.
        """
        self._buffer += data
        start = 0
        try:
            while (end := self._end_of_frame(start)) is not None:
                # Moved on first: the consumer may stop at any frame, and none may come twice.
                start, frame = end, self._frame(start, end)
                self.frames += 1
                yield frame
        finally:
            del self._buffer[:start]

    def _end_of_frame(self, start: int) -> int | None:
        begins = bytes(self._buffer[start : start + len(MAGIC)])
        if not MAGIC.startswith(begins):  # not left to the whole header: another protocol's greeting may be shorter, and all that comes
            raise FrameError(f"a frame begins with {MAGIC!r}, this one with {begins!r}: the other side does not speak OpenD's protocol")
        if len(self._buffer) - start < HEADER.size:
            return None
        _, proto_id, body_format, version, _, length, _, _ = HEADER.unpack_from(self._buffer, start)
        if version != VERSION:
            raise FrameError(f"protocol {proto_id} came in version {version} of the frame; known is version {VERSION}")
        if body_format != PROTOBUF:
            raise FrameError(f"protocol {proto_id} came in body format {body_format}; asked for was {PROTOBUF}, protobuf")
        if length > self.max_body:
            raise FrameError(f"protocol {proto_id} announces a body of {length:,} bytes; the limit is {self.max_body:,}")
        end = start + HEADER.size + int(length)
        return end if end <= len(self._buffer) else None

    def _frame(self, start: int, end: int) -> Frame:
        _, proto_id, _, _, serial, _, digest, _ = HEADER.unpack_from(self._buffer, start)
        body = self.cipher.decrypt(bytes(self._buffer[start + HEADER.size : end]))
        if _digest(body) != digest:
            del body  # a traceback may show what is at hand
            raise FrameError(f"the body of protocol {proto_id}, serial {serial}, does not match its SHA-1")
        return Frame(proto_id, serial, body)


def _digest(body: bytes) -> bytes:
    return sha1(body, usedforsecurity=False).digest()
