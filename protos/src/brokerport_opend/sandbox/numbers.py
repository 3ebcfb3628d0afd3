"""The numbers that a sandbox is told, each in its range."""

from __future__ import annotations

import re
from argparse import ArgumentTypeError

from brokerport.reading import bounds, shown

PORTS = range(65536)  # 0 takes a free one
COUNTS = range(1, 2**31)
SEEDS = bounds.WHOLE
LONGEST_INTERVAL = 24 * 3600.0  # seconds


def whole(name: str, value: object, allowed: range) -> int:
    """A whole number of a range; ValueError for anything else."""
    if type(value) is int and value in allowed:  # True and False are ints to Python, and no number to anybody else
        return value
    raise ValueError(f"{name} = {shown.value(value)} must be a whole number from {allowed.start} to {allowed.stop - 1}")


def seconds(name: str, value: object) -> float:
    """A time above 0, of a day at most; ValueError for anything else."""
    if type(value) in (int, float) and 0 < value <= LONGEST_INTERVAL:  # type: ignore[operator]  # it is a number
        return float(value)  # type: ignore[arg-type]
    raise ValueError(f"{name} = {shown.value(value)} must be seconds above 0, at most {LONGEST_INTERVAL:g}")


def written(text: str) -> int:
    """A whole number that is an option of the command line; of which range, ``whole`` says."""
    if re.fullmatch(r"[+-]?[0-9]{1,20}", text):
        return int(text)
    raise ArgumentTypeError(f"{shown.value(text)} is no whole number; write one such as 11111")


def port(text: str) -> int | None:
    """The port that an address ends in; None for what is none."""
    return int(text) if re.fullmatch(r"[0-9]{1,5}", text) and int(text) in PORTS else None
