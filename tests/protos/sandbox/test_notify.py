"""What the sandbox tells its clients unasked."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from google.protobuf.message import EncodeError

from brokerport import ConnectionLostError, Registry
from brokerport_opend.messages import notify_pb2
from brokerport_opend.sandbox import Sandbox
from brokerport_opend.wire import aes, rsa
from keys import key, write
from protos.sandbox.raw_client import HELLO, RawClient, request

LOGGED_OUT = notify_pb2.S2C(type=notify_pb2.NotifyType_ConnStatus, connectStatus={"qotLogined": False, "trdLogined": False})
_ELSEWHERE = notify_pb2.GtwEvent(eventType=notify_pb2.GtwEventType_KickedOut, desc="from another machine")
KICKED_OUT = notify_pb2.S2C(type=notify_pb2.NotifyType_GtwEvent, event=_ELSEWHERE)


async def listening(sandbox: Sandbox) -> RawClient:
    client = await RawClient.connect(sandbox)
    assert (await client.ask(1001, **HELLO, recvNotify=True)).retType == 0
    return client


async def told(client: RawClient) -> notify_pb2.S2C:
    push = await client.frame()
    assert (push.proto_id, push.serial) == (1003, 0)
    response = notify_pb2.Response.FromString(push.body)
    assert response.retType == 0
    return response.s2c


async def test_a_notice_goes_to_all_that_asked_for_notices_and_to_nobody_else(sandbox: Sandbox) -> None:
    asked, asked_too = await listening(sandbox), await listening(sandbox)
    silent, early = await RawClient.greet(sandbox), await RawClient.connect(sandbox)
    sandbox.notify(LOGGED_OUT)
    assert await told(asked) == await told(asked_too) == LOGGED_OUT
    for client, proto_id, c2s in ((silent, 1004, {"time": 0}), (early, 1001, HELLO | {"recvNotify": True})):
        client.send(proto_id, request(proto_id, **c2s))
        assert (await client.frame()).proto_id == proto_id  # no push came before
    for client in (asked, asked_too, silent, early):
        await client.close()


async def test_another_push_goes_to_all_that_have_shaken_hands(sandbox: Sandbox) -> None:
    client, early = await RawClient.greet(sandbox), await RawClient.connect(sandbox)
    sandbox.push(3005, notify_pb2.Response(retType=0, retMsg="quote"))
    push = await client.frame()
    assert (push.proto_id, notify_pb2.Response.FromString(push.body).retMsg) == (3005, "quote")
    early.send(1001, request(1001, **HELLO))
    assert (await early.frame()).proto_id == 1001
    for each in (client, early):
        await each.close()


async def test_pushes_may_be_made_on_any_thread_and_come_in_order(sandbox: Sandbox) -> None:
    client = await listening(sandbox)

    def push() -> None:
        for number in range(50):
            sandbox.notify(notify_pb2.S2C(type=6, apiQuota={"subQuota": number, "historyKLQuota": 0}))

    await asyncio.to_thread(push)
    assert [(await told(client)).apiQuota.subQuota for _ in range(50)] == list(range(50))
    await client.close()


async def test_a_push_is_what_the_message_was_when_it_was_pushed(sandbox: Sandbox) -> None:
    client, s2c = await listening(sandbox), notify_pb2.S2C(type=3)
    sandbox.notify(s2c)
    s2c.type = 1
    assert (await told(client)).type == 3
    await client.close()


async def test_an_incomplete_message_is_its_callers_error(sandbox: Sandbox) -> None:
    with pytest.raises(EncodeError, match="type"):
        sandbox.notify(notify_pb2.S2C())


async def test_pushes_are_encrypted_as_replies_are(tmp_path: Path) -> None:
    async with Sandbox(rsa_key=write(tmp_path)) as sandbox:
        client = await RawClient.connect(sandbox)
        client.cipher = rsa.Rsa(key())
        s2c = (await client.ask(1001, **HELLO | {"packetEncAlgo": 2}, recvNotify=True)).s2c
        client.cipher = aes.cipher(s2c.connAESKey.encode(), s2c.aesCBCiv.encode())
        sandbox.notify(LOGGED_OUT)
        assert await told(client) == LOGGED_OUT
        await client.close()


async def test_where_nothing_runs_nothing_can_be_pushed() -> None:
    sandbox = Sandbox()
    for _ in range(2):
        with pytest.raises(RuntimeError, match="the sandbox is not running"):
            sandbox.notify(LOGGED_OUT)
        async with sandbox:
            sandbox.notify(LOGGED_OUT)


async def test_our_own_client_hears_that_its_gateway_was_logged_in_elsewhere(sandbox: Sandbox) -> None:
    async with Registry().get_async("moomoo", port=sandbox.port) as moomoo:
        await moomoo.ark_dynamic("US.TSLA")
        sandbox.notify(KICKED_OUT)
        await moomoo.ark_dynamic("US.TSLA")  # it is still there ...
        (connection,) = sandbox._connections._all
        connection.abort()  # ... and then does not come again
        with pytest.raises(ConnectionLostError, match="the account logged in elsewhere"):
            await moomoo.ark_dynamic("US.TSLA")
