"""Rows of one symbol, newest first."""

from __future__ import annotations

from datetime import date
from typing import Generic

from attrs import field, frozen

from brokerport.models.paged import Paged, Row_co
from brokerport.models.source import Source
from brokerport.models.symbol import Symbol


@frozen(kw_only=True)
class History(Paged[Row_co], Generic[Row_co]):
    """A sequence of rows of one symbol, newest first; a slice is one too, of the same symbol."""

    symbol: Symbol
    rows: tuple[Row_co, ...] = ()
    cursor: str | None = None  #: pass it as ``after=`` to go on from here; None when there is no more
    source: Source = field(eq=False)
    #: days that should have a row and have none, as the broker could not be asked for them or had nothing; newest first. Empty: it is whole
    missing: tuple[date, ...] = ()
