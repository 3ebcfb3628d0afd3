"""AES-128, for every frame after the handshake: CBC, or the ECB with a tail that is OpenD's own.

A gateway that tells an initialization vector means CBC, and uses it again for every frame; one that tells none means the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from brokerport_opend.wire.cipher import Cipher
from brokerport_opend.wire.frame import CipherError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers import Cipher as Aes
    from cryptography.hazmat.primitives.ciphers import CipherContext
    from cryptography.hazmat.primitives.ciphers.modes import CBC, ECB

BLOCK = 16  # bytes, of a block as of the key and the vector
ZEROS = bytes(BLOCK)


class Keyed:
    """What holds a key, and stays in its process."""

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"{type(self).__name__} holds a key of one connection and cannot be pickled or copied")


class Cbc(Keyed):
    """CBC with PKCS#7 padding."""

    def __init__(self, key: bytes, vector: bytes) -> None:
        from cryptography.hazmat.primitives.ciphers.modes import CBC

        self._aes = _aes(key, CBC(vector))

    def encrypt(self, body: bytes) -> bytes:
        """Pad to whole blocks, by 1 to 16 bytes that tell their number."""
        missing = BLOCK - len(body) % BLOCK
        return _all(self._aes.encryptor(), body + bytes([missing]) * missing)

    def decrypt(self, data: bytes) -> bytes:
        """Take the padding off again."""
        if not data or len(data) % BLOCK:
            raise CipherError
        padded = _all(self._aes.decryptor(), data)
        missing = padded[-1]
        if not 1 <= missing <= BLOCK or not padded.endswith(bytes([missing]) * missing):
            raise CipherError
        return padded[:-missing]


class TailedEcb(Keyed):
    """ECB with zeros for padding, and a block in the clear whose last byte is the body's length modulo 16."""

    def __init__(self, key: bytes) -> None:
        from cryptography.hazmat.primitives.ciphers.modes import ECB

        self._aes = _aes(key, ECB())  # noqa: S305  # OpenD has the choice

    def encrypt(self, body: bytes) -> bytes:
        """Pad to whole blocks, by none if they are whole, and append the tail."""
        rest = len(body) % BLOCK
        return _all(self._aes.encryptor(), body + ZEROS[rest or BLOCK :]) + ZEROS[1:] + bytes([rest])

    def decrypt(self, data: bytes) -> bytes:
        """Take tail and padding off again; of the tail, only its last byte counts."""
        if not data or len(data) % BLOCK:
            raise CipherError
        encrypted, rest = data[:-BLOCK], data[-1]
        if rest >= BLOCK or (rest and not encrypted):
            raise CipherError
        padded = _all(self._aes.decryptor(), encrypted)
        return padded[: rest - BLOCK] if rest else padded


def cipher(key: bytes, vector: bytes | None) -> Cipher:
    """What a gateway means that tells this key, and this vector or none.

    Raises:
        ValueError: One of them is not 16 bytes long.
    """
    if not len(key) == len(ZEROS if vector is None else vector) == BLOCK:
        raise ValueError(f"an AES key or initialization vector is not {BLOCK} bytes long")
    return TailedEcb(key) if vector is None else Cbc(key, vector)


def _aes(key: bytes, mode: CBC | ECB) -> Aes[CBC | ECB]:
    from cryptography.hazmat.primitives.ciphers import Cipher as Aes
    from cryptography.hazmat.primitives.ciphers.algorithms import AES

    return Aes(AES(key), mode)


def _all(context: CipherContext, data: bytes) -> bytes:
    return context.update(data) + context.finalize()
