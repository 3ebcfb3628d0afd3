"""What somebody gave and cannot be, as an error shows it: on one line, printable and short."""

from __future__ import annotations

from brokerport.terminal import blanked, shortened

LONGEST = 64  # characters of a value
LONGEST_ERROR = 300  # and of an error's words


def value(given: object) -> str:
    """A value of any type and size, as Python writes it."""
    if isinstance(given, int) and given.bit_length() > 64:
        return f"a number of {given.bit_length():,} bits"  # Python itself refuses to write long ones
    try:
        text = repr(given)
    except Exception as error:  # noqa: BLE001  # a list of such numbers, one that is too deep, or a stranger's class
        return f"a {type(given).__name__} that cannot be shown ({type(error).__name__})"
    return shortened(text, LONGEST)


def error(raised: Exception) -> str:
    """An error whose words may repeat what it was raised about."""
    return line(f"{type(raised).__name__}: {raised}")


def line(words: str) -> str:
    """Words that may hold anything, on one line."""
    return blanked(shortened(words, LONGEST_ERROR))


def name(text: str) -> str:
    """A name as it is, where it is short and can be printed; otherwise as ``value`` has it."""
    return text if len(text) <= LONGEST and text.isprintable() else value(text)
