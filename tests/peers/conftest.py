"""The official packages, each in a process of its own: they write logs into the home folder, take SIGINT, and may block for ever."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from brokerport import registry
from brokerport_opend.sandbox import Sandbox
from peers.gateways import Ask, AskOfficial, OfficialGateway, environment, official_gateway, standing_still
from peers.questions import Question
from peers.replies import REPLIES

FOLDER = Path(__file__).parent
PATIENCE = 50  # seconds that a program with an SDK in it may take, on a machine with much else to do


@pytest.fixture(scope="session", params=["futu", "moomoo"])
def brand(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    if find_spec(name) is None:
        pytest.skip(f"{name}-api is not installed")
    return name


@pytest.fixture(scope="session")
def ask_official(brand: str, tmp_path_factory: pytest.TempPathFactory) -> AskOfficial:
    """Answers stay text until they are looked at: as objects, they would slow down every collection of garbage."""

    def ask(port: int, questions: list[Question], *encryption: str) -> list[str]:
        folder = tmp_path_factory.mktemp(brand)
        asked, answers = folder / "questions.json", folder / "answers.json"
        asked.write_text(json.dumps([each.to_sdk() for each in questions]), "utf-8")
        command = [sys.executable, str(FOLDER / "official_client.py"), brand, str(port), str(asked), str(answers), *encryption]
        done = subprocess.run(command, env=environment(folder), capture_output=True, text=True, timeout=PATIENCE, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return answers.read_text("utf-8").splitlines()

    return ask


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """One for all: what it tells depends on the question alone."""
    with standing_still(quotas=False) as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def gateway(brand: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OfficialGateway]:
    with official_gateway(brand, tmp_path_factory.mktemp(f"{brand}-gateway"), REPLIES) as gateway:
        yield gateway


@pytest.fixture(params=["blocking", "async"])
def ask(request: pytest.FixtureRequest, brand: str, gateway: OfficialGateway) -> Ask:
    """Asks the official gateway through one of our two doors."""

    async def awaited(method: str, symbol: str, **arguments: Any) -> Any:
        async with registry.get_async(brand, port=gateway.port, quotas=False) as client:
            return await getattr(client, method)(symbol, **arguments)

    def blocking(method: str, symbol: str, **arguments: Any) -> Any:
        with registry.get(brand, port=gateway.port, quotas=False) as client:
            return getattr(client, method)(symbol, **arguments)

    return blocking if request.param == "blocking" else lambda *asked, **arguments: asyncio.run(awaited(*asked, **arguments))
