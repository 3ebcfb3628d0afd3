from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from brokerport_opend.sandbox import Sandbox
from protos.sandbox.raw_client import EVENING, RawClient

Skip = Callable[[float], None]


@pytest.fixture
async def skip(monkeypatch: pytest.MonkeyPatch) -> Skip:
    """Let so many seconds pass at once."""
    loop = asyncio.get_running_loop()
    skipped, time = [0.0], loop.time
    monkeypatch.setattr(loop, "time", lambda: time() + sum(skipped))
    return skipped.append


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(now=lambda: EVENING) as sandbox:
        yield sandbox


@pytest.fixture
async def client(sandbox: Sandbox) -> AsyncIterator[RawClient]:
    client = await RawClient.greet(sandbox)
    yield client
    await client.close()
