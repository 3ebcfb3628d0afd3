"""Clocks for the contenders."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

WARM_UP = 50


def median_ms(work: Callable[[], object], times: int) -> float:
    """Median milliseconds of one call, after a warm-up."""
    for _ in range(WARM_UP):
        work()
    return median(_ms(work) for _ in range(times))


def per_second(work: Callable[[], int]) -> float:
    """How many a second, by the number that ``work`` returns."""
    start = time.perf_counter()
    done = work()
    return done / (time.perf_counter() - start)


def _ms(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1e3
