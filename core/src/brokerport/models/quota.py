"""Quotas as data: how often a broker lets one question be asked."""

from __future__ import annotations

from attrs import frozen


@frozen
class Quota:
    """At most ``requests`` in any ``seconds``: request n + 1 must come more than ``seconds`` after the first of the last n."""

    requests: int
    seconds: float

    def __str__(self) -> str:
        return f"{self.requests} in {self.seconds:g} s"
