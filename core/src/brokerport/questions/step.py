"""One thing that has to hold before a provider can answer, and how to find out whether it does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from attrs import field, frozen

from brokerport.errors import BrokerportError


@frozen
class Step:
    """One thing to try. A provider's are tried in their order, under one deadline, before its question is asked."""

    name: str  #: what should hold: ``"gateway reachable"``
    find: Callable[[], Awaitable[str | None]]  #: returns what was found, or None when it cannot be told; raises our errors
    fix: str  #: what to do then, where the error's own text does not end in that, after a semicolon
    fixes: Mapping[type[BrokerportError], str] = field(factory=dict, hash=False)  #: the same for errors of a kind, where that tells more

    def advice(self, error: BrokerportError) -> str:
        """What to do about an error that does not say it: by its own class, else its nearest ancestor, else the step's ``fix``."""
        return next((self.fixes[kind] for kind in type(error).__mro__ if kind in self.fixes), self.fix)
