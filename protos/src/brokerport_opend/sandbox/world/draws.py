"""Chance that can be asked again: figures that follow from a key alone, on every machine and in every order."""

from __future__ import annotations

from hashlib import blake2b
from math import exp, log


def draw(*key: object) -> float:
    """A number from 0 up to, never quite, 1."""
    text = "\x1f".join(map(str, key))
    digest = blake2b(text.encode(), digest_size=8).digest()
    return float(int.from_bytes(digest) >> 11) * 2.0**-53  # as many bits as a float holds, or 1 would come up


def between(low: float, high: float, *key: object) -> float:
    """A number from ``low`` to ``high``, each as likely."""
    return low + (high - low) * draw(*key)


def magnitude(low: float, high: float, *key: object) -> float:
    """A number from ``low`` to ``high``, each order of magnitude as likely."""
    return exp(between(log(low), log(high), *key))


def count(low: int, high: int, *key: object) -> int:
    """A whole number from ``low`` to ``high``, both included."""
    return low + int((high - low + 1) * draw(*key))


def drift(day: int, period: int, *key: object) -> float:
    """A number from -1 to 1 that moves evenly from one level to the next within each ``period`` days."""
    step, passed = divmod(day, period)
    here, there = draw(*key, period, step), draw(*key, period, step + 1)
    return 2 * (here + (there - here) * passed / period) - 1
