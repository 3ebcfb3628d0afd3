"""What came of a history and was not handed out yet, each row once; and what an error carries of it."""

from __future__ import annotations

from collections.abc import Hashable
from copy import copy
from operator import attrgetter
from typing import Any, TypeVar

from attrs import define, field

from brokerport.errors import BrokerportError

E = TypeVar("E", bound=BrokerportError)


@define(eq=False)
class Part:
    """The rows that came and were not handed out yet, and the cursor that leads on from them.

    Of two rows that the key does not tell apart, the one that came last stands, in the place of the first: it is the broker's latest word.
    What was handed out cannot be taken back: there the first stands.
    """

    cursor: str | None
    key: tuple[str, ...]  # the names of what tells one row from another
    _rows: dict[Hashable, Any] = field(init=False, factory=dict)
    _given: set[Hashable] = field(init=False, factory=set)

    def __bool__(self) -> bool:
        """Whether there is anything to carry."""
        return bool(self._rows) or self.cursor is not None

    def __len__(self) -> int:
        """How many rows were not handed out."""
        return len(self._rows)

    @property
    def rows(self) -> tuple[Any, ...]:
        """Those that were not handed out."""
        return tuple(self._rows.values())

    def add(self, rows: tuple[object, ...]) -> int:
        """Take up the rows of a page; how many of them did not come before."""
        told = self._by_key(rows)
        if self._given:
            told = {key: row for key, row in told.items() if key not in self._given}
        if not self._rows:
            self._rows = told
            return len(told)
        before = len(self._rows)
        self._rows.update(told)
        return len(self._rows) - before

    def hand_out(self) -> None:
        """The rows were given to the caller."""
        self._given.update(self._rows)
        self._rows = {}

    def carried(self, error: E) -> E:
        """``error`` with what came: a copy, as one error may end many calls.

        An error that has rows of its own, which came last, has the cursor that leads on from those.
        """
        error = copy(error)
        error.cursor = error.cursor if error.rows else self.cursor
        self.add(error.rows)
        error.rows = self.rows
        return error

    def _by_key(self, rows: tuple[object, ...]) -> dict[Hashable, Any]:
        """The rows by what tells them apart; one that lacks a part of it is like no other."""
        try:
            keys: list[Hashable] = [*map(attrgetter(*self.key), rows)] if self.key else [None] * len(rows)
        except AttributeError:  # they have no such fields
            keys = [None] * len(rows)
        told: dict[Hashable, Any] = dict(zip(keys, rows, strict=True))
        if None in told or (len(self.key) > 1 and any(map(self._lacking, told))):
            return dict(zip((object() if self._lacking(key) else key for key in keys), rows, strict=True))
        return told

    def _lacking(self, key: Any) -> bool:
        return key is None or (len(self.key) > 1 and None in key)
