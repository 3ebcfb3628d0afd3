"""Frames: bytes both ways, in chunks of any size; FrameError and nothing else for bytes that are none."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brokerport_opend.wire.cipher import PLAIN, Cipher
from brokerport_opend.wire.frame import MAX_BODY, Decoder, Frame, FrameError, encode
from protos import golden
from protos.gateway import forged

HELLO = Frame(1004, 7, b"hello")
HELLO_BYTES = bytes.fromhex(
    "4654"  # FT
    "ec030000"  # 1004
    "00"  # protobuf
    "00"  # version
    "07000000"  # serial
    "05000000"  # length
    "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d"  # SHA-1 of hello
    "0000000000000000"
    "68656c6c6f"
)
EMPTY = Frame(3424, 2**32 - 1, b"")


class Mirror:
    """A cipher for tests: backwards, and twice as long."""

    def encrypt(self, body: bytes) -> bytes:
        return body[::-1] * 2

    def decrypt(self, data: bytes) -> bytes:
        if len(data) % 2:
            raise FrameError("half a mirror")
        return data[: len(data) // 2][::-1]


def frames(*chunks: bytes, cipher: Cipher = PLAIN) -> list[Frame]:
    decoder = Decoder(cipher)
    return [frame for chunk in chunks for frame in decoder.feed(chunk)]


def golden_frame(name: str) -> Frame:
    return Frame(golden.INDEX[name]["proto_id"], golden.INDEX[name]["serial"], golden.body(name))


STREAM = b"".join(map(golden.frame, golden.PLAIN))
STREAM_FRAMES = [golden_frame(name) for name in golden.PLAIN]


def test_a_frame_is_these_bytes() -> None:
    assert encode(HELLO) == HELLO_BYTES
    assert frames(HELLO_BYTES) == [HELLO]


@pytest.mark.parametrize("name", golden.INDEX)
def test_golden_frames_read_and_write_the_same_bytes(name: str) -> None:
    cipher = golden.CIPHERS.get(name, PLAIN)
    assert frames(golden.frame(name), cipher=cipher) == [golden_frame(name)]
    assert encode(golden_frame(name), cipher) == golden.frame(name)


@pytest.mark.parametrize("name", golden.CIPHERS)
def test_an_encrypted_frame_is_never_taken_for_a_plain_one(name: str) -> None:
    with pytest.raises(FrameError, match="SHA-1"):
        frames(golden.frame(name))


@pytest.mark.parametrize("name", golden.PLAIN)
def test_a_golden_frame_may_be_cut_anywhere(name: str) -> None:
    data = golden.frame(name)
    for cut in range(len(data) + 1):
        decoder = Decoder()
        whole = cut == len(data)
        assert list(decoder.feed(data[:cut])) == ([golden_frame(name)] if whole else [])
        assert list(decoder.feed(data[cut:])) == ([] if whole else [golden_frame(name)])


def test_a_stream_may_come_in_one_chunk_or_byte_by_byte() -> None:
    assert frames(STREAM) == STREAM_FRAMES
    assert frames(*(bytes([byte]) for byte in STREAM)) == STREAM_FRAMES


@given(st.lists(st.integers(0, len(STREAM)), max_size=40).map(sorted))
def test_a_stream_may_come_in_chunks_of_any_size(cuts: list[int]) -> None:
    assert frames(*(STREAM[start:end] for start, end in zip([0, *cuts], [*cuts, None], strict=True))) == STREAM_FRAMES


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1), st.binary(max_size=300))
def test_every_frame_reads_as_what_was_written(proto_id: int, serial: int, body: bytes) -> None:
    frame = Frame(proto_id, serial, body)
    assert encode(frame) == forged(frame)
    assert frames(encode(frame)) == [frame]


def test_a_body_of_no_bytes_is_whole_with_its_header() -> None:
    assert frames(encode(EMPTY)) == [EMPTY]
    assert len(encode(EMPTY)) == 44


def test_reserved_bytes_may_be_anything() -> None:
    assert frames(HELLO_BYTES[:36] + b"whatever" + HELLO_BYTES[44:]) == [HELLO]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (forged(HELLO, magic=b"XX"), "begins with b'FT', this one with b'XX'"),
        (forged(HELLO, magic=b"TF"), "does not speak OpenD's protocol"),
        (forged(HELLO, version=1), "protocol 1004 came in version 1 of the frame; known is version 0"),
        (forged(HELLO, body_format=1), "protocol 1004 came in body format 1; asked for was 0, protobuf"),
        (forged(HELLO, digest=bytes(20)), "the body of protocol 1004, serial 7, does not match its SHA-1"),
        (forged(HELLO, length=4), "SHA-1"),
        (forged(HELLO, length=0), "SHA-1"),
        (forged(HELLO, length=2**32 - 1), r"protocol 1004 announces a body of 4,294,967,295 bytes; the limit is 16,777,216"),
    ],
)
def test_a_frame_that_breaks_the_protocol_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(FrameError, match=words):
        frames(data)


@pytest.mark.parametrize("greeting", [b"X", b"FX", b"SSH-2.0-OpenSSH_9.6\r\n", b"-ERR\r\n", b"\0"])
def test_another_protocols_greeting_is_judged_by_its_first_bytes(greeting: bytes) -> None:
    with pytest.raises(FrameError, match="does not speak OpenD's protocol"):
        frames(greeting)
    with pytest.raises(FrameError, match="does not speak OpenD's protocol"):
        frames(HELLO_BYTES, *(bytes([byte]) for byte in greeting))


@pytest.mark.parametrize("lie", [{"version": 9}, {"body_format": 2}, {"length": MAX_BODY + 1}])
def test_a_header_is_judged_before_a_byte_of_the_body_came(lie: dict[str, Any]) -> None:
    header = forged(HELLO, **lie)[:44]
    assert frames(header[:43]) == []
    with pytest.raises(FrameError):
        frames(header)


def test_a_body_as_large_as_the_limit_is_read_and_one_byte_more_is_not() -> None:
    decoder = Decoder(max_body=5)
    assert list(decoder.feed(HELLO_BYTES)) == [HELLO]
    with pytest.raises(FrameError, match="6 bytes; the limit is 5"):
        list(decoder.feed(encode(Frame(1004, 8, b"hello!"))))


def test_a_length_that_is_too_long_swallows_the_next_frame_and_is_found_out() -> None:
    with pytest.raises(FrameError, match="SHA-1"):
        frames(forged(HELLO, length=10), HELLO_BYTES)


def test_frames_before_a_bad_one_are_given_out() -> None:
    decoder = Decoder()
    stream = decoder.feed(HELLO_BYTES + encode(EMPTY) + b"X" * 44)
    assert [next(stream), next(stream)] == [HELLO, EMPTY]
    with pytest.raises(FrameError):
        next(stream)


def test_a_bad_frame_stays_bad() -> None:
    decoder = Decoder()
    for _ in range(2):
        with pytest.raises(FrameError):
            list(decoder.feed(b"X" * 44))


def test_a_consumer_may_stop_at_any_frame_and_go_on_later() -> None:
    decoder = Decoder()
    three = [HELLO, EMPTY, Frame(1, 2, b"third")]
    seen = []
    for frame in decoder.feed(b"".join(map(encode, three))):
        seen.append(frame)
        break
    while len(seen) < len(three):
        seen.append(next(iter(decoder.feed(b""))))
    assert seen == three
    assert list(decoder.feed(b"")) == []


def test_a_consumer_that_fails_at_a_frame_does_not_get_it_twice() -> None:
    decoder = Decoder()
    stream = decoder.feed(encode(HELLO) + encode(EMPTY))
    next(stream)
    with pytest.raises(ZeroDivisionError):
        stream.throw(ZeroDivisionError)  # type: ignore[attr-defined]  # it is a generator
    assert list(decoder.feed(b"")) == [EMPTY]


def test_nothing_is_kept_of_a_frame_that_was_read() -> None:
    decoder = Decoder()
    list(decoder.feed(STREAM + STREAM[:10]))
    assert decoder._buffer == STREAM[:10]


@given(st.lists(st.binary(max_size=200), max_size=8))
def test_random_bytes_cause_frame_errors_only(chunks: list[bytes]) -> None:
    decoder = Decoder()
    with suppress(FrameError):
        for chunk in chunks:
            list(decoder.feed(chunk))


@given(st.binary(min_size=42, max_size=120))
def test_random_headers_cause_frame_errors_only(rest: bytes) -> None:
    with suppress(FrameError):
        frames(b"FT" + rest)


@given(st.integers(0, len(STREAM) - 1), st.binary(min_size=1, max_size=60))
def test_spoilt_frames_cause_frame_errors_only_and_never_a_false_body(where: int, spoilt: bytes) -> None:
    data = STREAM[:where] + spoilt + STREAM[where + len(spoilt) :]
    decoder = Decoder()
    with suppress(FrameError):
        for frame in decoder.feed(data):
            assert frame.body in {each.body for each in STREAM_FRAMES}


@given(st.binary(max_size=200))
def test_a_cipher_is_between_the_body_and_the_wire_and_the_hash_is_of_the_body(body: bytes) -> None:
    data = encode(Frame(1, 2, body), Mirror())
    assert data[16:36] == forged(Frame(1, 2, body))[16:36]
    assert data[12:16] == (2 * len(body)).to_bytes(4, "little")
    assert list(Decoder(Mirror()).feed(data)) == [Frame(1, 2, body)]


def test_what_the_cipher_cannot_read_is_a_frame_error() -> None:
    with pytest.raises(FrameError, match="half a mirror"):
        list(Decoder(Mirror()).feed(HELLO_BYTES))
