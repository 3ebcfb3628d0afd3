"""Packets of the WebSocket door: bytes both ways, and PacketError and nothing else for bytes that are none."""

from __future__ import annotations

import struct
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brokerport_opend.wire.packet import (
    Failure,
    PacketError,
    ReplyPacket,
    RequestPacket,
    decode_reply,
    decode_request,
    encode_reply,
    encode_request,
)

ARK_OF_TESLA = RequestPacket(3424, 3, bytes.fromhex("0a0a0a08080b120454534c41"))
ARK_OF_TESLA_BYTES = bytes.fromhex(
    "66742d76312e3000"  # ft-v1.0
    "00000d60"  # 3424
    "0000000000000003"  # section
    "0a0a0a08080b120454534c41"
)
HELLO = ReplyPacket(1004, 2**63, b"hello")
HELLO_BYTES = bytes.fromhex(
    "66742d76312e3000"  # ft-v1.0
    "000003ec"  # 1004
    "8000000000000000"  # section
    "00000000"  # no error
    "0000000000000000000000000000000000000000"  # and no text
    "68656c6c6f"
)
FAILED = ReplyPacket(1, 2, b"", Failure.DISCONNECTED, "OpenD left")
FAILED_BYTES = bytes.fromhex(
    "66742d76312e3000000000010000000000000002000000034f70656e44206c65667400000000000000000000"  # OpenD left
)

NUMBERS = st.integers(0, 2**32 - 1), st.integers(0, 2**64 - 1), st.binary(max_size=300)
TEXTS = st.text(st.characters(min_codepoint=1, max_codepoint=127), max_size=20)


def test_a_request_is_these_bytes() -> None:
    assert encode_request(ARK_OF_TESLA) == ARK_OF_TESLA_BYTES
    assert decode_request(ARK_OF_TESLA_BYTES) == ARK_OF_TESLA


@pytest.mark.parametrize(("packet", "data"), [(HELLO, HELLO_BYTES), (FAILED, FAILED_BYTES)], ids=["reply", "error"])
def test_a_reply_is_these_bytes(packet: ReplyPacket, data: bytes) -> None:
    assert encode_reply(packet) == data
    assert decode_reply(data) == packet


@given(*NUMBERS)
def test_every_request_reads_as_what_was_written(command: int, section: int, body: bytes) -> None:
    packet = RequestPacket(command, section, body)
    assert encode_request(packet) == struct.pack(">8sIQ", b"ft-v1.0", command, section) + body
    assert decode_request(encode_request(packet)) == packet


@given(*NUMBERS, st.integers(-(2**31), 2**31 - 1), TEXTS)
def test_every_reply_reads_as_what_was_written(command: int, section: int, body: bytes, error: int, text: str) -> None:
    packet = ReplyPacket(command, section, body, error, text)
    assert len(encode_reply(packet)) == 44 + len(body)
    assert decode_reply(encode_reply(packet)) == packet


@pytest.mark.parametrize(("text", "read"), [("x" * 21, "x" * 20), ("错误", "??")])
def test_a_text_that_does_not_fit_is_made_to(text: str, read: str) -> None:
    assert decode_reply(encode_reply(ReplyPacket(1, 2, b"", 1, text))).text == read


def test_a_gateways_text_may_be_any_bytes() -> None:
    assert decode_reply(HELLO_BYTES[:24] + b"\xff" * 20).text == "\N{REPLACEMENT CHARACTER}" * 20


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", r"begins with b'ft-v1\.0\\x00', this one with b''"),
        (b"ft-v1.0", "this one with"),
        (b"ft-v2.0\0" + ARK_OF_TESLA_BYTES[8:], "this one with b'ft-v2"),
        (b"FT\x60\x0d" + bytes(40), r"this one with b'FT`\\r"),
        (ARK_OF_TESLA_BYTES[:19], "a packet of 19 bytes came; its header alone has 20"),
    ],
)
def test_what_is_no_request_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(PacketError, match=words):
        decode_request(data)


def test_a_reply_takes_the_whole_header() -> None:
    assert decode_reply(HELLO_BYTES[:44]).body == b""
    with pytest.raises(PacketError, match="a packet of 43 bytes came; its header alone has 44"):
        decode_reply(HELLO_BYTES[:43])


@pytest.mark.parametrize("packet", [RequestPacket(1, 2, b"secret"), ReplyPacket(1, 2, b"secret")], ids=["request", "reply"])
def test_a_packet_shows_no_body(packet: RequestPacket | ReplyPacket) -> None:
    assert "<6 bytes>" in repr(packet)
    assert "secret" not in repr(packet)


@given(st.binary(max_size=80), st.sampled_from([b"", b"ft-v1.0\0"]))
def test_random_bytes_cause_packet_errors_only(data: bytes, beginning: bytes) -> None:
    for decode in (decode_request, decode_reply):
        with suppress(PacketError):
            decode(beginning + data)
