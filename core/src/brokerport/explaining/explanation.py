"""What was found of each thing that has to hold before a question can be answered."""

from __future__ import annotations

from enum import StrEnum

from attrs import field, frozen

from brokerport.errors import BrokerportError
from brokerport.questions import Subject


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
    question: str
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

    def __str__(self) -> str:
        width = max(len(check.name) for check in self.checks)
        asked = self.question if self.symbol is None else f"{self.question} of {self.symbol}"
        return "\n".join([f"{self.broker}: {asked}", *(_line(check, width) for check in self.checks)])


def _line(check: Check, width: int) -> str:
    line = f"  {check.outcome:<7}  {check.name:<{width}}  {check.detail}"
    return line if check.fix is None else f"{line}\n  {'':<7}  {'':<{width}}  fix: {check.fix}"
