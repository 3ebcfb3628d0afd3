"""What stands between a body and its bytes on the wire.

A connection starts with one cipher and may change to another at the handshake; frames are hashed before they are encrypted.
"""

from __future__ import annotations

from typing import Protocol


class Cipher(Protocol):
    """Both directions of one encryption."""

    def encrypt(self, body: bytes) -> bytes:
        """The bytes to send for ``body``."""

    def decrypt(self, data: bytes) -> bytes:
        """The body that ``data`` was made of.

        Raises:
            FrameError: It cannot be made of any body.
        """


class Plain:
    """No encryption: the body is what is sent."""

    def encrypt(self, body: bytes) -> bytes:
        """The body itself."""
        return body

    def decrypt(self, data: bytes) -> bytes:
        """The data itself."""
        return data


PLAIN = Plain()
