"""Where a result comes from."""

from __future__ import annotations

from datetime import datetime

from attrs import frozen


@frozen
class Source:
    """Who answered, and when."""

    broker: str  #: the name the answer was asked of: ``registry.get(broker)``
    fetched_at: datetime  #: when the last reply arrived, UTC
    sandbox: bool = False  #: True for synthetic data
