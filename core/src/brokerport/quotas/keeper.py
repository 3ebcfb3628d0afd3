"""The limits of one client, kept for all its questions: whatever the provider says of them, as it says it when it is asked."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext

from attrs import define, field, frozen

from brokerport.models.quota import Account, Limit
from brokerport.quotas.account import log_of
from brokerport.quotas.gate import Gate
from brokerport.quotas.rules import names, rule
from brokerport.quotas.slot import Slot

_FREE = nullcontext()


@frozen(eq=False)
class _Known:
    limits: tuple[Limit, ...]  # as they were told
    gates: tuple[Gate, ...]


@define(eq=False)
class Keeper:
    """Hands out slots, each of all the limits that a question has at that moment.

    Questions of one group use up one limit, and so do all clients and processes that ask for one account. A limit whose size changes keeps
    what was sent.
    """

    broker: str  #: its name is the account's, where the provider names none
    clock: Callable[[], float] = time.monotonic
    _gates: dict[tuple[Account, str], Gate] = field(init=False, factory=dict)
    _known: dict[tuple[str, Account | None], _Known] = field(init=False, factory=dict)  # by question and account, as they were last

    def slot(self, question: str, limits: Sequence[Limit], account: Account | None) -> AbstractAsyncContextManager[None]:
        """Hold a slot of every limit while a request is on its way; see ``Slot``."""
        return Slot(self._gates_of(question, limits, account)) if limits else _FREE

    def estimate(self, question: str, limits: Sequence[Limit], account: Account | None) -> float:
        """Seconds, at least, until the running call could send a request that it has now; 0 when at once."""
        return max((gate.estimate() for gate in self._gates_of(question, limits, account)), default=0.0)

    def left(self, question: str, limits: Sequence[Limit], account: Account | None) -> int | None:
        """How many requests could be sent at once now, beside those that wait; None without a limit. Takes none of them."""
        return min((gate.left() for gate in self._gates_of(question, limits, account)), default=None)

    def _gates_of(self, question: str, limits: Sequence[Limit], account: Account | None) -> tuple[Gate, ...]:
        told, known = tuple(limits), self._known.get((question, account))
        if known is None or known.limits != told:
            known = self._known[question, account] = _Known(told, self._look_up(question, told, account or Account(self.broker)))
        return known.gates

    def _look_up(self, question: str, limits: tuple[Limit, ...], account: Account) -> tuple[Gate, ...]:
        """All take their slots in one order: the longest wait first, so that nothing is held meanwhile."""
        named = sorted(zip(names(limits, question), limits, strict=True), key=lambda each: (-rule(each[1]).refill, each[0]))
        return tuple(self._gate(account, name, limit, limit.shared or question) for name, limit in named)

    def _gate(self, account: Account, name: str, limit: Limit, asked: str) -> Gate:
        gate = self._gates.get((account, name))
        if gate is None:
            gate = self._gates[account, name] = Gate(limit, log_of(account, name), f"{self.broker}.{asked}", self.clock)
        elif gate.limit != limit:
            gate.change(limit)
        return gate
