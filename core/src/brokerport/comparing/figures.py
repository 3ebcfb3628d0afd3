"""Whether two figures are the same, for what they are."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any

from brokerport.comparing.comparison import Figure

_HALF_A_STEP = 0.005 + 1e-9  # of a percentage's second decimal, where brokers round; and a little for binary fractions


def alike(field: str, first: Figure, second: Figure, tolerance: float) -> bool:
    """Numbers within the tolerance; times on the same day, for each broker sums up when it likes; all else exactly."""
    if same(first, second):
        return True
    if isinstance(first, datetime) and isinstance(second, datetime):
        return first.date() == second.date()
    apart = relative(first, second)
    return apart is not None and (apart <= tolerance or (tolerance > 0 and _rounded(field, first, second)))


def same(first: Figure, second: Figure) -> bool:
    """Equal; or both NaN."""
    return first == second or (first != first and second != second)  # only NaN is not itself


def relative(first: Any, second: Any) -> float | None:
    """How far apart, as a part of the larger; None for what is no number, or none that can be counted with."""
    if not (_is_number(first) and _is_number(second)):
        return None
    try:
        apart = abs(first - second) / max(abs(first), abs(second))
    except OverflowError:  # a float against an integer beyond all floats
        return None
    return apart if math.isfinite(apart) else None


def between(before: Any, value: Any, after: Any) -> bool:
    """Whether a number is on the way from one to another."""
    return all(map(_is_number, (before, value, after))) and bool(min(before, after) <= value <= max(before, after))


def _rounded(field: str, first: Any, second: Any) -> bool:
    """Whether one percentage may be the other with fewer decimals."""
    return field.endswith("percent") and bool(abs(first - second) <= _HALF_A_STEP)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
