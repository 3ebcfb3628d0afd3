"""The frames of tests/golden, made with the official SDK's own messages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[1] / "golden"
INDEX: dict[str, dict[str, Any]] = {each["file"]: each for each in json.loads((FOLDER / "index.json").read_text("utf-8"))}
ENCRYPTED = frozenset({"keepalive_aes_cbc.bin", "keepalive_ftaes_ecb.bin"})
PLAIN = tuple(name for name in INDEX if name not in ENCRYPTED)
HEADER = 44


def frame(name: str) -> bytes:
    """The whole frame of a file."""
    return (FOLDER / name).read_bytes()


def body(name: str) -> bytes:
    """The body of a file's frame."""
    return frame(name)[HEADER:]
