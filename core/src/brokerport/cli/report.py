"""What a command has to tell, before it has a format."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import field, frozen

from brokerport.cli.headers import header
from brokerport.models import Header
from brokerport.models.columns import Column


@frozen(kw_only=True)
class Report:
    """One table, as programs and as people want it."""

    title: str  #: for people
    about: dict[str, Any]  #: for programs: what belongs to no row
    columns: list[Column]  #: for programs: all there is
    shown: list[Column]  #: for people: what differs from row to row
    facts: list[Column] = field(factory=list)  #: for people: what does not; of one value each
    currency: str = ""  #: what its prices and turnover are counted in
    header: Callable[[str], Header] = header  #: what a column is called

    def rows(self) -> list[dict[str, Any]]:
        """One dict a row."""
        names = [column.name for column in self.columns]
        return [dict(zip(names, row, strict=True)) for row in zip(*(column.values for column in self.columns), strict=True)]
