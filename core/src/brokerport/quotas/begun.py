"""Calls that had a slot and may want more: what they still need is not handed to calls that came later.

A history comes in pages, each asked for when the one before is there. Forty calls that begin together would each get one page before the
quota is used up, and none its last before its deadline. So no more calls begin than can go on, as far as one can tell what each needs. That
holds as long as a call asks on more quickly than the limit allows: for a slower one, slots would stay unused.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import inf

from attrs import define, field

from brokerport.calls.call import Call
from brokerport.quotas.leases import NOTHING_KEPT, Kept
from brokerport.quotas.rules import Rule

PACE = 2  # times as quickly as the limit allows: what a call of that pace is kept, it uses up before as many slots fall free again
UNKNOWN = 4  # calls that may begin together, as long as nobody knows what one needs


@define(eq=False)
class _Had:
    most: int | None  # requests that the call makes, as far as it says so
    last: float  # when it had a slot
    slots: int = 1


@define(eq=False)
class Begun:
    """What the calls of one limit have had, and need as far as one can tell."""

    rule: Rule
    changed: Callable[[], object]  #: told when a call is over, and less is kept
    _calls: dict[int, _Had] = field(init=False, factory=dict)  # by place
    _ended: int = field(init=False, default=0)
    _needed: int = field(init=False, default=0)  # slots, by those that ended

    def took(self, call: Call, now: float) -> None:
        """A call has a slot."""
        if call.requests == 1:
            return
        if (had := self._calls.get(call.place)) is not None:
            had.slots, had.last = had.slots + 1, now
        else:
            self._calls[call.place] = _Had(call.requests, now)
            call.at_end(partial(self._over, call.place))

    def kept(self, place: int, now: float) -> Kept:
        """What calls before this place will want, and how soon."""
        if not self._calls or not self.rule.refill:
            return NOTHING_KEPT
        slots, seconds = 0, inf
        for before, had in self._calls.items():
            needs = self._needs(had.most)
            soon = had.last + self.rule.refill / (PACE * needs) - now
            if before < place and had.slots < needs and soon > 0:
                slots, seconds = slots + needs - had.slots, min(seconds, soon)
        return Kept(slots, seconds)

    def _needs(self, most: int | None) -> int:
        """What a call needs: as much as those that are over did, and no more than it says."""
        if not self._ended:
            return most or max(self.rule.slots // UNKNOWN, 1)
        usual = -(-self._needed // self._ended)
        return usual if most is None else min(most, usual)

    def _over(self, place: int) -> None:
        self._ended += 1
        self._needed += self._calls.pop(place).slots
        self.changed()
