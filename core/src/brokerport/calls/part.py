"""What came of a history before an error ended it."""

from __future__ import annotations

from copy import copy
from typing import TypeVar

from attrs import define, field

from brokerport.errors import BrokerportError

E = TypeVar("E", bound=BrokerportError)


@define(eq=False)
class Part:
    """The rows that came and were not handed out yet, and the cursor that leads on from them."""

    cursor: str | None
    rows: list[object] = field(init=False, factory=list)

    def __bool__(self) -> bool:
        """Whether there is anything to carry."""
        return bool(self.rows) or self.cursor is not None

    def carried(self, error: E) -> E:
        """``error`` with what came: a copy, as one error may end many calls.

        An error that has rows of its own, which came last, has the cursor that leads on from those.
        """
        error = copy(error)
        error.cursor = error.cursor if error.rows else self.cursor
        error.rows = (*self.rows, *error.rows)
        return error
