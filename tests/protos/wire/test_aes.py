"""AES of both kinds: the bytes of the protocol's documentation, bodies of any length, and no error but one for all that is none."""

from __future__ import annotations

from contextlib import suppress

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher as Aes
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC, ECB
from hypothesis import given
from hypothesis import strategies as st

from brokerport_opend.wire.aes import Cbc, TailedEcb, cipher
from brokerport_opend.wire.cipher import Cipher
from brokerport_opend.wire.frame import CipherError, Decoder, Frame, FrameError, encode

KEY, VECTOR = b"0123456789ABCDEF", b"FEDCBA9876543210"
OTHER = b"another key's 16"
BOTH: list[Cipher] = [Cbc(KEY, VECTOR), TailedEcb(KEY)]
ARK_REQUEST = bytes.fromhex("0a0a0a08080b120454534c41")
TEXT = b"0123456789abcdef"

VECTORS = [
    (Cbc(KEY, VECTOR), ARK_REQUEST, "a68f06b09cb72315c2b33d5ef62e998a"),
    (Cbc(KEY, VECTOR), TEXT, "5f3de1db39a716587d31e30077aa62e9 987587f194bb8ad85bd52baf90d02977"),
    (TailedEcb(KEY), ARK_REQUEST, "381a372faee1a2dbd2657a48caa8bc4d 0000000000000000000000000000000c"),
    (TailedEcb(KEY), TEXT, "2ae1068641014724b8d0cbab7d9e054e 00000000000000000000000000000000"),
]
both = pytest.mark.parametrize("aes", BOTH, ids=["CBC", "ECB"])


def encrypted(mode: CBC | ECB, padded: bytes) -> bytes:
    """Whole blocks, by the library alone."""
    context = Aes(AES(KEY), mode).encryptor()
    return context.update(padded) + context.finalize()


@pytest.mark.parametrize(("aes", "body", "data"), VECTORS)
def test_a_body_is_these_bytes(aes: Cipher, body: bytes, data: str) -> None:
    assert aes.encrypt(body) == bytes.fromhex(data)
    assert aes.decrypt(bytes.fromhex(data)) == body


def test_a_frame_carries_the_encrypted_length_and_the_hash_of_the_body() -> None:
    frame = encode(Frame(3424, 8231, ARK_REQUEST), Cbc(KEY, VECTOR))
    assert frame.hex() == "4654600d0000000027200000100000000da4f826cff2e6250b0301cb5394c8a30e14f37e0000000000000000" + VECTORS[0][2]


@both
@given(body=st.binary(max_size=200))
def test_every_body_comes_back(aes: Cipher, body: bytes) -> None:
    data = aes.encrypt(body)
    assert len(data) % 16 == 0
    assert len(data) >= 16
    assert aes.decrypt(data) == body
    assert aes.encrypt(body) == data  # a cipher keeps nothing of what it did before


@both
@given(bodies=st.lists(st.binary(max_size=60), max_size=6))
def test_a_stream_of_frames_comes_back(aes: Cipher, bodies: list[bytes]) -> None:
    frames = [Frame(1004, serial, body) for serial, body in enumerate(bodies)]
    assert list(Decoder(aes).feed(b"".join(encode(frame, aes) for frame in frames))) == frames


@both
@pytest.mark.parametrize("length", [0, 1, 15, 17, 31, 100])
def test_what_is_not_whole_blocks_is_refused(aes: Cipher, length: int) -> None:
    with pytest.raises(CipherError):
        aes.decrypt(b"x" * length)


@pytest.mark.parametrize("end", [b"\0", b"\x11", b"\xff", b"\x01\x02", b"\x02\x03\x03", b"\x07" + b"\x08" * 7, b"\x0f" + b"\x10" * 15])
def test_padding_that_is_none_is_refused(end: bytes) -> None:
    with pytest.raises(CipherError):
        Cbc(KEY, VECTOR).decrypt(encrypted(CBC(VECTOR), bytes([0xAA]) * (32 - len(end)) + end))


def test_a_block_of_nothing_but_padding_is_an_empty_body() -> None:
    assert Cbc(KEY, VECTOR).decrypt(encrypted(CBC(VECTOR), b"\x10" * 16)) == b""


@pytest.mark.parametrize("tail", [16, 17, 127, 255])
def test_a_tail_beyond_15_is_refused(tail: int) -> None:
    with pytest.raises(CipherError):
        TailedEcb(KEY).decrypt(encrypted(ECB(), bytes(16)) + bytes(15) + bytes([tail]))


@pytest.mark.parametrize("tail", [1, 15])
def test_a_tail_that_takes_from_nothing_is_refused(tail: int) -> None:
    with pytest.raises(CipherError):
        TailedEcb(KEY).decrypt(bytes(15) + bytes([tail]))


def test_of_the_tail_only_the_last_byte_counts() -> None:
    assert TailedEcb(KEY).decrypt(encrypted(ECB(), b"body" + b"?" * 12) + b"x" * 15 + b"\x04") == b"body"
    assert TailedEcb(KEY).decrypt(bytes(16)) == b""


@pytest.mark.parametrize("body", [b"x", TEXT, ARK_REQUEST, b"x" * 1000])
@pytest.mark.parametrize(("ours", "theirs"), [(Cbc(KEY, VECTOR), Cbc(OTHER, VECTOR)), (TailedEcb(KEY), TailedEcb(OTHER))])
def test_another_key_is_a_frame_error(ours: Cipher, theirs: Cipher, body: bytes) -> None:
    with pytest.raises(FrameError):
        list(Decoder(ours).feed(encode(Frame(1004, 1, body), theirs)))


@pytest.mark.parametrize(("ours", "theirs"), [BOTH, BOTH[::-1]])
def test_the_other_kind_is_a_frame_error(ours: Cipher, theirs: Cipher) -> None:
    with pytest.raises(FrameError):
        list(Decoder(ours).feed(encode(Frame(1004, 1, ARK_REQUEST), theirs)))


@both
@given(data=st.binary(max_size=120) | st.binary(min_size=64, max_size=64))
def test_random_bytes_cause_frame_errors_only(aes: Cipher, data: bytes) -> None:
    with suppress(CipherError):
        aes.decrypt(data)


@both
@given(body=st.binary(max_size=60), where=st.integers(0, 1000), bits=st.integers(1, 255))
def test_spoilt_bytes_are_never_a_false_body(aes: Cipher, body: bytes, where: int, bits: int) -> None:
    frame = Frame(1004, 1, body)
    data = bytearray(encode(frame, aes))
    data[44 + where % (len(data) - 44)] ^= bits
    with suppress(FrameError):
        assert list(Decoder(aes).feed(bytes(data))) == [frame]  # a tail has 15 bytes that count for nothing


def test_every_ciphertext_that_is_none_is_told_in_the_same_words() -> None:
    told = set()
    for aes, data in [(BOTH[0], b""), (BOTH[0], b"x"), (BOTH[0], encrypted(CBC(VECTOR), bytes(16))), (BOTH[1], b"x" * 16), (BOTH[1], b"")]:
        with pytest.raises(FrameError) as caught:
            aes.decrypt(data)
        told.add(str(caught.value))
    assert told == {"a body came that cannot be decrypted"}


@pytest.mark.parametrize(("vector", "kind"), [(VECTOR, Cbc), (None, TailedEcb)])
def test_a_vector_means_cbc_and_none_means_the_other(vector: bytes | None, kind: type) -> None:
    assert type(cipher(KEY, vector)) is kind


@pytest.mark.parametrize(
    ("key", "vector"), [(KEY[1:], VECTOR), (KEY + b"0", None), (b"", None), (KEY, b""), (KEY, VECTOR[1:]), (KEY * 2, VECTOR * 2)]
)
def test_keys_and_vectors_have_16_bytes(key: bytes, vector: bytes | None) -> None:
    with pytest.raises(ValueError, match="is not 16 bytes long"):
        cipher(key, vector)


@both
def test_a_cipher_does_not_show_its_key(aes: Cipher) -> None:
    assert KEY.decode() not in repr(aes) + str(vars(aes))
