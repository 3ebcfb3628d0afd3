"""The sandbox with a key: what it answers in which cipher."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from brokerport_opend.key_file import KeyFileError
from brokerport_opend.sandbox import Sandbox
from brokerport_opend.wire import aes, rsa
from brokerport_opend.wire.aes import Cbc, TailedEcb
from brokerport_opend.wire.cipher import PLAIN, Cipher
from brokerport_opend.wire.frame import FrameError
from keys import key, pem, write
from protos.sandbox.raw_client import EVENING, HELLO, RawClient, request, response

TENCENT = {"market": 1, "code": "00700"}
RSA = rsa.Rsa(key())


@pytest.fixture
async def sandbox(tmp_path: Path) -> AsyncIterator[Sandbox]:
    async with Sandbox(now=lambda: EVENING, rsa_key=write(tmp_path)) as sandbox:
        yield sandbox


@pytest.fixture
async def client(sandbox: Sandbox) -> AsyncIterator[RawClient]:
    client = await RawClient.connect(sandbox)
    client.cipher = RSA
    yield client
    await client.close()


def told(reply: Any) -> Cipher:
    """The cipher that a reply to InitConnect tells."""
    s2c = reply.s2c
    return aes.cipher(s2c.connAESKey.encode(), s2c.aesCBCiv.encode() if s2c.HasField("aesCBCiv") else None)


@pytest.mark.parametrize(("algorithm", "kind"), [(2, Cbc), (0, TailedEcb), (None, TailedEcb)])
async def test_the_algorithm_asked_for_decides_and_all_that_follows_is_encrypted(algorithm: int, kind: type, client: RawClient) -> None:
    hello = await client.ask(1001, **HELLO | {"packetEncAlgo": algorithm})
    assert (hello.retType, hello.retMsg) == (0, "brokerport sandbox")
    client.cipher = told(hello)
    assert type(client.cipher) is kind
    assert (await client.ask(1004, time=7)).s2c.time > 0
    assert len((await client.ask(3248, security=TENCENT)).s2c.hkItemList) == 10
    assert (await client.answer(1, b"")).retMsg == "the sandbox does not know protocol 1"


async def test_who_asks_for_none_is_answered_in_the_clear_from_the_handshakes_reply_on(client: RawClient) -> None:
    client.send(1001, request(1001, **HELLO))
    client.cipher = PLAIN
    hello = response(1001, (await client.frame()).body)
    assert hello.retType == 0
    assert not hello.s2c.HasField("aesCBCiv")
    assert (await client.ask(3248, security=TENCENT)).retType == 0


@pytest.mark.parametrize("algorithm", [1, 3, -2])
async def test_another_algorithm_is_refused_and_the_client_may_try_again(algorithm: int, client: RawClient) -> None:
    refused = await client.ask(1001, **HELLO | {"packetEncAlgo": algorithm})
    assert (refused.retType, refused.retMsg) == (-1, f"the sandbox does not know packetEncAlgo {algorithm}; it has to be 2, 0 or -1")
    assert (await client.ask(1001, **HELLO | {"packetEncAlgo": 2})).retType == 0


async def test_every_connection_has_keys_of_its_own(sandbox: Sandbox) -> None:
    secrets = set[str]()
    for _ in range(2):
        client = await RawClient.connect(sandbox)
        client.cipher = RSA
        s2c = (await client.ask(1001, **HELLO | {"packetEncAlgo": 2})).s2c
        assert len(s2c.connAESKey.encode()) == len(s2c.aesCBCiv.encode()) == 16
        secrets |= {s2c.connAESKey, s2c.aesCBCiv}
        await client.close()
    assert len(secrets) == 4


@pytest.mark.parametrize("cipher", [PLAIN, rsa.Rsa(key(which=1)), rsa.Rsa(key(2048))])
@pytest.mark.parametrize("proto_id", [1001, 1004])
async def test_a_client_without_the_key_cannot_be_read_and_is_hung_up_on(cipher: Cipher, proto_id: int, client: RawClient) -> None:
    client.cipher = cipher
    client.send(proto_id, request(proto_id, **HELLO if proto_id == 1001 else {"time": 7}))
    assert await client.hung_up()


@pytest.mark.parametrize("proto_id", [1001, 1004])
async def test_after_the_handshake_nothing_comes_in_the_clear(proto_id: int, client: RawClient) -> None:
    await client.ask(1001, **HELLO | {"packetEncAlgo": 2})
    client.cipher = PLAIN
    client.send(proto_id, request(proto_id, **HELLO if proto_id == 1001 else {"time": 7}))
    assert await client.hung_up()


async def test_a_client_that_cannot_decrypt_sees_no_frame(client: RawClient) -> None:
    client.send(1001, request(1001, **HELLO | {"packetEncAlgo": 2}))
    client.cipher = PLAIN
    with pytest.raises(FrameError):
        await client.frame()


def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError, match="chmod 600"):
        Sandbox(rsa_key=write(tmp_path, mode=0o644))


def test_neither_the_gateway_nor_a_visit_shows_a_key(tmp_path: Path) -> None:
    sandbox = Sandbox(rsa_key=str(write(tmp_path)))
    visit = sandbox._gateway.visit()
    assert pem(key()).decode().splitlines()[3] not in repr(visit) + repr(sandbox)
    assert "Rsa" not in repr(sandbox._gateway)
