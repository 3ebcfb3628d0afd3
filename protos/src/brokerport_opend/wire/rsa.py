"""RSA, for the handshake: both ends have one private key, encrypt with its public half and decrypt with the private one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from brokerport_opend.wire.frame import CipherError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

SMALLEST = 1024  # bits
PIECE = 100  # bytes of the body in a block, as the official SDK has it; 117 would fit into the smallest
MOST_BLOCKS = 64  # a handshake has one or two, and each costs up to milliseconds: more is an attack on time


class Rsa:
    """PKCS#1 v1.5, block by block; a block is as long as the key."""

    def __init__(self, key: RSAPrivateKey) -> None:
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

        self._private = key
        self._public = key.public_key()
        self._padding = PKCS1v15()
        self._block = (key.key_size + 7) // 8

    def encrypt(self, body: bytes) -> bytes:
        """A block for each piece of the body; other bytes each time."""
        return b"".join(self._public.encrypt(piece, self._padding) for piece in _cut(body, PIECE))

    def decrypt(self, data: bytes) -> bytes:
        """The pieces of all blocks, however long each is.

        With another key this may raise or give random bytes, as OpenSSL hides the difference; the frame's SHA-1 tells.
        """
        if len(data) % self._block or len(data) > self._block * MOST_BLOCKS:
            raise CipherError
        try:
            return b"".join(self._private.decrypt(block, self._padding) for block in _cut(data, self._block))
        except ValueError:
            raise CipherError from None


def load(pem: bytes) -> Rsa:
    """The key of a PEM file, PKCS#1 or PKCS#8.

    Raises:
        ValueError: It is no such key; the text goes on from the name of the file.
        ImportError: The package cryptography is missing.
    """
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(pem, password=None)
    except TypeError:
        raise ValueError("has a pass phrase; OpenD's keys have none") from None
    except ValueError:
        raise ValueError("is no private key in PEM, PKCS#1 or PKCS#8") from None
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("is a key of another kind than RSA")  # noqa: TRY004  # the file is wrong, not the program
    if key.key_size < SMALLEST:
        raise ValueError(f"is an RSA key of {key.key_size} bits; it takes {SMALLEST} or more")
    return Rsa(key)


def _cut(data: bytes, length: int) -> Iterator[bytes]:
    return (data[start : start + length] for start in range(0, len(data), length))
