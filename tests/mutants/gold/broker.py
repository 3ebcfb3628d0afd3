"""A stand-in for a broker, which sends what its own pages show, in words and units of its own.

Days are midnight in their market, as seconds since 1970. Percentages are parts of 1, money is in thousands, each side of a ranking has a
list of its own with figures above zero, and where there is nothing it sends "".
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

from attrs import frozen

from brokerport import Market

Reply = dict[str, Any]

NEWEST = date(2024, 5, 31)  # a Friday
DAYS = [day for age in range(98) if (day := NEWEST - timedelta(days=age)).isoweekday() <= 5]  # 70 of them
REPORTS = DAYS[::10]
LOTS = {("HK", "00700"): 100, ("HK", "00005"): 40, ("US", "TSLA"): 70}  # of the stocks that it knows
PAGE = 30  # rows; the most that it sends at a time
BUSY = 429  # too many questions


class Refusal(Exception):  # noqa: N818  # it is no error of ours
    """The broker says no."""

    def __init__(self, code: int, text: str, *, wait: float = 0.0) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code
        self.text = text
        self.wait = wait  # seconds, where it is busy


@frozen
class Stock:
    """One that the broker knows."""

    market: Market
    lot: int

    def stamp(self, day: date, hour: int = 0) -> int:
        """Seconds since 1970, of an hour of the market's own."""
        return int(datetime.combine(day, time(hour), self.market.zone).timestamp())


class Broker:
    """Not connected yet: what connects comes with the first question."""

    async def get(self, page: str, market: Market, code: str, **query: Any) -> Reply:
        """The reply to one question.

        Raises:
            OSError: Nobody answers.
            Refusal: The broker says no.
        """
        await asyncio.sleep(0)
        if (market, code) not in LOTS:
            raise Refusal(404, f"no stock {code}")
        return _PAGES[page](Stock(market, LOTS[market, code]), **query)

    async def close(self) -> None:
        """Give back what it holds; a second time, and unconnected, nothing."""


def _funds(stock: Stock) -> Reply:
    return {"kind": 3, "trades": 2, "bought": 5 * stock.lot, "sold": 9 * stock.lot, "last": stock.stamp(DAYS[3])}


def _money(stock: Stock) -> Reply:
    bought, sold = ({"L": each * stock.lot, "M": 2.5 * stock.lot, "S": 0.75 * stock.lot} for each in (4.0, 3.0))
    return {"in": {**bought, "XL": 6.5 * stock.lot}, "out": {**sold, "XL": ""}, "time": stock.stamp(NEWEST, 16)}


def _brokers(stock: Stock, *, back: int) -> Reply:
    if back >= len(DAYS):
        raise Refusal(400, "no records of that day")
    live = back == 0
    bought, sold = ([_broker(stock, side, place, back, live) for place in range(3)] for side in ("Harbour", "Peak"))
    return {"live": live, "time": stock.stamp(DAYS[back], 16 if live else 0), "bought": bought, "sold": sold}


def _broker(stock: Stock, name: str, place: int, back: int, live: bool) -> Reply:
    shares = stock.lot * (30 - 7 * place + back)
    traded = {"price": 320.5, "shares": 2 * shares, "money": 0.641 * shares} if live else {"price": "", "shares": "", "money": ""}
    return {"name": f"{name} {place + 1}", "no": f"B{place:05}", "net": shares, **traded}


def _shorts(stock: Stock, *, before: int | None, count: int) -> Reply:
    days = [day for day in DAYS if before is None or stock.stamp(day) < before]
    return {"rows": [_short(stock, day) for day in days[: min(count, PAGE)]], "more": len(days) > min(count, PAGE)}


def _short(stock: Stock, day: date) -> Reply:
    shares, money = stock.lot * day.day, {"turnover": 32.05 * stock.lot, "sold": 0.3205 * stock.lot * day.day}
    return {
        "day": stock.stamp(day),
        "short": shares,
        "total": 100 * stock.lot,
        "rate": day.day / 100,
        "mean": 0.155,
        "open": 318.0,
        "close": 320.5,
        "before": "",
        **money,
    }


def _interest(stock: Stock, *, before: int | None, count: int) -> Reply:
    days = [day for day in REPORTS if before is None or stock.stamp(day) < before]
    return {"rows": [_report(stock, day) for day in days[: min(count, PAGE)]], "more": len(days) > min(count, PAGE)}


def _report(stock: Stock, day: date) -> Reply:
    shares = 1000 * stock.lot + day.day
    sizes = {"shares": shares, "value": 0.3205 * shares, "rate": 0.0125, "mean": 400 * stock.lot, "cover": shares / (400 * stock.lot)}
    return {"settled": stock.stamp(day), "published": stock.stamp(day + timedelta(days=5)), **sizes}


_PAGES: dict[str, Callable[..., Reply]] = {
    "funds": _funds,
    "money": _money,
    "brokers": _brokers,
    "shorts": _shorts,
    "interest": _interest,
}
