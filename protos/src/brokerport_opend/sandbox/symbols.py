"""Symbols, such as "HK.00700": a market, a dot and the code that a security has there."""

from __future__ import annotations

from typing import Any

from brokerport.reading import shown
from brokerport_opend.sandbox.world.markets import MARKETS

LONGEST_CODE = 64  # longer than any listed code

_NAMES = frozenset(market.name for market in MARKETS.values())


def checked(value: object) -> str:
    """The value, if it is a symbol; ValueError for any other."""
    if isinstance(value, str) and _possible(value):
        return value
    raise ValueError(f"{shown.value(value)} is no symbol; write market, dot, code: 'HK.00700', 'US.TSLA'")


def symbol_of(security: Any) -> str | None:
    """The symbol of a message's security; None when it is of no market, or no text."""
    market = MARKETS.get(security.market)
    return f"{market.name}.{security.code}" if market and isinstance(security.code, str) else None


def _possible(text: str) -> bool:
    market, _, code = text.partition(".")
    return market in _NAMES and 0 < len(code) <= LONGEST_CODE and code.isprintable() and " " not in code
