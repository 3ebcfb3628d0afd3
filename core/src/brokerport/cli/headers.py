"""The headers of what is told about brokers; those of answers are their questions'."""

from __future__ import annotations

from brokerport.models import Header
from brokerport.models.headers import ROWS, plain

_HEADERS = {
    "api": Header("API"),
    "page_size": Header("Page", ROWS),
}


def header(column: str) -> Header:
    """The header of a column of a listing; of most, its name says all."""
    return _HEADERS.get(column) or plain(column)
