"""What was found of each thing that has to hold before a question can be answered."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from itertools import zip_longest

from attrs import field, frozen

from brokerport.errors import BrokerportError
from brokerport.questions import Subject
from brokerport.terminal import shortened, visible, width, wrapped

_OUTCOME = 7  # columns of it
_INDENT = 2 + _OUTCOME + 2  # columns before the name of a check
_NARROW = 45  # columns; with fewer, a name has nothing beside it
_LONGEST = 2000  # characters of it


class Outcome(StrEnum):
    """How a check ended."""

    OK = "ok"
    FAILED = "failed"
    SKIPPED = "skipped"  #: not tried: one before it failed
    UNKNOWN = "unknown"  #: it cannot be told, and what comes after it was tried


@frozen
class Check:
    """One thing that has to hold, and whether it does."""

    name: str
    outcome: Outcome
    detail: str  #: what was found
    fix: str | None = None  #: what to do; None unless it failed
    error: BrokerportError | None = field(default=None, repr=False, eq=False)  #: what it failed with


@frozen
class Explanation:
    """Whether a broker answers a question about a symbol, and if not, why not and what to do."""

    broker: str
    question: str  #: empty for a plugin of no broker, which nobody can ask
    symbol: Subject  #: what was asked about; a market of some questions, and of others nothing
    checks: tuple[Check, ...]  #: in the order they were tried

    @property
    def ok(self) -> bool:
        """Whether no check failed."""
        return self.first_failure is None

    @property
    def first_failure(self) -> Check | None:
        """The check that ended the chain."""
        return next((check for check in self.checks if check.outcome is Outcome.FAILED), None)

    @property
    def error(self) -> BrokerportError | None:
        """What that check failed with; the question itself would raise the same or its like."""
        return self.first_failure.error if self.first_failure else None

    def shown(self, columns: int = 80) -> str:
        """The whole chain as text for a terminal that is so wide."""
        title = wrapped(visible(self._title()), columns)
        names = max(width(visible(check.name)) for check in self.checks)
        beside = columns >= _NARROW
        rows = (_beside(check, min(names, columns // 3), columns) if beside else _below(check, columns) for check in self.checks)
        return "\n".join([*title, *(line for lines in rows for line in lines)])

    def _title(self) -> str:
        if not self.question:
            return f"a plugin of no broker: {self.broker!r}"
        return f"{self.broker}: {self.question}{'' if self.symbol is None else f' of {self.symbol}'}"

    def __str__(self) -> str:
        return self.shown()


def _beside(check: Check, names: int, columns: int) -> Iterator[str]:
    """How it ended, its name, and beside that what was found and what to do."""
    told = _told(check, columns - names - _INDENT - 2)
    for outcome, name, line in zip_longest([check.outcome.value], wrapped(visible(check.name), names), told, fillvalue=""):
        yield f"  {outcome:<{_OUTCOME}}  {name}{' ' * (names - width(name))}  {line}".rstrip()


def _below(check: Check, columns: int) -> Iterator[str]:
    """The same where there is no room beside the name."""
    for outcome, name in zip_longest([check.outcome.value], wrapped(visible(check.name), max(columns - _INDENT, 1)), fillvalue=""):
        yield f"  {outcome:<{_OUTCOME}}  {name}"
    yield from (f"    {line}" for line in _told(check, max(columns - 4, 1)))


def _told(check: Check, room: int) -> list[str]:
    told = [check.detail] if check.fix is None else [check.detail, f"fix: {check.fix}"]
    return [line for text in told for line in wrapped(shortened(visible(text), _LONGEST), room)]
