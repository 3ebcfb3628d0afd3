"""A web server, and nothing else to talk to."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from brokerport.kit.http import Http
from core.kit.web import WebServer, serving


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the machine says of proxies is not for these tests."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


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
