"""RSA of the handshake: keys of any size, pieces of any length, and frame errors only."""

from __future__ import annotations

import pickle
from contextlib import suppress

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as elliptic
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from brokerport_opend.wire import rsa
from brokerport_opend.wire.frame import CipherError, Decoder, Frame, FrameError, encode
from keys import PKCS1, PKCS8, key, pem, too_small

HELLO = bytes.fromhex("0a1d08ac02120850794e6f726d616c1801200228003206507974686f6e3800")

every_size = pytest.mark.parametrize(
    "bits", [1024, 2048, pytest.param(4096, marks=pytest.mark.timeout(30))]
)  # the first to want a large key waits for its primes


@every_size
def test_bodies_come_back_and_blocks_are_as_long_as_the_key(bits: int) -> None:
    cipher = rsa.load(pem(key(bits)))
    for length in (0, 1, 31, 99, 100, 101, 245, 500):
        data = cipher.encrypt(b"x" * length)
        assert len(data) == -(-length // 100) * bits // 8
        assert cipher.decrypt(data) == b"x" * length


@every_size
@pytest.mark.parametrize("form", [PKCS1, PKCS8])
def test_both_ends_have_the_same_file_of_either_form(bits: int, form: object) -> None:
    ours, theirs = rsa.load(pem(key(bits), form)), rsa.load(pem(key(bits)))  # type: ignore[arg-type]  # one of the two
    assert theirs.decrypt(ours.encrypt(HELLO)) == HELLO
    assert ours.decrypt(theirs.encrypt(HELLO)) == HELLO


@given(body=st.binary(max_size=700))
def test_every_body_comes_back(body: bytes) -> None:
    cipher = rsa.Rsa(key())
    assert cipher.decrypt(cipher.encrypt(body)) == body
    assert list(Decoder(cipher).feed(encode(Frame(1001, 1, body), cipher))) == [Frame(1001, 1, body)]


@given(pieces=st.lists(st.binary(max_size=117), max_size=5))
def test_pieces_of_any_length_are_understood(pieces: list[bytes]) -> None:
    public = key().public_key()
    assert rsa.Rsa(key()).decrypt(b"".join(public.encrypt(piece, PKCS1v15()) for piece in pieces)) == b"".join(pieces)


def test_the_private_half_of_a_piece_is_the_librarys() -> None:
    assert key().decrypt(rsa.Rsa(key()).encrypt(HELLO), PKCS1v15()) == HELLO


def test_the_same_body_is_never_the_same_bytes() -> None:
    cipher = rsa.Rsa(key())
    assert cipher.encrypt(HELLO) != cipher.encrypt(HELLO)


@pytest.mark.parametrize("data", [b"x", b"x" * 127, b"x" * 129, b"\xff" * 128, b"\xff" * 256])
def test_what_is_no_block_of_this_key_is_refused(data: bytes) -> None:
    with pytest.raises(CipherError, match="a body came that cannot be decrypted"):
        rsa.Rsa(key()).decrypt(data)


def test_a_flood_of_blocks_is_refused_unread() -> None:
    cipher = rsa.Rsa(key())
    block = cipher.encrypt(b"x")
    assert cipher.decrypt(block * 64) == b"x" * 64
    with pytest.raises(CipherError):
        cipher.decrypt(block * 65)


def test_another_key_is_a_frame_error_each_time() -> None:
    ours, theirs = rsa.Rsa(key()), rsa.Rsa(key(which=1))
    for _ in range(50):  # mostly, what comes out is random bytes and no error
        with pytest.raises(FrameError):
            list(Decoder(ours).feed(encode(Frame(1001, 1, HELLO), theirs)))


def test_a_key_of_another_size_is_a_frame_error() -> None:
    ours, theirs = rsa.Rsa(key(2048)), rsa.Rsa(key())
    with pytest.raises(FrameError):
        list(Decoder(ours).feed(encode(Frame(1001, 1, HELLO), theirs)))


@given(data=st.binary(max_size=300) | st.binary(min_size=128, max_size=128))
def test_random_bytes_cause_frame_errors_only(data: bytes) -> None:
    with suppress(CipherError):
        rsa.Rsa(key()).decrypt(data)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (lambda: pem(key(), PKCS1, BestAvailableEncryption(b"phrase")), "has a pass phrase"),
        (lambda: pem(key(), PKCS8, BestAvailableEncryption(b"phrase")), "has a pass phrase"),
        (lambda: elliptic(SECP256R1()).private_bytes(Encoding.PEM, PKCS8, NoEncryption()), "is a key of another kind than RSA"),
        (lambda: pem(too_small()), "is an RSA key of 512 bits; it takes 1024 or more"),
        (lambda: key().public_key().public_bytes(Encoding.PEM, PublicFormat.PKCS1), "is no private key in PEM"),
        (lambda: key().private_bytes(Encoding.DER, PKCS1, NoEncryption()), "is no private key in PEM"),
        (lambda: pem(key())[:-80], "is no private key in PEM"),
        (lambda: pem(key()).replace(b"M", b"A"), "is no private key in PEM"),
        (lambda: b"", "is no private key in PEM"),
        (lambda: b"\xff\0", "is no private key in PEM"),
    ],
)
def test_what_is_no_key_of_ours_is_told(content: object, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        rsa.load(content())  # type: ignore[operator]  # made when the test runs


def test_a_key_neither_shows_nor_travels() -> None:
    cipher = rsa.Rsa(key())
    secret = key().private_numbers()
    shown = repr(cipher) + str(vars(cipher))
    assert not any(str(number) in shown or f"{number:x}" in shown for number in (secret.p, secret.q, secret.d))
    with pytest.raises(TypeError):
        pickle.dumps(cipher)
