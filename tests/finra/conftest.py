"""A server of daily files, and nothing else to talk to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest

from brokerport import AsyncClient
from brokerport_finra import FinraSettings
from brokerport_finra.provider import FinraProvider
from core.kit.web import no_proxy, serving
from finra.server import FileServer, trading_days

__all__ = ["ask", "bare", "make", "no_proxy", "server"]

NOW = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)  # a Friday; in New York it is 18:30, and the day's file is there
NEWEST = date(2026, 11, 20)
HOLIDAYS = [date(2026, 9, 7)]  # Labor Day
DAYS = trading_days(NEWEST, 70, HOLIDAYS)  # with files, where the server has any
SYMBOLS = ["AAPL", "BRK/B", "ABRpD", "AAC/WS"]

Make = Callable[..., FinraProvider]
Open = Callable[..., AsyncClient]


@pytest.fixture
def bare() -> Iterator[FileServer]:
    """A server without any file."""
    with serving(FileServer()) as server:
        yield server


@pytest.fixture
def server(bare: FileServer) -> FileServer:
    """A server with 70 days of files."""
    bare.put_days(DAYS, SYMBOLS)
    return bare


@pytest.fixture
def make(bare: FileServer) -> Make:
    """``make(concurrency=2)``: a provider that asks the server; ``now=`` is what its clock says."""

    def make(*, now: datetime = NOW, **settings: Any) -> FinraProvider:
        return FinraProvider(FinraSettings(**{"url": bare.url, **settings}), now=lambda: now)

    return make


@pytest.fixture
def ask(make: Make) -> Open:
    """A client of a new provider, for ``async with``."""
    return lambda **settings: AsyncClient(lambda: make(**settings), broker="finra")
