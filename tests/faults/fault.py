"""What can go wrong between a client and its gateway, as data: one frozen value a fault."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from hashlib import sha1
from struct import pack_into, unpack_from
from typing import ClassVar, Protocol

from attrs import frozen

HEADER = 44  # bytes of every frame's header, by the protocol's documentation
LENGTH = 12  # where its four bytes of length are
DIGEST = slice(16, 36)


class Passage(Protocol):
    """One connection through the proxy, as a fault sees it."""

    shape: Shape  #: how bytes go on to the client from here on
    held: list[bytes]  #: frames kept back; healing lets them go

    async def send(self, data: bytes) -> None:
        """Send bytes to the client, in the present shape."""

    def finish(self) -> None:
        """End the connection in good order."""

    def leave(self) -> None:
        """End the gateway's side only."""

    def reset(self) -> None:
        """Break the connection off."""

    def swallow(self) -> None:
        """Read on, and let nothing through."""

    def stop(self) -> None:
        """Neither read nor write."""

    async def refuse(self) -> None:
        """Break off every connection, and accept no other."""


class Shape:
    """How bytes pass: as they come."""

    def pieces(self, data: bytes) -> Iterator[tuple[float, bytes]]:
        """Pieces of the data, and the seconds to wait before each."""
        yield 0.0, data


AS_THEY_COME = Shape()


@frozen
class Fault:
    """What is done at the place of the stream where the fault strikes."""

    whole: ClassVar[bool] = False  #: it takes a frame in hand, and not the stream at some byte

    name: str

    async def strike(self, passage: Passage, rest: bytes) -> None:
        """Do it; ``rest`` is what has not yet been sent of the frame that it strikes."""
        raise NotImplementedError


@frozen
class Latency(Fault, Shape):
    """Everything comes later."""

    seconds: float

    def pieces(self, data: bytes) -> Iterator[tuple[float, bytes]]:
        """One piece, late."""
        yield self.seconds, data

    async def strike(self, passage: Passage, rest: bytes) -> None:
        """From here on."""
        passage.shape = self
        await passage.send(rest)


@frozen
class Bandwidth(Fault, Shape):
    """So many bytes a second."""

    bytes_per_second: float
    piece: int = 512

    def pieces(self, data: bytes) -> Iterator[tuple[float, bytes]]:
        """Small ones, each when it may go."""
        for start in range(0, len(data), self.piece):
            part = data[start : start + self.piece]
            yield len(part) / self.bytes_per_second, part

    async def strike(self, passage: Passage, rest: bytes) -> None:
        """From here on."""
        passage.shape = self
        await passage.send(rest)


@frozen
class Slicer(Fault, Shape):
    """Every byte is a segment of its own, or a few of them."""

    size: int = 1

    def pieces(self, data: bytes) -> Iterator[tuple[float, bytes]]:
        """Slices, without a wait."""
        return ((0.0, data[start : start + self.size]) for start in range(0, len(data), self.size))

    async def strike(self, passage: Passage, rest: bytes) -> None:
        """From here on."""
        passage.shape = self
        await passage.send(rest)


@frozen
class Down(Fault):
    """The gateway dies: every connection is reset, and none accepted."""

    async def strike(self, passage: Passage, rest: bytes) -> None:
        """The whole gateway, not this connection alone."""
        await passage.refuse()


@frozen
class Cut(Fault):
    """The stream ends in good order, wherever it is."""

    async def strike(self, passage: Passage, rest: bytes) -> None:
        """The rest is lost."""
        passage.finish()


@frozen
class Reset(Fault):
    """The connection is broken off."""

    async def strike(self, passage: Passage, rest: bytes) -> None:
        """The rest is lost, and the client gets ECONNRESET."""
        passage.reset()


@frozen
class SlowClose(Fault):
    """The gateway has gone, and the client hears of it later."""

    seconds: float

    async def strike(self, passage: Passage, rest: bytes) -> None:
        """The rest is lost; the end comes after the time."""
        passage.leave()
        await asyncio.sleep(self.seconds)
        passage.finish()


@frozen
class BlackHole(Fault):
    """Nothing gets through in either direction, and nobody is told; healed, the peer knows nothing of the connection."""

    async def strike(self, passage: Passage, rest: bytes) -> None:
        """The rest is lost."""
        passage.swallow()


@frozen
class HalfOpen(Fault):
    """The peer stops to read and to write and keeps the socket; healed, it goes on where it was."""

    async def strike(self, passage: Passage, rest: bytes) -> None:
        """The rest waits."""
        passage.held.append(rest)
        passage.stop()


@frozen
class Hold(Fault):
    """The reply is kept back, and comes when nobody waits for it any more."""

    whole = True

    async def strike(self, passage: Passage, rest: bytes) -> None:
        """Until the proxy is healed."""
        passage.held.append(rest)


@frozen
class Duplicate(Fault):
    """A frame comes twice."""

    whole = True

    async def strike(self, passage: Passage, rest: bytes) -> None:
        """In one piece."""
        await passage.send(rest * 2)


@frozen
class Reorder(Fault):
    """Two frames change places."""

    whole = True

    async def strike(self, passage: Passage, rest: bytes) -> None:
        """The first waits for the second."""
        passage.held.append(rest)
        if len(passage.held) == 2:
            second_first = b"".join(reversed(passage.held))
            passage.held.clear()
            await passage.send(second_first)


@frozen
class Flip(Fault):
    """One bit of the frame is another."""

    whole = True

    byte: int  #: its place in the frame; below zero counts from the end
    bit: int = 0

    async def strike(self, passage: Passage, rest: bytes) -> None:
        """Of this frame."""
        wrong = bytearray(rest)
        wrong[self.byte] ^= 1 << self.bit
        await passage.send(bytes(wrong))


@frozen
class Inflate(Fault):
    """The header announces more bytes than come."""

    whole = True

    by: int

    async def strike(self, passage: Passage, rest: bytes) -> None:
        """The length is the only lie."""
        wrong = bytearray(rest)
        (length,) = unpack_from("<I", wrong, LENGTH)
        pack_into("<I", wrong, LENGTH, length + self.by)
        await passage.send(bytes(wrong))


@frozen
class Fat(Fault):
    """A reply that says success and holds so many empty rows, of two bytes each."""

    whole = True

    rows: int

    async def strike(self, passage: Passage, rest: bytes) -> None:
        """Its length and its SHA-1 are right."""
        rows = b"\x0a\x00" * self.rows
        body = b"\x08\x00\x22" + _varint(len(rows)) + rows
        header = bytearray(rest[:HEADER])
        pack_into("<I", header, LENGTH, len(body))
        header[DIGEST] = sha1(body).digest()
        await passage.send(bytes(header) + body)


@frozen
class Empty(Fault):
    """The body is missing, and the header says so: a whole frame of no bytes."""

    whole = True

    async def strike(self, passage: Passage, rest: bytes) -> None:
        """Its SHA-1 is right."""
        header = bytearray(rest[:HEADER])
        header[LENGTH : LENGTH + 4] = bytes(4)
        header[DIGEST] = sha1(b"").digest()
        await passage.send(bytes(header))


def _varint(number: int) -> bytes:
    low, rest = number & 127, number >> 7
    return bytes([low | 128]) + _varint(rest) if rest else bytes([low])
