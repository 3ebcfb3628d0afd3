"""Where a result comes from."""

from __future__ import annotations

from datetime import datetime

from attrs import frozen


@frozen
class Source:
    """Who answered, and when."""

    broker: str  #: the broker that answered; of a profile, the one behind it
    fetched_at: datetime  #: when the last reply arrived, UTC
    sandbox: bool = False  #: True for synthetic data
