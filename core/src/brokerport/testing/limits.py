"""Whether limits can be kept: each a value that says how many, of numbers above nothing."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf
from typing import Any

import attrs


def faults(limits: Any) -> Iterator[str]:
    """What is wrong with what a provider says of the limits of one question."""
    if not isinstance(limits, tuple):
        yield f"limits {limits!r}, which are no tuple"
        return
    for limit in limits:
        if not attrs.has(type(limit)) or not str(limit):
            yield f"the limit {limit!r}, which is none of brokerport's, such as Quota(30, 30.0)"
            continue
        for name, value in attrs.asdict(limit).items():
            if type(value) in (int, float) and not 0 < value < inf:
                yield f"the limit {limit} with {name} {value!r}; it has to be above 0"
