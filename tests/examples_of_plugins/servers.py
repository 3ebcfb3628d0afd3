"""Stand-ins for the servers of the examples: real ones, on this machine."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date, datetime, timedelta
from typing import Any

from attrs import define, field

from brokerport import Market
from core.kit.web import Answer, Request, WebServer, serving

KEY = "open sesame"


@define(eq=False)
class TidewayServer(WebServer):
    """Gives tokens for the right key, and figures for a token that it gave and did not take back."""

    tokens: list[str] = field(factory=list)
    logins: int = 0

    def respond(self, request: Request) -> Answer:
        if request.path == "/login":
            return self._log_in(json.loads(request.body))
        if request.headers.get("authorization", "").removeprefix("Bearer ") not in self.tokens:
            return _no(401, "Unauthorized", "no such token")
        if request.query["symbol"] not in ("TSLA", "AAPL"):
            return _no(404, "Not Found", f"no symbol {request.query['symbol']}")
        sizes = {"large": 3.0, "medium": 2.0, "small": 1.0}
        return _told({"in": sizes, "out": {**sizes, "large": 1.0}, "at": "2026-01-30T21:00:00+00:00"})

    def _log_in(self, told: Any) -> Answer:
        if told != {"key": KEY}:
            return _no(401, "Unauthorized", "no such key")
        self.logins += 1
        self.tokens.append(f"token-{self.logins}")
        limits = {"capital_distribution": {"requests": 5, "seconds": 2}}
        return _told({"token": self.tokens[-1], "expires_in": 3600, "limits": limits})


@define(eq=False)
class AlmanacServer(WebServer):
    """Has a file of every weekday of the last hundred days, and of no other day."""

    def respond(self, request: Request) -> Answer:
        if (named := re.fullmatch(r"/short-(\d{8})\.csv", request.path)) is None:
            return Answer(b"<html>no such page</html>", "404 Not Found")
        day = date.fromisoformat(named[1])
        if day.weekday() > 4 or not timedelta() <= datetime.now(Market.HK.zone).date() - day < timedelta(days=100):
            return Answer(b"not a trading day", "404 Not Found")
        return Answer(f"code,short,total\n00005,{day.day},100\n00700,{day.toordinal()},{2 * day.toordinal()}\nend\n".encode())


@contextmanager
def failing() -> Iterator[dict[str, str]]:
    """The address of a server for each way to fail, and one where nobody listens."""
    faults = {
        "silent": Answer(hold=asyncio.Event()),  # of that server's loop
        "refusing": Answer(b'{"code": 301604, "message": "not for you"}', "403 Forbidden"),
        "exhausted": Answer(status="429 Too Many Requests", headers=("Retry-After: 60",)),
        "garbled": Answer(b"<html>"),
    }
    with ExitStack() as servers:
        addresses = {how: servers.enter_context(serving(WebServer(otherwise=answer))).root for how, answer in faults.items()}
        yield {**addresses, "unreachable": "http://127.0.0.1:1"}


def _told(told: object) -> Answer:
    return Answer(json.dumps(told).encode())


def _no(status: int, reason: str, message: str) -> Answer:
    return Answer(json.dumps({"code": status, "message": message}).encode(), f"{status} {reason}")
