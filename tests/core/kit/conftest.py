"""A web server, and nothing else to talk to."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from brokerport.kit.http import Http
from core.kit.web import WebServer, no_proxy, serving

__all__ = ["http", "no_proxy", "server"]


@pytest.fixture
def server() -> Iterator[WebServer]:
    """It knows nothing yet."""
    with serving(WebServer()) as server:
        yield server


@pytest.fixture
async def http() -> AsyncIterator[Http]:
    """Two requests at the same time, 100 kB each."""
    client = Http("brokerport-tests", at_once=2, largest=100_000)
    yield client
    await client.aclose()
