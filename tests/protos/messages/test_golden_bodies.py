"""Bodies made with the brokers' own messages, read and written with ours."""

import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.message import Message

from brokerport_opend.messages import (
    ark_dynamic_pb2,
    broker_ranking_pb2,
    capital_distribution_pb2,
    global_state_pb2,
    init_connect_pb2,
    keep_alive_pb2,
    short_interest_pb2,
    short_volume_pb2,
)

GOLDEN = Path(__file__).resolve().parents[2] / "golden"
HEADER = 44
ENCRYPTED = {"keepalive_aes_cbc.bin", "keepalive_ftaes_ecb.bin"}
MODULES: dict[int, ModuleType] = {
    1001: init_connect_pb2,
    1002: global_state_pb2,
    1004: keep_alive_pb2,
    3212: capital_distribution_pb2,
    3247: broker_ranking_pb2,
    3248: short_volume_pb2,
    3249: short_interest_pb2,
    3424: ark_dynamic_pb2,
}
FRAMES: list[dict[str, Any]] = json.loads((GOLDEN / "index.json").read_text("utf-8"))
every_plain_frame = pytest.mark.parametrize(
    "frame", [each for each in FRAMES if each["file"] not in ENCRYPTED], ids=lambda each: each["file"]
)


def body_of(frame: dict[str, Any]) -> bytes:
    path: Path = GOLDEN / frame["file"]
    return path.read_bytes()[HEADER:]


def empty_message(frame: dict[str, Any]) -> Message:
    module = MODULES[frame["proto_id"]]
    message: Message = module.Response() if "reply" in frame["file"] else module.Request()
    return message


@every_plain_frame
def test_a_body_reads_as_exactly_what_was_recorded(frame: dict[str, Any]) -> None:
    message = empty_message(frame)
    message.ParseFromString(body_of(frame))
    assert MessageToDict(message, preserving_proto_field_name=True) == frame["message"]


@every_plain_frame
def test_a_body_that_was_read_is_written_with_the_same_bytes(frame: dict[str, Any]) -> None:
    message = empty_message(frame)
    message.ParseFromString(body_of(frame))
    assert message.SerializeToString() == body_of(frame)


@every_plain_frame
def test_what_was_recorded_is_written_with_the_same_bytes(frame: dict[str, Any]) -> None:
    assert ParseDict(frame["message"], empty_message(frame)).SerializeToString() == body_of(frame)
