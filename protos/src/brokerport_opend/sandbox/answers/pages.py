"""Pages of a history, and the keys that lead from one to the next.

A key is the timestamp of the last row before it, as with the real gateway; clients should not know.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from brokerport_opend.sandbox.refusals import Refused
from brokerport_opend.sandbox.world.markets import Market

DEFAULT_ROWS = 10
MOST_ROWS = 50
NO_MORE = "-1"


def page(market: Market, days: Sequence[date], key: str, rows: int) -> tuple[Sequence[date], str]:
    """The days of one page, newest first, and the key of the next.

    Raises:
        Refused: No page has that key, or none can be that long.
    """
    if not 1 <= rows <= MOST_ROWS:
        raise Refused(f"num is {rows}; it goes from 1 to {MOST_ROWS}")
    start = _after(market, days, key)
    some = days[start : start + rows]
    more = start + rows < len(days)
    return some, str(market.timestamp(some[-1])) if more else NO_MORE


def _after(market: Market, days: Sequence[date], key: str) -> int:
    if not key:
        return 0
    for place, day in enumerate(days, 1):
        if str(market.timestamp(day)) == key:
            return place
    raise Refused("nextKey is none that an earlier page gave")
