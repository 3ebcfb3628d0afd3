"""Clocks for the contenders."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from statistics import median

WARM_UP = 50


def median_ms(work: Callable[[], object], times: int) -> float:
    """Median milliseconds of one call, after a warm-up."""
    for _ in range(WARM_UP):
        work()
    return median(_ms(work) for _ in range(times))


def in_turns(works: Sequence[Callable[[], object]], times: int) -> list[float]:
    """Median milliseconds of a call of each, called in turns, so that the machine's mood is the same for all."""
    for _ in range(WARM_UP):
        for work in works:
            work()
    rounds = [[_ms(work) for work in works] for _ in range(times)]
    return [median(each) for each in zip(*rounds, strict=True)]


def per_second(work: Callable[[], int]) -> float:
    """How many a second, by the number that ``work`` returns."""
    start = time.perf_counter()
    done = work()
    return done / (time.perf_counter() - start)


def _ms(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1e3
