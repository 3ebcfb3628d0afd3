"""The frames of tests/golden, made with the official SDK's own messages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from brokerport_opend.wire.aes import Cbc, TailedEcb
from brokerport_opend.wire.cipher import Cipher

FOLDER = Path(__file__).resolve().parents[1] / "golden"
INDEX: dict[str, dict[str, Any]] = {each["file"]: each for each in json.loads((FOLDER / "index.json").read_text("utf-8"))}
KEY = b"0123456789abcdef"
CIPHERS: dict[str, Cipher] = {"keepalive_aes_cbc.bin": Cbc(KEY, b"fedcba9876543210"), "keepalive_ftaes_ecb.bin": TailedEcb(KEY)}
PLAIN = tuple(name for name in INDEX if name not in CIPHERS)
HEADER = 44


def frame(name: str) -> bytes:
    """The whole frame of a file."""
    return (FOLDER / name).read_bytes()


def body(name: str) -> bytes:
    """The body of a file's frame, decrypted: the two that are encrypted are of the same message as a third that is not."""
    return frame("keepalive_request.bin" if name in CIPHERS else name)[HEADER:]
