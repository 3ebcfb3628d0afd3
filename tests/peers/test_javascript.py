"""The official JavaScript SDK, which comes by WebSocket, and our clients, asked the same at the same minute of the same sandbox."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from asyncio.subprocess import PIPE
from datetime import UTC, datetime
from pathlib import Path
from shutil import which
from typing import Any

import pytest
from attrs import field, frozen
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from google.protobuf.json_format import ParseDict

from brokerport import RejectedError, Source, Symbol, registry
from brokerport_opend.endpoints import ARK_DYNAMIC, BROKER_RANKING, CAPITAL_DISTRIBUTION, SHORT_INTEREST, SHORT_VOLUME
from brokerport_opend.endpoints.endpoint import MARKET_NUMBERS, Endpoint
from brokerport_opend.messages import init_websocket_pb2
from brokerport_opend.sandbox import Sandbox
from brokerport_opend.wire.packet import Failure
from peers.gateways import HALF_PAST_TEN

FOLDER = Path(__file__).with_name("javascript")
MODULES = FOLDER / "node_modules"
NODE = which("node")
ABSENT = "node is not installed" if NODE is None else "the JavaScript SDK is not installed: make test does so where npm is"
PATIENCE = 50  # seconds that Node may take, on a machine with much else to do
SOMETIME = Source("futu", datetime.min.replace(tzinfo=UTC))  # is not compared

pytestmark = [pytest.mark.timeout(60), pytest.mark.skipif(NODE is None or not MODULES.is_dir(), reason=ABSENT)]


@frozen
class Question:
    """What both are asked."""

    endpoint: Endpoint[Any]
    symbol: str
    package: str  #: the SDK's name of its messages
    c2s: dict[str, Any] = field(factory=dict)  #: beside the security, to the SDK
    arguments: dict[str, Any] = field(factory=dict)  #: the same, to us

    def __str__(self) -> str:
        return f"{self.endpoint.question}-{self.symbol}-{self.arguments}"

    def to_sdk(self) -> dict[str, Any]:
        """As ``ask.js`` takes it."""
        symbol = Symbol.parse(self.symbol)
        security = {"market": MARKET_NUMBERS[symbol.market], "code": symbol.code}
        return {"proto_id": self.endpoint.proto_id, "name": self.package, "c2s": {"security": security, **self.c2s}}

    def read(self, reply: dict[str, Any]) -> Any:
        """What the SDK was told, as our model."""
        response: Any = ParseDict(reply, self.endpoint.response())
        assert response.retType == 0, reply
        return self.endpoint.read(response.s2c, Symbol.parse(self.symbol), SOMETIME)


ARK = "Qot_GetArkStockDynamic"
CAPITAL = "Qot_GetCapitalDistribution"
RANKING = "Qot_GetTopTenBuySellBrokers"
VOLUME = "Qot_GetDailyShortVolume"
INTEREST = "Qot_GetShortInterest"

QUESTIONS = [
    *(Question(ARK_DYNAMIC, symbol, ARK) for symbol in ("US.TSLA", "US.AAPL", "HK.00700", "US.NODATA")),
    *(Question(CAPITAL_DISTRIBUTION, symbol, CAPITAL) for symbol in ("HK.00700", "US.TSLA", "SH.600519", "HK.NODATA")),
    Question(BROKER_RANKING, "HK.00700", RANKING),
    Question(BROKER_RANKING, "HK.00700", RANKING, {"daysBefore": 3}, {"days_before": 3}),
    Question(BROKER_RANKING, "HK.NODATA", RANKING),
    *(Question(SHORT_VOLUME, symbol, VOLUME, {"num": 50}, {"limit": 50}) for symbol in ("HK.00700", "US.TSLA", "US.NODATA")),
    *(Question(SHORT_INTEREST, symbol, INTEREST, {"num": 7}, {"limit": 7}) for symbol in ("HK.00700", "US.TSLA", "HK.NODATA")),
]
REFUSED = Question(SHORT_VOLUME, "HK.UNKNOWN", VOLUME)


async def run(sandbox: Sandbox, questions: list[Question], key: str = "") -> Any:
    """What the SDK was told, by ``ask.js``."""
    assert NODE is not None
    node = await asyncio.create_subprocess_exec(
        NODE, str(FOLDER / "ask.js"), str(sandbox.websocket_port), key, stdin=PIPE, stdout=PIPE, stderr=PIPE
    )
    try:
        asked = json.dumps([each.to_sdk() for each in questions]).encode()
        async with asyncio.timeout(PATIENCE):
            output, errors = await node.communicate(asked)
    finally:
        if node.returncode is None:
            node.kill()
    assert node.returncode == 0, errors.decode()
    return json.loads(output)


def door(**options: Any) -> Sandbox:
    return Sandbox(seed=7, now=lambda: HALF_PAST_TEN, quotas=False, websocket_port=0, **options)


async def test_both_say_the_same_value_for_value() -> None:
    async with door() as sandbox:
        told = await run(sandbox, QUESTIONS)
        async with registry.get_async("futu", port=sandbox.port, quotas=False) as client:
            ours = [await getattr(client, each.endpoint.question)(each.symbol, **each.arguments) for each in QUESTIONS]
    assert (told["loggedIn"], told["error"]) == (True, 0)
    for question, reply, mine in zip(QUESTIONS, told["answers"], ours, strict=True):
        assert repr(question.read(reply)).partition("source=")[0] == repr(mine).partition("source=")[0], question  # 1 is not 1.0
        assert question.read(reply) == mine, question


async def test_a_refusal_is_the_same_text_to_both() -> None:
    async with door() as sandbox:
        (refused,) = (await run(sandbox, [REFUSED]))["answers"]
        async with registry.get_async("futu", port=sandbox.port, quotas=False) as client:
            with pytest.raises(RejectedError) as raised:
                await client.short_volume(REFUSED.symbol)
    assert (refused["retType"], refused["retMsg"]) == (raised.value.code, raised.value.text)


async def test_the_sdk_is_let_in_with_the_key_and_only_with_it() -> None:
    async with door(websocket_key="correct horse") as sandbox:
        assert (await run(sandbox, QUESTIONS[:1], "correct horse"))["answers"][0]["retType"] == 0
        for key in ("", "wrong horse"):
            told = await run(sandbox, QUESTIONS[:1], key)
            assert told == {"loggedIn": False, "error": Failure.DISCONNECTED, "answers": []}


def test_the_messages_of_the_greeting_are_the_brokers(tmp_path: Path) -> None:
    theirs = tmp_path / "descriptors"
    compiler = Path(sys.executable).with_name("protoc")
    proto = MODULES / "futu-api" / "proto"
    subprocess.run([compiler, f"-I{proto}", f"--descriptor_set_out={theirs}", proto / "InitWebSocket.proto"], check=True)
    (file,) = FileDescriptorSet.FromString(theirs.read_bytes()).file
    ours = FileDescriptorProto()
    init_websocket_pb2.DESCRIPTOR.CopyToProto(ours)
    for each in (each for message in file.message_type for each in message.field):
        each.ClearField("json_name")  # which the generated modules leave out
        if each.type_name:
            each.type_name = each.type_name.replace(".InitWebSocket.", ".brokerport_opend.init_websocket.")
    assert list(ours.message_type) == list(file.message_type)
