"""What came from a file or a caller and cannot be, shown to people: on one line, printable and short."""

from __future__ import annotations

LONGEST_VALUE = 64  # characters
LONGEST_ERROR = 300


def shown(value: object) -> str:
    """A value; it may be of any size."""
    if isinstance(value, int) and value.bit_length() > 64:
        return f"a number of {value.bit_length()} bits"  # Python itself refuses to write long ones
    return _short(repr(value), LONGEST_VALUE)


def told(error: Exception) -> str:
    """An error whose text may repeat what it was raised about."""
    text = f"{type(error).__name__}: {error}"
    return _short("".join(letter if letter.isprintable() else " " for letter in text), LONGEST_ERROR)


def _short(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[:longest]}…"
