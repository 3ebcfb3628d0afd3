"""InitConnect: what we say, and what the gateway may say of itself."""

from __future__ import annotations

from typing import Any

import pytest

from brokerport import BadReplyError, HandshakeError
from brokerport_opend.connecting import handshake
from brokerport_opend.connecting.handshake import Welcome
from brokerport_opend.messages import init_connect_pb2
from protos import golden
from protos.gateway import welcome

ADDRESS = "127.0.0.1:11111"


def met(message: init_connect_pb2.Response) -> Welcome:
    return handshake.welcome(ADDRESS, message.SerializePartialToString())


def test_we_ask_for_pushes_in_protobuf_and_for_no_encryption() -> None:
    c2s = init_connect_pb2.Request.FromString(handshake.hello()).c2s
    assert {field.name: value for field, value in c2s.ListFields()} == {
        "clientVer": 100,
        "clientID": "brokerport",
        "recvNotify": True,
        "packetEncAlgo": -1,
        "pushProtoFmt": 0,
        "programmingLanguage": "Python",
    }


def test_a_welcome_tells_of_the_gateway() -> None:
    told = handshake.welcome(ADDRESS, golden.body("init_reply.bin"))
    assert told == Welcome(server_version=1011, user_id=100000, connection_id=6825683696684969514, keep_alive=10, sandbox=False)


def test_ids_are_exact_at_64_bits() -> None:
    told = met(welcome(loginUserID=2**64 - 1, connID=2**63 + 1))
    assert (told.user_id, told.connection_id) == (2**64 - 1, 2**63 + 1)


@pytest.mark.parametrize(("asked", "kept"), [(0, 1), (-1, 1), (-(2**31), 1), (1, 1), (10, 10), (60, 60), (61, 60), (2**31 - 1, 60)])
def test_the_interval_of_keep_alives_is_clamped(asked: int, kept: int) -> None:
    assert met(welcome(keepAliveInterval=asked)).keep_alive == kept


@pytest.mark.parametrize(
    ("words", "sandbox"),
    [
        ("brokerport sandbox", True),
        ("", False),
        ("Brokerport Sandbox", False),
        ("not a brokerport sandbox", False),
        ("brokerport sandbox ", False),
    ],
)
def test_only_the_sandboxs_own_words_make_data_synthetic(words: str, sandbox: bool) -> None:
    assert met(welcome(ret_msg=words)).sandbox is sandbox


@pytest.mark.parametrize(
    ("code", "words", "told"),
    [
        (-1, "the account is not logged in", "the account is not logged in"),
        (-1, "", "no reason given"),
        (-400, "\x1b[31mbad\nthings", " [31mbad things"),
        (7, "x" * 1000, "x" * 300 + "…"),
    ],
)
def test_a_refusal_is_told_in_the_gateways_words_made_clean(code: int, words: str, told: str) -> None:
    with pytest.raises(HandshakeError) as caught:
        met(init_connect_pb2.Response(retType=code, retMsg=words))
    assert str(caught.value) == f"the gateway at {ADDRESS} refused the connection (code {code}): {told}"


@pytest.mark.parametrize("s2c", [None, {"serverVer": 1011}])
def test_a_refusal_may_come_with_half_a_welcome(s2c: dict[str, Any] | None) -> None:
    with pytest.raises(HandshakeError, match=r"\(code -1\): too many connections"):
        met(init_connect_pb2.Response(retType=-1, retMsg="too many connections", s2c=s2c))


def test_success_without_a_welcome_is_a_refusal() -> None:
    with pytest.raises(HandshakeError, match=r"refused the connection \(code 0\): no reason given"):
        met(init_connect_pb2.Response(retType=0))


def test_a_welcome_that_lacks_a_field_is_a_bad_reply_that_names_it() -> None:
    with pytest.raises(BadReplyError, match=r"lacks s2c\.loginUserID, s2c\.connID, s2c\.connAESKey, s2c\.keepAliveInterval"):
        met(init_connect_pb2.Response(retType=0, s2c={"serverVer": 1011}))


@pytest.mark.parametrize("body", [b"", b"\x22\x7f", b"\x80"])
def test_a_body_that_is_no_welcome_is_a_bad_reply(body: bytes) -> None:
    with pytest.raises(BadReplyError, match=f"InitConnect to {ADDRESS}"):
        handshake.welcome(ADDRESS, body)
