"""The time of day, as something that a test can replace."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]  # aware


def utc_now() -> datetime:
    """The present time."""
    return datetime.now(UTC)
