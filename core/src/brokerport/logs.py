"""The logger ``brokerport``: silent until the application gives it a handler.

It is fed with words that cannot harm a terminal, and tells no secret.
"""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Callable
from math import inf
from typing import Protocol
from weakref import WeakValueDictionary

from brokerport.terminal import blanked, shortened, visible

LONGEST_TEXT = 300  # characters of a stranger's words that go into a log, an event or an error
LONGEST_ERROR = 4000  # characters of an error's whole text, whoever wrote it
EVERY = 60.0  # seconds between warnings of one kind that a stranger causes
SHORTEST_SECRET = 4  # characters; less is found in words that are no secret, and the gap there would tell it

_NAME = "brokerport"


class Hidden(Protocol):
    """What has a text that nobody shall read."""

    def reveal(self) -> str:
        """The text."""


_hidden: WeakValueDictionary[int, Hidden] = WeakValueDictionary()


def hide(secret: Hidden) -> None:
    """Leave its text out of logs, events and errors, as long as ``secret`` lives."""
    _hidden[id(secret)] = secret


def scrubbed(words: str) -> str:
    """The same words, with ``***`` for every text that is hidden, also as it stands in an address."""
    if not _hidden:
        return words
    from urllib.parse import quote

    texts = {each.reveal() for ref in _hidden.valuerefs() if (each := ref()) is not None}
    spelt = {form for text in texts if len(text) >= SHORTEST_SECRET for form in (text, quote(text, safe="", errors="surrogatepass"))}
    for text in sorted(spelt, key=len, reverse=True):  # one may be a part of another
        words = words.replace(text, "***")
    return words


def log(part: str = "") -> logging.Logger:
    """The logger ``brokerport``, or ``brokerport.PART``.

    Got when there is something to log, not at import: without a handler that takes them and does nothing, Python would print warnings.
    """
    top = logging.getLogger(_NAME)
    if not top.handlers:
        top.addHandler(logging.NullHandler())
    logger = top.getChild(part) if part else top
    logger.addFilter(_fit)  # a second time does nothing
    return logger


class Seldom:
    """What a stranger can make us log as often as he likes: so many are logged a minute; the others are counted, in the next that is."""

    def __init__(self, at_once: int = 1, clock: Callable[[], float] = time.monotonic) -> None:
        self._at_once = at_once
        self._clock = clock
        self._until = -inf
        self._logged = 0
        self._left_out = 0

    def warn(self, text: str, *args: object) -> None:
        """Log a warning, or count it."""
        self.log(logging.WARNING, text, *args)

    def log(self, level: int, text: str, *args: object, exc_info: bool = False) -> None:
        """Log it, or count it."""
        if (now := self._clock()) >= self._until:
            self._until, self._logged = now + EVERY, 0
        if self._logged >= self._at_once:
            self._left_out += 1
            return
        self._logged += 1
        counted, self._left_out = self._left_out, 0
        log().log(level, f"{text}{f' (and {counted} times before)' if counted else ''}", *args, exc_info=exc_info)

    def total(self, what: str) -> None:
        """Tell how often ``what`` happened and was not logged; nothing where it was."""
        if self._left_out:
            log().warning("%s %d times more", what, self._left_out)
            self._left_out = 0


def clean(words: str, longest: int = LONGEST_TEXT) -> str:
    """A stranger's words, fit for a log and a terminal: printable, one line, not too long, without secrets."""
    return blanked(shortened(scrubbed(words), longest))  # shortened before they are looked at: they may be a million


def quoted(value: object) -> str:
    """A stranger's value as an error shows it."""
    return clean(repr(value))


def said(error: BaseException) -> str:
    """A stranger's error as text: its type and its words, if it can say any."""
    try:
        return clean(f"{type(error).__name__}: {error}")
    except KeyboardInterrupt:
        raise
    except BaseException:  # noqa: BLE001  # of the stranger's __str__
        return f"{type(error).__name__}, which cannot be printed"


class ScrubbedError(Exception):
    """Stands for a stranger's error whose traceback would tell a secret; its text is that traceback without it."""


def harmless(error: BaseException) -> BaseException:
    """What an error of ours may name as its cause: ``error``, or what stands for it."""
    if not _hidden:
        return error
    told = "".join(traceback.format_exception(error))
    return error if (clear := scrubbed(told)) == told else ScrubbedError(clear)


def _fit(record: logging.LogRecord) -> bool:
    """A filter that lets every record pass, without secrets and without what a terminal would obey, and in lines that are not too long."""
    told = record.getMessage()
    if (clear := _line(scrubbed(told))) != told or _hidden:  # a secret may be in the arguments
        record.msg, record.args = clear, None
    if record.exc_info:
        told = "".join(traceback.format_exception(*record.exc_info))
        if (clear := "\n".join(map(_line, scrubbed(told).split("\n")))) != told:
            record.exc_info, record.exc_text = None, clear.rstrip()
    return True


def _line(text: str) -> str:
    return shortened(visible(shortened(text, LONGEST_ERROR)), LONGEST_ERROR)
