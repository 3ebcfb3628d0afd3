"""Packets: what goes through the WebSocket door, one a message. The numbers are big-endian here, the opposite of frames.

======  ====  =======================================================
offset  size  content
======  ====  =======================================================
0       8     signature, ``ft-v1.0`` and a zero
8       4     command: 1 is the handshake, from 100 on a protocol id
12      8     section, which a reply repeats
20      4     only from the gateway: error, 0 where there is none
24      20    only from the gateway: the error's text, zeros behind it
======  ====  =======================================================

The body follows, never encrypted.
"""

from __future__ import annotations

from enum import IntEnum
from struct import Struct

from attrs import field, frozen

from brokerport_opend.wire.frame import in_short

REQUEST = Struct(">8sIQ")
REPLY = Struct(">8sIQi20s")
SIGNATURE = b"ft-v1.0\0"
LONGEST_TEXT = 20  # characters, each of one byte: the official SDK counts the one and means the other
INIT = 1  # the command of the handshake
PUSHED = 0  # the section of what nobody asked for: the official SDK's first is 2


class Failure(IntEnum):
    """Why a request has no answer, in the numbers of the official SDK."""

    TIMEOUT = 1
    OPEND_TIMEOUT = 2
    DISCONNECTED = 3  #: the door has no connection to the gateway behind it


class PacketError(Exception):
    """The bytes are no packet."""


@frozen
class RequestPacket:
    """A client's message."""

    command: int
    section: int
    body: bytes = field(repr=in_short)


@frozen
class ReplyPacket:
    """The gateway's message: a reply, or a push."""

    command: int
    section: int
    body: bytes = field(repr=in_short)
    error: int = 0  #: a ``Failure``, or a number that we do not know
    text: str = ""  #: the error's; on the wire only ASCII, and not more than ``LONGEST_TEXT`` of it


def encode_request(packet: RequestPacket) -> bytes:
    """The bytes of a client's packet."""
    return REQUEST.pack(SIGNATURE, packet.command, packet.section) + packet.body


def encode_reply(packet: ReplyPacket) -> bytes:
    """The bytes of a gateway's packet."""
    text = packet.text.encode("ascii", "replace")[:LONGEST_TEXT]
    return REPLY.pack(SIGNATURE, packet.command, packet.section, packet.error, text) + packet.body


def decode_request(data: bytes) -> RequestPacket:
    """What a client's bytes say.

    Raises:
        PacketError: They are no packet.
    """
    _check(data, REQUEST)
    _, command, section = REQUEST.unpack_from(data)
    return RequestPacket(command, section, data[REQUEST.size :])


def decode_reply(data: bytes) -> ReplyPacket:
    """What a gateway's bytes say.

    Raises:
        PacketError: They are no packet.
    """
    _check(data, REPLY)
    _, command, section, error, text = REPLY.unpack_from(data)
    return ReplyPacket(command, section, data[REPLY.size :], error, text.rstrip(b"\0").decode("ascii", "replace"))


def _check(data: bytes, header: Struct) -> None:
    if not data.startswith(SIGNATURE):
        raise PacketError(f"a packet begins with {SIGNATURE!r}, this one with {data[: len(SIGNATURE)]!r}")
    if len(data) < header.size:
        raise PacketError(f"a packet of {len(data)} bytes came; its header alone has {header.size}")
