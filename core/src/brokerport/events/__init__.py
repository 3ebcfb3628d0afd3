"""What observers hear, and who they are."""

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
