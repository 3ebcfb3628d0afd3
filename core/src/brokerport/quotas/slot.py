"""A request that is on its way: what it holds of each of its limits."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from types import TracebackType

from attrs import define, field

from brokerport.calls import call
from brokerport.errors import QuotaError, RejectedError
from brokerport.quotas.gate import Gate
from brokerport.quotas.leases import Lease
from brokerport.quotas.rules import LOOK, MARGIN

GRACE = 1.0  # seconds after a request was given up in which the broker may still come to count it


@define(eq=False)
class Slot(AbstractAsyncContextManager[None]):
    """Holds one slot of every gate while a request is on its way; waits its turn first.

    A QuotaError of the body's is the broker's refusal, unless nothing was ``sent``. It holds all who come after; its ``retry_after`` is
    made to tell for how long.

    Raises:
        QuotaError: The turn comes later than the running call's deadline.
    """

    _gates: Sequence[Gate]  # in the order that all keep to, so that no two wait for each other
    _leases: list[Lease] = field(init=False, factory=list)

    async def __aenter__(self) -> None:
        try:
            for gate in self._gates:
                self._leases.append(gate.take() or await self._turn(gate))
        except BaseException:
            for gate, lease in zip(self._gates, self._leases, strict=False):
                gate.give_back(lease)
            raise

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if isinstance(error, QuotaError) and error.sent:
            self._refuse(error)
            return
        grace = 0.0 if error is None or isinstance(error, RejectedError) else GRACE
        for gate, lease in zip(self._gates, self._leases, strict=True):
            gate.settle(lease, grace)

    async def _turn(self, gate: Gate) -> Lease:
        _refuse_what_cannot_fit(self._gates[len(self._leases) :])
        return await gate.turn()

    def _refuse(self, error: QuotaError) -> None:
        """Nobody knows which of the limits it was: all are held for as long as it takes the one that is over first."""
        refill = min((gate.rule.refill for gate in self._gates if gate.rule.refill), default=0.0)
        for gate, lease in zip(self._gates, self._leases, strict=True):
            gate.refuse(lease, max(error.retry_after + MARGIN, refill))
        error.retry_after = max(error.retry_after, *(gate.estimate() for gate in self._gates))


def _refuse_what_cannot_fit(gates: Sequence[Gate]) -> None:
    wait, limit = max(((gate.estimate(), gate.limit) for gate in gates), key=lambda each: each[0])
    left = call.patience()
    text = f"the quota of {limit} is used up: the next turn is in {wait:.1f} s, and"
    if call.is_impatient():
        raise _unsent(f"{text} this call does not wait", max(wait, LOOK))
    if 0 < left < wait:  # at 0 the call ends by itself
        raise _unsent(f"{text} the call has {left:.1f} s left", wait)


def _unsent(text: str, wait: float) -> QuotaError:
    error = QuotaError(text, retry_after=wait)
    error.sent = False
    return error
