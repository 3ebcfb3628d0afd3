"""The faults that are switched on: by the scenario, and by tests, on whatever thread they run."""

from __future__ import annotations

from itertools import count
from threading import Lock
from types import TracebackType
from typing import Self

from attrs import define, field

from brokerport_opend.sandbox.faults.fault import Fault
from brokerport_opend.sandbox.world import draws


@define(eq=False)
class Switch:
    """A fault that is on until ``off``, or until the end of ``with``."""

    fault: Fault
    _faults: Faults = field(repr=False)
    _key: tuple[int, ...] = field(repr=False)  # what its chances are drawn by
    seen: int = field(init=False, default=0)  #: requests that its protocol and symbol let through
    struck: int = field(init=False, default=0)  #: those of them that it struck

    def off(self) -> None:
        """Switch it off; a second time is no error."""
        self._faults.remove(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.off()

    def counts(self, proto_id: int, symbol: str | None) -> bool:
        """Count a request; whether the fault is for it."""
        fault = self.fault
        if not fault.concerns(proto_id, symbol):
            return False
        self.seen += 1
        return (
            (fault.first is None or self.seen <= fault.first)
            and (fault.every is None or self.seen % fault.every == 0)
            and (fault.probability is None or draws.draw("fault", *self._key, self.seen) < fault.probability)
        )


@define(eq=False)
class Faults:
    """All that are on. Each counts every request; of several that are for one, the first that was added strikes."""

    _seed: int
    _on: list[Switch] = field(init=False, factory=list)
    _numbers: count[int] = field(init=False, factory=count)
    _lock: Lock = field(init=False, factory=Lock)

    def add(self, fault: Fault) -> Switch:
        """Switch a fault on: ``with sandbox.faults.add(Fault("drop")): ...``, or ``off`` what is returned."""
        with self._lock:
            switch = Switch(fault, self, (self._seed, next(self._numbers)))
            self._on.append(switch)
        return switch

    def remove(self, switch: Switch) -> None:
        """As the switch's own ``off``."""
        with self._lock:
            self._on = [each for each in self._on if each is not switch]

    def clear(self) -> None:
        """Switch all off, those of the scenario too."""
        with self._lock:
            self._on = []

    def __len__(self) -> int:
        return len(self._on)

    def strike(self, proto_id: int, symbol: str | None) -> Fault | None:
        """Count a request; the fault that strikes it, if any does."""
        if not self._on:
            return None
        with self._lock:
            struck = [switch for switch in self._on if switch.counts(proto_id, symbol)]
            if not struck:
                return None
            struck[0].struck += 1
            return struck[0].fault
