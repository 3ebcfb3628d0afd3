"""The official SDKs by way of the recorder, and then before what it wrote."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from brokerport_opend.sandbox import Sandbox
from brokerport_opend.sandbox.recorder import Recorder
from peers.gateways import AskOfficial
from peers.questions import Question

QUESTIONS = [
    Question("ark_dynamic", "US.TSLA"),
    Question("capital_distribution", "HK.00700"),
    Question("broker_ranking", "HK.00700", days_before=3),
    Question("short_volume", "HK.00700", limit=7, pages=3),
    Question("short_interest", "US.TSLA"),
    Question("short_interest", "US.UNKNOWN"),  # is refused
]


@pytest.mark.timeout(60)  # processes start, and import an SDK
async def test_what_the_sdk_got_it_gets_again_without_the_gateway(sandbox: Sandbox, ask_official: AskOfficial, tmp_path: Path) -> None:
    async with Recorder(f"{sandbox.host}:{sandbox.port}", tmp_path / "out") as recorder:
        recorded = await asyncio.to_thread(ask_official, recorder.port, QUESTIONS)
    assert recorded == await asyncio.to_thread(ask_official, sandbox.port, QUESTIONS)  # nothing was changed on the way
    async with Sandbox(replay=tmp_path / "out") as again:
        assert await asyncio.to_thread(ask_official, again.port, QUESTIONS) == recorded
