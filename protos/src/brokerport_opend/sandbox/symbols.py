"""Symbols, such as "HK.00700": a market, a dot and the code that a security has there."""

from __future__ import annotations

import re
from typing import Any

from brokerport.reading import shown
from brokerport_opend.sandbox.world.markets import MARKETS

LONGEST_CODE = 64  # longer than any listed code
NO_DATA, UNKNOWN = "NODATA", "UNKNOWN"  #: what the sandbox's own codes begin with, which no market has

_LETTERS = r"[A-Z0-9]+(?:\.[A-Z0-9]+)*"

#: what a code looks like to OpenD, which adds no zero, changes no letter and takes no other digits than ASCII's
_FORMS = {
    "HK": r"[0-9]{5}|800[0-9]{3}",  # and the indices
    "SH": r"[0-9]{6}",
    "SZ": r"[0-9]{6}",
    "US": rf"\.?{_LETTERS}",  # an index begins with a dot, as US..DJI
}
_EXAMPLES = {"HK": "HK.00700", "SH": "SH.600519", "SZ": "SZ.000001", "US": "US.BRK.B"}

_NAMES = frozenset(market.name for market in MARKETS.values())


def checked(value: object) -> str:
    """The value, if it is a symbol that can have an answer; ValueError for any other."""
    if not (isinstance(value, str) and _possible(value)):
        raise ValueError(f"{shown.value(value)} is no symbol; write market, dot, code: 'HK.00700', 'US.TSLA'")
    market, _, code = value.partition(".")
    if not well_formed(market, code):
        raise ValueError(f"{shown.value(value)} is no code that OpenD knows; write it as {_EXAMPLES.get(market, 'AU.BHP')!r}")
    return value


def well_formed(market: str, code: str) -> bool:
    """Whether OpenD may know a security by this code, as far as its form tells."""
    if code.startswith((NO_DATA, UNKNOWN)):
        return True
    return len(code) <= LONGEST_CODE and re.fullmatch(_FORMS.get(market, _LETTERS), code) is not None


def symbol_of(security: Any) -> str | None:
    """The symbol of a message's security; None when it is of no market, or no text."""
    market = MARKETS.get(security.market)
    return f"{market.name}.{security.code}" if market and isinstance(security.code, str) else None


def _possible(text: str) -> bool:
    market, _, code = text.partition(".")
    return market in _NAMES and 0 < len(code) <= LONGEST_CODE and code.isprintable() and " " not in code
