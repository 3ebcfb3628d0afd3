"""Who hears of events: one after the other, and none in the way of the others or of the call."""

from __future__ import annotations

from collections.abc import Callable
from logging import ERROR
from threading import Lock
from typing import TYPE_CHECKING

from attrs import define, field

from brokerport.blaming.strangers import is_strangers
from brokerport.logs import Seldom, log

if TYPE_CHECKING:
    from brokerport.events.events import Event

FAILURES = 10  # in a row; who fails that often is not told again


@define(eq=False)
class Observer:
    """One function that hears of events."""

    name: str
    hear: Callable[[Event], object]
    failures: int = field(init=False, default=0)  # in a row
    _failed: Seldom = field(init=False, factory=lambda: Seldom(FAILURES))

    def tell(self, event: Event) -> bool:
        """Whether it took the event; what it raises ends here."""
        try:
            self.hear(event)
        except BaseException as error:
            if not is_strangers(error):
                raise
            self.failures += 1
            self._failed.log(ERROR, "the observer %s failed on %s", self.name, type(event).__name__, exc_info=True)
            return False
        self.failures = 0
        return True


@define(eq=False)
class Observers:
    """Those who hear the same events; they may come and go at any time, from any thread."""

    each: tuple[Observer, ...] = field(init=False, default=())
    _lock: Lock = field(init=False, factory=Lock)

    def add(self, *observers: Observer) -> Callable[[], object]:
        """Have them told of every event from now on; the function returned ends that, and does nothing a second time."""
        with self._lock:
            self.each = (*self.each, *observers)
        return lambda: self._remove(*observers)

    def tell(self, event: Event) -> int:
        """Tell everyone who is there now; returns how many failed."""
        failed = [observer for observer in self.each if not observer.tell(event)]
        for observer in failed:
            if observer.failures >= FAILURES and self._remove(observer):
                log().warning("the observer %s failed %d times in a row and is not told of anything any more", observer.name, FAILURES)
        return len(failed)

    def _remove(self, *observers: Observer) -> bool:
        with self._lock:
            before = self.each
            self.each = tuple(observer for observer in before if observer not in observers)
            return len(self.each) < len(before)
