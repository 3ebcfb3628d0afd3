"""What each kind of limit comes down to: a number of slots, and when one that was used is free again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import ceil
from typing import Any

from attrs import frozen

from brokerport.models.quota import AtOnce, Bucket, Limit, Quota

SLOTS = 2000  # that a limit is kept with at most: all of them are looked at for every request
MARGIN = 0.005  # seconds by which a window is exceeded at least
DRIFT = 1e-4  # by which the clocks of two machines differ at most: 3 ms in 30 s
LOOK = 0.01  # seconds after which to look again where nobody can say when a slot falls free


@frozen
class Rule:
    """A request takes a slot, and keeps it until its fate is known; then the slot is used for a ``window`` more."""

    slots: int
    window: float = 0.0  #: seconds; 0: a slot is free at once
    one_by_one: bool = False  #: slots that are used come back one after the other, one a window, and not each by itself

    @property
    def refill(self) -> float:
        """Seconds in which all slots come back, counted from the last reply."""
        return self.window * self.slots if self.one_by_one else self.window

    @property
    def soonest(self) -> float:
        """Seconds, at least, until a slot is free whose request is on its way; where nobody can say, those until the next look."""
        return self.window or LOOK


def rule(limit: Limit) -> Rule:
    """How ``limit`` is kept. Brokers count a request between its sending and its reply: so, whatever the latency, never one too many."""
    if type(limit) not in _RULES:
        raise TypeError(f"{limit!r} is no limit; there are {', '.join(kind.__name__ for kind in _RULES)}")
    return _RULES[type(limit)](limit)


def names(limits: Iterable[Limit], question: str) -> list[str]:
    """What limits are known by whatever their size: whose it is, its kind, the length of a window, and which one of several alike."""
    told = [_name(limit, question) for limit in limits]
    return [f"{name}\0{told[:place].count(name)}" for place, name in enumerate(told)]


def _name(limit: Limit, question: str) -> str:
    whose = f"question {question}" if limit.shared is None else f"group {limit.shared}"
    return "\0".join((whose, type(limit).__name__, str(float(limit.seconds)) if isinstance(limit, Quota) else ""))


def _window(quota: Quota) -> Rule:
    # So many requests that they are too many slots are spread: a part of them in a part of the window never allows more in the whole.
    parts = ceil(quota.requests / SLOTS)
    seconds = quota.seconds / parts
    return Rule(quota.requests // parts, seconds + max(MARGIN, seconds * DRIFT))


_RULES: dict[type, Callable[[Any], Rule]] = {
    Quota: _window,
    AtOnce: lambda limit: Rule(min(limit.requests, SLOTS)),
    Bucket: lambda limit: Rule(min(limit.burst, SLOTS), (1 + DRIFT) / limit.per_second, one_by_one=True),
}
