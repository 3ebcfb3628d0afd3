"""What one account has sent of late, whoever sent it: the logs of its limits."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import TypeVar
from weakref import WeakValueDictionary

from attrs import define, field

from brokerport import logs
from brokerport.models.quota import Account
from brokerport.quotas.leases import NOTHING_KEPT, Kept, Lease, Log
from brokerport.quotas.ledger import open_ledger
from brokerport.quotas.memory import Memory
from brokerport.quotas.rules import Rule

T = TypeVar("T")

_memories: WeakValueDictionary[tuple[int, str, str], Memory] = WeakValueDictionary()
_warned = threading.Event()


def log_of(account: Account, name: str) -> Log:
    """The log of the limit of this name, which all who name both alike share: in this process, or all processes of this user."""
    return (local if account.local else shared)(account.name, name)


def local(account: str, name: str) -> Log:
    """A log that the clients of this process share, as long as one of them lives."""
    return _memories.setdefault((os.getpid(), account, name), Memory())


def shared(account: str, name: str) -> Log:
    """A log that all processes of this user share."""
    return _Shared(account, name, open_ledger(account, name))


@define(eq=False)
class _Shared:
    """The ledger; from the moment it cannot be used on, the log of this process."""

    _account: str
    _name: str
    _log: Log = field()

    def take(self, rule: Rule, now: float, kept: Kept = NOTHING_KEPT, who: int = 0) -> Lease | float:
        return self._ask(lambda log: log.take(rule, now, kept, who))

    def settle(self, lease: Lease, when: float) -> None:
        self._ask(lambda log: log.settle(lease, when))

    def refuse(self, lease: Lease, now: float, hold: float) -> None:
        self._ask(lambda log: log.refuse(lease, now, hold))

    def wait(self, rule: Rule, now: float, ahead: int = 0) -> float:
        return self._ask(lambda log: log.wait(rule, now, ahead))

    def _ask(self, question: Callable[[Log], T]) -> T:
        try:
            return question(self._log)
        except OSError as error:
            _warn(error)
            self._log = local(self._account, self._name)
            return question(self._log)


def _warn(error: OSError) -> None:
    """Once a process: what is wrong with one file is wrong with all."""
    if not _warned.is_set():
        _warned.set()
        logs.log().warning("quotas are not shared with other processes, as the file for it cannot be used: %s", error)
