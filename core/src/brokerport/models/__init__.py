"""Values that every question shares: frozen, of Python's own types; None where the broker said nothing."""

from brokerport.models.headers import Header, Unit
from brokerport.models.history import History
from brokerport.models.market import Market
from brokerport.models.paged import Paged
from brokerport.models.quota import Account, AtOnce, Bucket, Limit, Quota
from brokerport.models.result import Result
from brokerport.models.rows import AsyncRows, Rows
from brokerport.models.source import Source
from brokerport.models.symbol import Symbol

__all__ = [
    "Account",
    "AsyncRows",
    "AtOnce",
    "Bucket",
    "Header",
    "History",
    "Limit",
    "Market",
    "Paged",
    "Quota",
    "Result",
    "Rows",
    "Source",
    "Symbol",
    "Unit",
]
