"""Values that every question shares: frozen, of Python's own types; None where the broker said nothing."""

from brokerport.models.history import History
from brokerport.models.quota import Quota
from brokerport.models.result import Result
from brokerport.models.source import Source
from brokerport.models.symbol import Market, Symbol

__all__ = ["History", "Market", "Quota", "Result", "Source", "Symbol"]
