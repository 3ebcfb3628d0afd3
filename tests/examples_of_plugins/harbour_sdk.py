"""Stands for a broker's own library: it blocks, has errors of its own, and gives all that it has at once, as text.

Its host says how it behaves: "silent" never answers, "busy" has had too many questions, and so on.
"""

from __future__ import annotations

import threading
from datetime import date, timedelta
from typing import Any

NEWEST = date(2026, 1, 30)
KNOWN = {"00700": 100, "00005": 250}


class HarbourError(Exception):
    """The broker says no."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"[{code}] {text}")
        self.code = code
        self.text = text


class Client:
    """Logs in as it is made."""

    def __init__(self, host: str, key: str) -> None:
        if host == "nowhere":
            raise ConnectionRefusedError(f"{host}: nobody listens")
        if key != "open sesame":
            raise HarbourError(1001, f"no such key: {key}")
        self.host = host
        self.closed = threading.Event()

    def short_trades(self, code: str, *, count: int) -> list[dict[str, str]]:
        """The newest ``count`` days, the oldest first."""
        if self.host == "silent":
            self.closed.wait()
        if self.host == "busy":
            raise HarbourError(429, "too many requests")
        if self.host == "garbled":
            return [{"amount": "<html>"}]
        if code not in KNOWN:
            raise HarbourError(404, f"no symbol {code}")
        days = [NEWEST - timedelta(days=age) for age in range(count)]
        return [_trade(day, KNOWN[code]) for day in reversed(days)]

    def close(self) -> None:
        """End all that waits."""
        self.closed.set()


def _trade(day: date, lot: int) -> dict[str, Any]:
    return {"date": f"{day:%Y.%m.%d}", "amount": f"{lot * day.day}", "total_amount": "" if day.day == 7 else f"{lot * 100}", "rate": "0.1"}
