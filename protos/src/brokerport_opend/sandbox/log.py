"""The logger ``brokerport.sandbox``: silent until the application gives it a handler, and never flooded."""

from __future__ import annotations

import logging
from collections.abc import Callable
from time import monotonic

from attrs import define, field

from brokerport.reading import shown

MOST = 10  # warnings of one kind ...
WINDOW = 60.0  # ... in so many seconds


def log() -> logging.Logger:
    """The logger, got when there is something to log.

    Without a handler that takes them and does nothing, Python would print warnings.
    """
    logger = logging.getLogger("brokerport.sandbox")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    return logger


@define
class _Kind:
    """One kind of warning, in the window that it is in."""

    began: float
    told: int = 0
    kept: int = 0  #: that were not told


@define(eq=False)
class Warnings:
    """What a sandbox has to say of its clients: however often they give cause for it, the log stays short.

    Of each kind the first MOST of a WINDOW are told, and of the others how many there were: with the next one, or at the end.
    """

    clock: Callable[[], float] = monotonic
    _kinds: dict[str, _Kind] = field(init=False, factory=dict)

    def tell(self, words: str, about: str, level: int = logging.WARNING) -> None:
        """One more; ``words`` are its kind, and say ``about`` what with a ``%s``."""
        now = self.clock()
        kind = self._kinds.setdefault(words, _Kind(now))
        if now >= kind.began + WINDOW:
            self._sum_up(words)
            kind = self._kinds[words] = _Kind(now)
        if kind.told < MOST:
            kind.told += 1
            log().log(level, words, shown.line(about))
        else:
            kind.kept += 1

    def end(self) -> None:
        """Say of each kind how many were not told."""
        for words in self._kinds:
            self._sum_up(words)
        self._kinds.clear()

    def _sum_up(self, words: str) -> None:
        if kept := self._kinds[words].kept:
            log().warning(words, f"{kept:,} more, for the same reasons or others")
