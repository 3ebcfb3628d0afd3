"""Who holds the slots of one limit, and since when the used ones count: the rules alone, without a file, a queue or a clock.

A slot is *in flight* from the moment it is taken, and *settled* when its request's fate is known; a window after that it is free.
"""

from __future__ import annotations

from math import inf
from typing import NamedTuple, Protocol

from attrs import define, frozen

from brokerport.quotas.rules import LOOK, Rule

RECOVERY = 600.0  # seconds without a refusal, after which the whole of a limit is used again
SHRINK = 0.9  # of the share, at each refusal
SMALLEST = 0.5  # share of the limit that is used whatever happens
TICK = 1e-6  # seconds that a used slot is waited for at least, whatever the rounding
PROBE = 0.1  # seconds after which to look again whether another's request is back, while requests go one at a time
WANTED = 5 * LOOK  # seconds for which a slot is left to one who found none

IN_FLIGHT = inf
VACANT = -inf
NEVER = -inf


@frozen
class Lease:
    """One slot, taken."""

    slot: int
    taken: float  #: when; tells it from other leases of that slot
    share: float = 1.0  #: of the limit that was in use: below 1 after a refusal


class Kept(NamedTuple):
    """Slots that are not for who asks now, as others will want them within ``seconds``."""

    slots: int = 0
    seconds: float = 0.0


NOTHING_KEPT = Kept()


class Log(Protocol):
    """Slots of one limit, by a clock that all who share it have in common; what the limit is now is told with each question."""

    def take(self, rule: Rule, now: float, kept: Kept = NOTHING_KEPT, who: int = 0) -> Lease | float:
        """A lease; or the seconds, at least, until there may be one. ``who`` is the number of the asker, and 0 while it has a slot."""

    def settle(self, lease: Lease, when: float) -> None:
        """The request's fate is known, and it counts from ``when`` on; NEVER: it was not sent, or does not count any more."""

    def refuse(self, lease: Lease, now: float, hold: float) -> None:
        """The broker refused the request; nothing is sent for ``hold`` seconds."""

    def wait(self, rule: Rule, now: float, ahead: int = 0) -> float:
        """Seconds, at least, until a request that comes now could be sent, with so many others waiting before it."""


@define(eq=False)
class Ring:
    """The slots of one limit, and how far the broker's word is trusted after it refused a request within them."""

    settled: list[float]  #: by slot: when it was settled, or IN_FLIGHT, or VACANT
    refused: float = NEVER  #: when the broker last refused a request
    until: float = NEVER  #: nothing is sent before
    share: float = 1.0  #: of the limit, while cautious
    wanted: float = NEVER  #: when somebody last looked for a slot in vain, where a slot is free at once
    by: int = 0  #: and who that was

    def cautious(self, now: float) -> bool:
        """Whether a refusal is not yet forgotten; requests then go one at a time."""
        return now - self.refused <= RECOVERY

    def trusted(self, now: float) -> float:
        """The share of the limit in use."""
        return self.share if self.cautious(now) else 1.0

    def take(self, rule: Rule, now: float, kept: Kept, who: int) -> Lease | float:
        """See ``Log``."""
        if rule.window == 0:
            return self._take_at_once(rule, now, who)
        wait = self.wait(rule, now)
        if wait == 0 and kept.slots and self.wait(rule, now, kept.slots) > kept.seconds:
            return kept.seconds
        return wait if wait > 0 else self._grant(rule, now)

    def wait(self, rule: Rule, now: float, ahead: int = 0) -> float:
        """See ``Log``.

        The answer is exact unless replies are still due: a slot that is in flight is free a window from now at the earliest, and so
        after every slot that is settled.
        """
        horizon = now - rule.window
        used = [settled for settled in self.settled if settled >= horizon]
        free = self._limit(rule, now) - len(used)
        turn = 0.0 if ahead < free else self._turn(rule, ahead - free, [*used, *[IN_FLIGHT] * free], now)
        return max(turn, self._held(now)) if self.cautious(now) else turn

    def refuse(self, taken: float, now: float, hold: float) -> None:
        """Hold, and use less; those in flight when a refusal came shrink nothing more."""
        if not self.cautious(now) or taken > self.refused:
            self.share = max(self.trusted(now) * SHRINK, SMALLEST)
        self.refused = now
        self.until = max(self.until, now + min(hold, RECOVERY))

    def stagger(self, window: float) -> list[int]:
        """Let the used slots come back one after the other: each counts from when the one before is back. Returns those that it moved.

        Afterwards each can be looked at by itself, and one that is free be taken, with nothing forgotten.
        """
        moved, free = [], NEVER
        for settled, slot in sorted((settled, slot) for slot, settled in enumerate(self.settled) if VACANT < settled < IN_FLIGHT):
            if settled < free:
                self.settled[slot] = free
                moved.append(slot)
            free = self.settled[slot] + window
        return moved

    def _take_at_once(self, rule: Rule, now: float, who: int) -> Lease | float:
        """Who settles a slot is the first to know, and would take it again and again: one is left to another who has none."""
        by_another = self.by != who and now - self.wanted <= WANTED
        wait = self.wait(rule, now, int(by_another))
        if wait > 0 and who and not by_another:
            self.wanted, self.by = now, who
        elif wait == 0 and self.by == who:
            self.wanted = NEVER
        return wait if wait > 0 else self._grant(rule, now)

    def _grant(self, rule: Rule, now: float) -> Lease:
        horizon = now - rule.window
        slot = next(slot for slot, settled in enumerate(self.settled) if not settled >= horizon)
        self.settled[slot] = IN_FLIGHT
        return Lease(slot, now, self.trusted(now))

    def _limit(self, rule: Rule, now: float) -> int:
        return max(int(rule.slots * self.trusted(now)), 1)

    def _turn(self, rule: Rule, place: int, used: list[float], now: float) -> float:
        """Seconds until the slot at ``place`` of those in use falls free; past them all, each is used again."""
        due = sorted(rule.soonest if settled == IN_FLIGHT else max(settled + rule.window - now, TICK) for settled in used)
        if rule.one_by_one:
            return self._after(rule, place, due)
        rounds, slot = divmod(place - len(due), self._limit(rule, now))
        return due[place] if rounds < 0 else due[slot - self._limit(rule, now)] + (rounds + 1) * rule.window

    def _after(self, rule: Rule, place: int, due: list[float]) -> float:
        """The same where slots come back one after the other."""
        for before, slot in enumerate(range(1, len(due))):
            due[slot] = max(due[slot], due[before] + rule.window)
        return due[place] if place < len(due) else due[-1] + (place + 1 - len(due)) * rule.window

    def _held(self, now: float) -> float:
        return max(self.until - now, PROBE if IN_FLIGHT in self.settled else 0.0)
