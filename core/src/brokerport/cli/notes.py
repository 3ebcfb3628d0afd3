"""What is said beside the data: on stderr, a line at a time, without what a terminal would obey."""

from __future__ import annotations

import sys

from brokerport.cli import streams
from brokerport.terminal import shortened, visible

LONGEST = 4000  # characters of a line


def say(text: str) -> None:
    """Write a line to stderr, after all data so far."""
    streams.data().flush()
    sys.stderr.write(f"{shortened(visible(text), LONGEST)}\n")
    sys.stderr.flush()


def one_line(text: str) -> str:
    """The text with single blanks for its line ends and tabs, as errors of others may have them."""
    return " ".join(text.split())
