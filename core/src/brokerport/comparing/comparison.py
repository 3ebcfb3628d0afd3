"""What two brokers answered to one question, side by side, and what that says about switching."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from enum import StrEnum
from typing import Any, TypeAlias

import attrs
from attrs import frozen

from brokerport.models import Source
from brokerport.questions import Subject

#: a figure as a broker tells it; an enum member is its value
Figure: TypeAlias = bool | int | float | str | date | datetime | None

_LAG = 1  # row: the newest may not be published everywhere yet


class DifferenceKind(StrEnum):
    """How two figures differ."""

    DIFFERS = "differs"  #: both are told, and are not the same
    UNTOLD = "untold"  #: here only one broker tells it, elsewhere both do
    MOVING = "moving"  #: they differ, and the first broker's own figure changed meanwhile


@frozen(kw_only=True)
class Difference:
    """One figure that the brokers do not tell alike."""

    row: str | None  #: its day, or its side and broker; None for a figure of the whole answer
    field: str  #: as the column is called: ``inflow_large``
    kind: DifferenceKind
    first: Figure
    second: Figure
    relative: float | None  #: how far apart, as a part of the larger: 0.01 is 1 %; None for what is no number


@frozen(kw_only=True)
class Only:
    """What one broker tells and the other does not."""

    fields: tuple[str, ...] = ()  #: the other tells them in none of the rows that both have
    rows: tuple[str, ...] = ()  #: the other leaves them out, though it tells of that time
    newer: tuple[str, ...] = ()  #: days after the other's last
    older: tuple[str, ...] = ()  #: days before the other's history begins

    @property
    def lags(self) -> bool:
        """Whether the other is a row behind, and no more: then it may only be published later there."""
        return len(self.newer) == _LAG


@frozen(kw_only=True)
class Comparison:
    """Two answers to one question; ``safe`` and ``verdict`` are about switching from the first broker to the second."""

    question: str
    symbol: Subject  #: what was asked about; a market of some questions, and of others nothing
    brokers: tuple[str, str]  #: the names they were asked for by
    sources: tuple[Source, Source]
    tolerance: float
    matched: int  #: rows that both have; 1 for an answer without rows
    shared: tuple[str, ...]  #: fields that both tell
    only_first: Only
    only_second: Only
    differences: tuple[Difference, ...]

    @property
    def agrees(self) -> bool:
        """Whether all is the same that both tell. Without anything in common they agree only if neither tells anything."""
        return not any(self._disagreements())

    @property
    def safe(self) -> bool:
        """Whether they agree, and the second tells all that the first does; it may be one row behind."""
        return self.agrees and not any(self._losses())

    @property
    def verdict(self) -> str:
        """One sentence: ``safe``, ``safe for what both tell: ...`` or ``not safe: ...``, and why."""
        kind = "safe" if self.safe else "safe for what both tell" if self.agrees else "not safe"
        why = "; ".join((*self._disagreements(), *self._losses(), *self._remarks()))
        return f"{kind}: {why}" if why else kind

    def to_dicts(self) -> list[dict[str, Any]]:
        """One dict a difference, with Python's own types."""
        return [{**attrs.asdict(each), "kind": each.kind.value} for each in self.differences]

    def _disagreements(self) -> Iterator[str]:
        if self.differences:
            fields = dict.fromkeys(each.field for each in self.differences)
            yield f"differing figures: {len(self.differences)} ({', '.join(fields)})"
        if moving := sum(each.kind is DifferenceKind.MOVING for each in self.differences):
            yield f"moved meanwhile: {moving} of them, ask again after the close"
        for broker, only in zip(self.brokers, self._alone(), strict=True):
            if only.rows:
                yield f"only {broker} has {', '.join(only.rows)}"
        if any(any(attrs.astuple(only)) for only in self._alone()) and not self._comparable():
            yield "there is nothing in common to compare"

    def _comparable(self) -> bool:
        """Whether both tell of something; of rows, where either has any."""
        rows_apart = any(only.newer or only.older for only in self._alone())
        return bool(self.shared and (self.matched or not rows_apart))

    def _losses(self) -> Iterator[str]:
        second, lost = self.brokers[1], self.only_first
        if lost.fields:
            yield f"{second} does not tell {', '.join(lost.fields)}"
        if lost.newer and not lost.lags:
            yield f"{second} is {len(lost.newer)} rows behind"
        if lost.older:
            yield f"{second} does not reach back to {lost.older[-1]}"

    def _remarks(self) -> Iterator[str]:
        if self.only_first.lags:
            yield f"{self.brokers[1]} is one row behind"
        if not self.shared and not any(any(attrs.astuple(only)) for only in self._alone()):
            yield "neither tells anything"

    def _alone(self) -> tuple[Only, Only]:
        return self.only_first, self.only_second
