"""One line of the report."""

from __future__ import annotations

from attrs import frozen


@frozen
class Figure:
    """What is promised, and what was measured."""

    promise: str
    limit: str
    measured: str
    kept: bool

    def __str__(self) -> str:
        return f"| {self.promise} | {self.limit} | {self.measured} | {'yes' if self.kept else 'NO'} |"


def ms(seconds: float) -> str:
    """For people."""
    return f"{seconds * 1e3:.2f} ms" if seconds < 0.01 else f"{seconds * 1e3:,.0f} ms"


def centile(values: list[float], percent: float) -> float:
    """The value that so many percent do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]
