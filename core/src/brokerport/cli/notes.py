"""What is said beside the data: on stderr, a line at a time."""

from __future__ import annotations

import sys

from brokerport.cli import streams


def say(text: str) -> None:
    """Write a line to stderr, after all data so far."""
    streams.data().flush()
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def one_line(text: str) -> str:
    """The text without line breaks, and without what a terminal would obey instead of show."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
