"""Scripted gateways and sessions, which leave nothing behind."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import hypothesis
import pytest

from brokerport_opend.connecting.dial import Patience
from brokerport_opend.connecting.session import Session
from protos.gateway import Gateway, Script

# How long an example takes says more about the machine than about the code.
hypothesis.settings.register_profile("unhurried", deadline=None)
hypothesis.settings.load_profile("unhurried")

OpenGateway = Callable[..., Awaitable[Gateway]]
NewSession = Callable[..., Session]


@pytest.fixture
async def gateway() -> AsyncIterator[OpenGateway]:
    async with AsyncExitStack() as stack:

        async def listen(*scripts: Script, host: str = "127.0.0.1", port: int = 0) -> Gateway:
            return await stack.enter_async_context(Gateway(*scripts, host=host, port=port))

        yield listen


@pytest.fixture
async def session(quiet_loop: None) -> AsyncIterator[NewSession]:
    made: list[Session] = []

    def to(where: Gateway, **options: Any) -> Session:
        made.append(Session(where.host, where.port, "start it", Patience(**options)))
        return made[-1]

    yield to
    for each in made:
        await each.aclose()


@pytest.fixture
async def quiet_loop() -> AsyncIterator[None]:
    """Nothing may reach the event loop's own handler of errors: no lost exception, no failed callback."""
    reports: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reports.append(context))
    yield
    gc.collect()
    assert reports == []
