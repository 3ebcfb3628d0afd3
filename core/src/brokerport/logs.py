"""The logger ``brokerport``: silent until the application gives it a handler, and fed with words that cannot harm a terminal."""

from __future__ import annotations

import logging

LONGEST_TEXT = 300  # characters of a stranger's words that go into a log, an event or an error

_NAME = "brokerport"


def log(part: str = "") -> logging.Logger:
    """The logger ``brokerport``, or ``brokerport.PART``.

    Got when there is something to log, not at import: without a handler that takes them and does nothing, Python would print warnings.
    """
    top = logging.getLogger(_NAME)
    if not top.handlers:
        top.addHandler(logging.NullHandler())
    return top.getChild(part) if part else top


def clean(words: str) -> str:
    """A stranger's words, fit for a log and a terminal: printable, one line, not too long."""
    printable = "".join(letter if letter.isprintable() else " " for letter in words)
    return printable if len(printable) <= LONGEST_TEXT else printable[:LONGEST_TEXT] + "…"


def said(error: BaseException) -> str:
    """A stranger's error as text: its type and its words, if it can say any."""
    try:
        return f"{type(error).__name__}: {error}"
    except Exception:  # noqa: BLE001  # of the stranger's __str__
        return f"{type(error).__name__}, which cannot be printed"
