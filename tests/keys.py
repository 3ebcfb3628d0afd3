"""RSA keys, made when the tests run: none is kept anywhere."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from random import Random

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPrivateNumbers, RSAPublicNumbers, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, KeySerializationEncryption, NoEncryption, PrivateFormat

PKCS1 = PrivateFormat.TraditionalOpenSSL
PKCS8 = PrivateFormat.PKCS8
PUBLIC_EXPONENT = 65537


@cache
def key(bits: int = 1024, which: int = 0) -> RSAPrivateKey:
    """A key of this run; another ``which`` is another key."""
    return generate_private_key(PUBLIC_EXPONENT, bits)


@cache
def too_small() -> RSAPrivateKey:
    """A key of 512 bits, which the library reads and does not make."""
    random = Random(512)
    p, q = (_prime(random) for _ in range(2))
    d = pow(PUBLIC_EXPONENT, -1, (p - 1) * (q - 1))
    public = RSAPublicNumbers(PUBLIC_EXPONENT, p * q)
    return RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), public).private_key()


def pem(private: RSAPrivateKey, form: PrivateFormat = PKCS1, lock: KeySerializationEncryption | None = None) -> bytes:
    """The key as a file holds it."""
    return private.private_bytes(Encoding.PEM, form, lock or NoEncryption())


def write(folder: Path, content: bytes | None = None, *, name: str = "key.pem", mode: int = 0o600) -> Path:
    """A file in the folder, with the key of this run unless told otherwise."""
    file = folder / name
    file.touch(mode=0o600)
    file.write_bytes(pem(key()) if content is None else content)
    file.chmod(mode)
    return file


def _prime(random: Random) -> int:
    while True:
        candidate = random.getrandbits(256) | 1 << 255 | 1 << 254 | 1
        if candidate % PUBLIC_EXPONENT != 1 and all(pow(base, candidate - 1, candidate) == 1 for base in (2, 3, 5, 7)):
            return candidate
