"""What observers hear, and who they are."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from brokerport.events.events import (
        AttemptFailed,
        CallEnded,
        CallEvent,
        CallStarted,
        ConnectionChanged,
        ConnectionState,
        Event,
        OrphanReply,
        PageArrived,
        QuotaWaited,
        QuotaWaiting,
        Refused,
        RetryScheduled,
    )

__all__ = [
    "AttemptFailed",
    "CallEnded",
    "CallEvent",
    "CallStarted",
    "ConnectionChanged",
    "ConnectionState",
    "Event",
    "OrphanReply",
    "PageArrived",
    "QuotaWaited",
    "QuotaWaiting",
    "Refused",
    "RetryScheduled",
]


if not TYPE_CHECKING:  # checkers find them above; who only lists brokers makes none of these classes

    def __getattr__(name: str) -> Any:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module("brokerport.events.events"), name)
