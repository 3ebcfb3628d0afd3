"""Whose turn it is: one thread at a time does what has a name, and nobody waits for a turn that cannot come."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition, get_ident

from attrs import define, field


class NoTurnError(Exception):
    """Whoever has the turn waits for the one that asks, perhaps by way of others."""


@define(eq=False)
class Turns:
    """The turns of one process; threads that take several at a time cannot block each other."""

    _holders: dict[str, int] = field(init=False, factory=dict)  # which thread has the turn of a name
    _waiting: dict[int, str] = field(init=False, factory=dict)  # which name a thread waits for
    _changed: Condition = field(init=False, factory=Condition)

    def taken(self, name: str) -> bool:
        """Whether a thread has the turn of ``name`` at present."""
        return name in self._holders

    @contextmanager
    def of(self, name: str) -> Iterator[None]:
        """Have the turn of ``name`` for as long as the block lasts.

        Raises:
            NoTurnError: The wait would never end.
        """
        me = get_ident()
        with self._changed:
            if self._waits_for(me, name):
                raise NoTurnError(name)
            self._waiting[me] = name
            try:
                self._changed.wait_for(lambda: name not in self._holders)
                self._holders[name] = me
            finally:
                del self._waiting[me]
        try:
            yield
        finally:
            with self._changed:
                del self._holders[name]
                self._changed.notify_all()

    def _waits_for(self, thread: int, name: str | None) -> bool:
        """Whether the holder of ``name`` is ``thread``, or waits for a name whose holder is, and so on."""
        while name is not None and (holder := self._holders.get(name)) is not None:
            if holder == thread:
                return True
            name = self._waiting.get(holder)
        return False
