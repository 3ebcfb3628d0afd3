"""A reply may take no more of the event loop than what was asked is worth: it is refused by its size, else by its count of rows."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import attrs
import pytest
from google.protobuf.message import Message

from brokerport import ArkDynamic, AsyncClient, BadReplyError
from brokerport_opend import Brand, OpenDSettings
from brokerport_opend.connecting import handshake, notices
from brokerport_opend.endpoints import BROKER_RANKING, ENDPOINTS, SHORT_INTEREST, SHORT_VOLUME
from brokerport_opend.endpoints.endpoint import LARGEST, Endpoint
from brokerport_opend.endpoints.replies import parse, payload
from brokerport_opend.messages import ark_dynamic_pb2, global_state_pb2, init_connect_pb2, notify_pb2, short_volume_pb2
from brokerport_opend.wire.connection import Push
from brokerport_opend.wire.pushes import NOTIFY
from protos.conftest import OpenGateway
from protos.gateway import answering

ACME = Brand(name="acme", gateway="Acme OpenD", manual="https://acme.example/opend")
ARK = ark_dynamic_pb2.Response(retType=0, s2c={"transactionCount": 1})


def varint(number: int) -> bytes:
    low, rest = number & 127, number >> 7
    return bytes([low | 128]) + varint(rest) if rest else bytes([low])


def success(s2c: bytes) -> bytes:
    """A response of retType 0 with these bytes of s2c."""
    return b"\x08\x00\x22" + varint(len(s2c)) + s2c


def field(number: int, content: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(content)) + content


def nested(depth: int) -> bytes:
    """A group within a group, so many times, of a field that nobody knows."""
    return varint(999 << 3 | 3) * depth + varint(999 << 3 | 4) * depth


ROWS = field(1, b"") * 520_000

#: a MiB each
FAT = {
    "empty rows": ROWS,
    "empty rows in two lists": (field(1, b"") + field(2, b"")) * 260_000,
    "empty rows in the list of another market": field(2, b"") * 520_000,
    "rows of ranking": field(4, b"") * 520_000,
    "fields that nobody knows": (varint(999 << 3) + b"\0") * 349_000,
    "messages that nobody knows": field(999, b"") * 262_000,
    "groups that nobody knows, 90 deep": nested(90) * 2_800,
    "one text again and again": field(3, b"") * 520_000,
    "long text in each row": field(1, field(2, b"x" * 20_000)) * 50,
    "whole rows": field(1, field(2, b"2026-03-04") + b"\x18\x01\x38\x02") * 60_000,
}


class Noting:
    """A message class that notes how many bytes are parsed."""

    def __init__(self, kind: type[Message]) -> None:
        self.DESCRIPTOR = kind.DESCRIPTOR
        self.parsed: list[int] = []
        self._kind = kind

    def FromString(self, body: bytes) -> Message:
        self.parsed.append(len(body))
        return self._kind.FromString(body)


def fed(endpoint: Endpoint[Any], body: bytes) -> tuple[str, list[int]]:
    """What the error says, and how many bytes were parsed for it."""
    noting = Noting(endpoint.response)
    with pytest.raises(BadReplyError) as caught:
        payload(attrs.evolve(endpoint, response=cast("type[Message]", noting)), "asked", body)
    return str(caught.value), noting.parsed


@pytest.mark.parametrize("s2c", FAT.values(), ids=FAT)
@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.question)
def test_a_mebibyte_of_anything_is_refused_unparsed(endpoint: Endpoint[Any], s2c: bytes) -> None:
    body = success(s2c)
    assert len(body) > 1_000_000 - 300_000
    assert fed(endpoint, body) == (f"asked: a reply of {len(body):,} bytes came, and none is longer than {endpoint.largest:,}", [])


@pytest.mark.parametrize(
    ("endpoint", "one", "most"),
    [(SHORT_VOLUME, field(1, b""), 50), (SHORT_INTEREST, field(2, b""), 50), (BROKER_RANKING, field(4, b""), 100)],
    ids=["short_volume", "short_interest", "broker_ranking"],
)
def test_rows_are_counted_before_any_is_made(endpoint: Endpoint[Any], one: bytes, most: int) -> None:
    assert fed(endpoint, success(one * (most + 1)))[0] == f"asked: a reply with {most + 1} rows came, and none has more than {most}"
    assert fed(endpoint, success(one * 15_000))[0] == f"asked: a reply with 15,000 rows came, and none has more than {most}"
    assert payload(endpoint, "asked", success(one * most)) is not None


@pytest.mark.parametrize("endpoint", [SHORT_VOLUME, SHORT_INTEREST], ids=lambda endpoint: endpoint.question)
def test_rows_of_two_lists_are_counted_together(endpoint: Endpoint[Any]) -> None:
    assert "a reply with 51 rows came" in fed(endpoint, success(field(1, b"") * 25 + field(2, b"") * 26))[0]


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.question)
def test_every_list_of_a_reply_is_counted(endpoint: Endpoint[Any]) -> None:
    s2c: Any = endpoint.response().s2c  # type: ignore[attr-defined]  # each response's own
    assert endpoint.lists == tuple(each.name for each in s2c.DESCRIPTOR.fields if hasattr(getattr(s2c, each.name), "append"))


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.question)
def test_as_many_rows_as_there_can_be_fit_with_every_field_at_its_longest(endpoint: Endpoint[Any]) -> None:
    row = 11 * (2 + 10) + 200  # numbers of ten bytes, a day and a name
    assert endpoint.most_rows * row + 4096 < endpoint.largest < 100_000


@pytest.mark.parametrize("kind", [global_state_pb2.Response, init_connect_pb2.Response])
def test_what_answers_no_question_has_a_size_too(kind: type[Message]) -> None:
    noting = Noting(kind)
    with pytest.raises(BadReplyError, match=r"^asked: a reply of 32,769 bytes came, and none is longer than 32,768$"):
        parse(cast("type[Message]", noting), "asked", bytes(LARGEST + 1))
    assert noting.parsed == []


def test_a_fat_welcome_and_a_fat_notice_are_passed_over() -> None:
    told = {"serverVer": 1011, "loginUserID": 1, "connID": 1, "connAESKey": "k" * 16, "keepAliveInterval": 10}
    fat = init_connect_pb2.Response(retType=0, retMsg="x" * LARGEST, s2c=told).SerializeToString()
    assert handshake.cipher(fat) is None
    event = {"type": notify_pb2.NotifyType_GtwEvent, "event": {"eventType": notify_pb2.GtwEventType_KickedOut, "desc": "x" * LARGEST}}
    assert notices.read(Push(NOTIFY, notify_pb2.Response(retType=0, s2c=event).SerializeToString())) is None


async def test_fat_replies_end_their_own_calls_and_hold_up_nobody(gateway: OpenGateway) -> None:
    fat = short_volume_pb2.Response.FromString(success(FAT["empty rows"]))
    there = await gateway(answering({SHORT_VOLUME.proto_id: fat, 3424: ARK}))
    provider = ACME.provider(OpenDSettings(port=there.port))
    async with AsyncClient(lambda: provider, broker="acme", quotas=False) as client:
        calls = [client.short_volume(f"HK.0070{number}", timeout=30) for number in range(5)]
        *ends, ark = await asyncio.gather(*calls, client.ark_dynamic("US.TSLA", timeout=30), return_exceptions=True)
        assert [type(end) for end in ends] == [BadReplyError] * 5
        assert isinstance(ark, ArkDynamic)
        assert ark.transactions == 1
        assert len(there.visits) == 1
