"""What the contract found of one provider: as a value, as text, as JSON."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Any

from attrs import frozen

from brokerport.testing.cases import Case, Level


class Outcome(StrEnum):
    """How a case ended, the worse the later."""

    SKIPPED = "skipped"  #: it does not apply to this provider
    PASSED = "passed"
    NOT_RUN = "not run"  #: it applies; what it needs failed or is not arranged, or it was not asked for
    FAILED = "failed"


@frozen
class Verdict:
    """One case, and how it ended."""

    case: Case
    outcome: Outcome = Outcome.NOT_RUN
    reason: str | None = "not asked for"  #: None where it passed

    @property
    def fine(self) -> bool:
        """Whether it holds, or does not apply."""
        return self.outcome in (Outcome.PASSED, Outcome.SKIPPED)


@frozen
class Card:
    """What one class of tests found of its provider."""

    suite: str  #: the class, by pytest's name for it
    broker: str | None  #: who answered; None when nobody did
    plugin: str | None  #: the distribution that is installed under that name
    version: str | None  #: its version
    verdicts: tuple[Verdict, ...]  #: one a case, by number

    @property
    def level(self) -> Level | None:
        """The highest whose cases, and those of all before it, are fine; None when the first is not reached."""
        reached = None
        for level in Level:
            if not all(verdict.fine for verdict in self.verdicts if verdict.case.level is level):
                break
            reached = level
        return reached


def as_json(card: Card) -> dict[str, Any]:
    """As the report writes it."""
    cases = [
        {
            "number": verdict.case.number,
            "title": verdict.case.title,
            "level": verdict.case.level.value,
            "outcome": verdict.outcome.value,
            "reason": verdict.reason,
        }
        for verdict in card.verdicts
    ]
    named = {"suite": card.suite, "broker": card.broker, "plugin": card.plugin, "version": card.version}
    return {**named, "level": card.level, "cases": cases}


def as_text(card: Card) -> Iterator[str]:
    """Line by line: who, the counts, and each reason with the numbers of its cases."""
    release = f", {card.plugin} {card.version}" if card.plugin else ""
    yield f"{card.suite} ({card.broker or 'no answer'}{release}): {card.level or 'no level'}"
    counts = ((outcome, sum(verdict.outcome is outcome for verdict in card.verdicts)) for outcome in _SHOWN)
    yield "  " + ", ".join(f"{outcome} {count}" for outcome, count in counts)
    for outcome in _SHOWN[1:]:
        yield from _reasons([verdict for verdict in card.verdicts if verdict.outcome is outcome])


_SHOWN = (Outcome.PASSED, Outcome.SKIPPED, Outcome.NOT_RUN, Outcome.FAILED)


def _reasons(verdicts: Sequence[Verdict]) -> Iterator[str]:
    numbers = defaultdict[str | None, list[str]](list)
    for verdict in verdicts:
        title = f" {verdict.case.title}" if verdict.outcome is Outcome.FAILED else ""
        numbers[verdict.reason].append(f"{verdict.case.number:02}{title}")
    for reason, cases in numbers.items():
        yield f"  {verdicts[0].outcome} {', '.join(cases)}: {reason}"
