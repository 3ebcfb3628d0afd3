"""What one account has sent of late, whoever sent it: the logs of its quotas."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import TypeVar
from weakref import WeakValueDictionary

from attrs import define, field

from brokerport import logs
from brokerport.models.quota import Quota
from brokerport.quotas.leases import Lease, Log, Memory
from brokerport.quotas.ledger import open_ledger

T = TypeVar("T")

_memories: WeakValueDictionary[tuple[int, str, str, Quota], Memory] = WeakValueDictionary()
_warned = threading.Event()


def local(account: str, name: str, quota: Quota) -> Log:
    """A log that the clients of this process share, as long as one of them lives."""
    return _memories.setdefault((os.getpid(), account, name, quota), Memory(quota))


def shared(account: str, name: str, quota: Quota) -> Log:
    """A log that all processes of this user share."""
    return _Shared(account, name, quota, open_ledger(account, name, quota))


@define(eq=False)
class _Shared:
    """The ledger; from the moment it cannot be used on, the log of this process."""

    _account: str
    _name: str
    _quota: Quota
    _log: Log = field()

    def take(self, now: float) -> Lease | float:
        return self._ask(lambda log: log.take(now))

    def settle(self, lease: Lease, when: float) -> None:
        self._ask(lambda log: log.settle(lease, when))

    def refuse(self, lease: Lease, now: float, seconds: float) -> None:
        self._ask(lambda log: log.refuse(lease, now, seconds))

    def wait(self, now: float, ahead: int = 0) -> float:
        return self._ask(lambda log: log.wait(now, ahead))

    def _ask(self, question: Callable[[Log], T]) -> T:
        try:
            return question(self._log)
        except OSError as error:
            _warn(error)
            self._log = local(self._account, self._name, self._quota)
            return question(self._log)


def _warn(error: OSError) -> None:
    """Once a process: what is wrong with one file is wrong with all."""
    if not _warned.is_set():
        _warned.set()
        logs.log().warning("quotas are not shared with other processes, as the file for it cannot be used: %s", error)
