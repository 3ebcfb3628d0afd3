from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from brokerport_opend.sandbox import Sandbox
from protos.sandbox.raw_client import EVENING, RawClient


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(now=lambda: EVENING) as sandbox:
        yield sandbox


@pytest.fixture
async def client(sandbox: Sandbox) -> AsyncIterator[RawClient]:
    client = await RawClient.greet(sandbox)
    yield client
    await client.close()
