"""Bodies in JSON, for clients that write it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.json_format import ParseDict
from hypothesis import given
from hypothesis import strategies as st

from brokerport_opend.messages import notify_pb2
from brokerport_opend.sandbox import Sandbox
from brokerport_opend.sandbox.formats import JSON, Requests, frame, read
from brokerport_opend.sandbox.gateway import Gateway
from brokerport_opend.wire import aes, rsa
from brokerport_opend.wire.frame import PROTOBUF, FrameError
from keys import key, write
from protos.sandbox.raw_client import EVENING, HELLO, MESSAGES, RawClient, request, response

TENCENT = {"market": 1, "code": "00700"}
QUESTIONS = (3212, 3247, 3248, 3249, 3424)


class JsonClient(RawClient):
    """One that writes JSON, and reads what comes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        super().__init__(reader, writer)
        self._decoder: Requests = Requests()

    async def tell(self, proto_id: int, text: str | bytes) -> Any:
        """What is answered to a text; JSON too."""
        body = text.encode() if isinstance(text, str) else text
        self.writer.write(frame(proto_id, 7, body, JSON, self.cipher))
        reply = await self.frame()
        assert (reply.proto_id, reply.serial, self._decoder.body_format) == (proto_id, 7, JSON)
        return json.loads(reply.body)

    async def put(self, proto_id: int, **c2s: Any) -> Any:
        return await self.tell(proto_id, json.dumps({"c2s": c2s}))


@pytest.fixture
async def asks(sandbox: Sandbox) -> Any:
    client = await JsonClient.connect(sandbox)
    assert (await client.put(1001, **HELLO))["retType"] == 0
    yield client
    await client.close()


HOSTILE = {
    "deep": '{"c2s":' * 9000,
    "lists": "[" * 60_000,
    "infinite": '{"c2s":{"security":{"market":1e999,"code":"00700"}}}',
    "no number": '{"c2s":{"security":{"market":NaN,"code":"00700"}}}',
    "5,000 digits": '{"c2s":{"security":{"market":%s,"code":"00700"}}}' % ("9" * 5000),
    "large": '{"c2s":{"security":{"market":1,"code":"00700"},"num":1e30}}',
    "half a character": '{"c2s":{"security":{"market":1,"code":"\\ud800"}}}',
    "no UTF-8": b"\xff",
    "NUL": b"\0",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
async def test_whatever_is_written_as_json_is_answered_and_the_connection_goes_on(text: str | bytes, asks: JsonClient) -> None:
    assert (await asks.tell(3248, text))["retType"] != 0
    assert (await asks.put(1004, time=0))["retType"] == 0


@pytest.mark.parametrize("proto_id", [1002, 1004, *QUESTIONS])
async def test_a_request_in_json_gets_in_json_what_one_in_protobuf_gets(proto_id: int, asks: JsonClient) -> None:
    c2s = {1002: {"userID": 1}, 1004: {"time": 7}}.get(proto_id, {"security": TENCENT})
    told = ParseDict(await asks.put(proto_id, **c2s), MESSAGES[proto_id].Response())
    assert told.retType == 0
    assert told == await asks.ask(proto_id, **c2s)  # the same connection: each request decides for itself


async def test_numbers_of_64_bits_are_texts_and_may_come_as_either(asks: JsonClient) -> None:
    for time in ("7", 7):
        assert isinstance((await asks.put(1004, time=time))["s2c"]["time"], str)


async def test_an_enumeration_is_told_by_name_and_fields_have_their_own_names(asks: JsonClient) -> None:
    s2c = (await asks.put(3247, security=TENCENT))["s2c"]
    assert {row["buySellType"] for row in s2c["brokerList"]} == {"BuySellType_NetBuy", "BuySellType_NetSell"}
    assert (await asks.tell(1001, json.dumps({"c2s": HELLO})))["retMsg"] == "InitConnect has been done on this connection"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "[1]",
        "7",
        "null",
        '"c2s"',
        '{"c2s":7}',
        '{"c2s":{"security":{"market":"HK","code":"00700"}}}',
        '{"c2s":{},"c2s":{}}',
        "\N{BYTE ORDER MARK}{}",
        "[" * 30_000,
        '{"c2s":' * 5000,
        '{"c2s":{"num":' + "9" * 5000 + "}}",
        b"\xff\xfe",
        b"\x0a\x0a\x0a\x08\x08\x0b\x12\x04TSLA",
    ],
    ids=range(16),
)
async def test_what_is_no_request_is_refused_as_json_and_the_connection_lives(text: str | bytes, asks: JsonClient) -> None:
    refused = await asks.tell(3248, text)
    assert (refused["retType"], refused["retMsg"].startswith("invalid packet: "), "s2c" in refused) == (-500, True, False)
    assert (await asks.put(3248, security=TENCENT))["retType"] == 0


async def test_what_is_missing_is_named_and_what_is_unknown_is_passed_over(asks: JsonClient) -> None:
    assert (await asks.put(3248, security={"market": 1}))["retMsg"] == "invalid packet: c2s.security.code missing"
    assert (await asks.put(3248, security=TENCENT, newer={"field": [1]}))["retType"] == 0
    assert (await asks.put(9999))["retMsg"] == "the sandbox does not know protocol 9999"


_NESTED = st.recursive(st.none() | st.text(max_size=5) | st.integers(), st.lists, max_leaves=4)


@given(st.binary(max_size=50) | _NESTED.map(json.dumps).map(str.encode))
def test_no_body_breaks_the_gateway(body: bytes) -> None:
    visit = Gateway(0, 10, lambda: EVENING, None).visit()
    visit.ready = True
    assert response(3248, visit.answer(3248, read(3248, body, JSON))).retType in {0, -1, -500}


@given(st.dictionaries(st.sampled_from(["security", "num", "nextKey", "x"]), st.none() | st.text() | st.integers() | st.just(TENCENT)))
def test_no_fields_break_the_gateway(c2s: dict[str, Any]) -> None:
    visit = Gateway(0, 10, lambda: EVENING, None).visit()
    visit.ready = True
    body = json.dumps({"c2s": c2s}).encode()
    assert response(3248, visit.answer(3248, read(3248, body, JSON))).retType in {0, -1, -500}


async def test_before_the_handshake_json_ends_the_connection_too(sandbox: Sandbox) -> None:
    client = await JsonClient.connect(sandbox)
    client.writer.write(frame(3248, 1, b"{}", JSON))
    assert await client.hung_up()
    await client.close()


@pytest.mark.parametrize("algorithm", [2, 0])
async def test_json_may_be_encrypted(algorithm: int, tmp_path: Path) -> None:
    async with Sandbox(rsa_key=write(tmp_path)) as sandbox:
        client = await JsonClient.connect(sandbox)
        client.cipher = rsa.Rsa(key())
        s2c = (await client.put(1001, **HELLO | {"packetEncAlgo": algorithm}))["s2c"]
        client.cipher = aes.cipher(s2c["connAESKey"].encode(), s2c["aesCBCiv"].encode() if "aesCBCiv" in s2c else None)
        assert len((await client.put(3248, security=TENCENT))["s2c"]["hkItemList"]) == 10
        await client.close()


@pytest.mark.parametrize("asked", [PROTOBUF, JSON])
async def test_pushes_have_the_format_that_the_handshake_asked_for(asked: int, sandbox: Sandbox) -> None:
    client = await JsonClient.connect(sandbox)
    await client.ask(1001, **HELLO, recvNotify=True, pushProtoFmt=asked)
    sandbox.notify(notify_pb2.S2C(type=3, connectStatus={"qotLogined": True, "trdLogined": False}))
    body = (await client.frame()).body
    assert client._decoder.body_format == asked
    told = ParseDict(json.loads(body), notify_pb2.Response()) if asked == JSON else notify_pb2.Response.FromString(body)
    assert told.s2c.connectStatus.qotLogined
    await client.close()


async def test_no_other_format_of_pushes_is_known(sandbox: Sandbox) -> None:
    client = await RawClient.connect(sandbox)
    refused = await client.ask(1001, **HELLO, pushProtoFmt=2)
    assert refused.retMsg == "the sandbox does not know pushProtoFmt 2; it has to be 0 or 1"
    assert (await client.ask(1001, **HELLO)).retType == 0
    await client.close()


@given(st.lists(st.sampled_from([PROTOBUF, JSON]), max_size=5), st.data())
def test_frames_of_both_formats_are_cut_from_any_chunks(formats: list[int], data: st.DataObject) -> None:
    stream = b"".join(frame(1004, serial, request(1004, time=serial), each) for serial, each in enumerate(formats))
    requests, got, at = Requests(), [], 0
    while at < len(stream):
        size = data.draw(st.integers(1, 80))
        got += [(each.serial, requests.body_format) for each in requests.feed(stream[at : at + size])]
        at += size
    assert got == list(enumerate(formats))
    assert requests.held == 0


def test_a_third_format_is_none() -> None:
    with pytest.raises(FrameError, match="body format 2"):
        list(Requests().feed(frame(1004, 1, b"x", 2)))
