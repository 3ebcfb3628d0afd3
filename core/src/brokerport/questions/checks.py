"""What has to hold before a question can be answered: steps, tried one after another, and what each of them found."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from enum import StrEnum

from attrs import field, frozen

from brokerport.errors import BrokerportError
from brokerport.models import Symbol


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
class Step:
    """One thing to try. A provider's are tried in their order, under one deadline, before its question is asked."""

    name: str  #: what should hold: ``"gateway reachable"``
    find: Callable[[], Awaitable[str | None]]  #: returns what was found, or None when it cannot be told; raises our errors
    fix: str  #: what to do then, where the error's own text does not end in that, after a semicolon
    fixes: Mapping[type[BrokerportError], str] = field(factory=dict, hash=False)  #: the same for errors of a kind, where that tells more

    def advice(self, error: BrokerportError) -> str:
        """What to do about an error that says it not: by its own class, else its nearest ancestor, else the step's ``fix``."""
        return next((self.fixes[kind] for kind in type(error).__mro__ if kind in self.fixes), self.fix)


@frozen
class Explanation:
    """Whether a broker answers a question about a symbol, and if not, why not and what to do."""

    broker: str
    question: str
    symbol: Symbol
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
        return "\n".join([f"{self.broker}: {self.question} of {self.symbol}", *(_line(check, width) for check in self.checks)])


def _line(check: Check, width: int) -> str:
    line = f"  {check.outcome:<7}  {check.name:<{width}}  {check.detail}"
    return line if check.fix is None else f"{line}\n  {'':<7}  {'':<{width}}  fix: {check.fix}"
