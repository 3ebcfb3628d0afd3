from __future__ import annotations

import asyncio
import gc
import json
import socket
from pathlib import Path
from typing import Any

import pytest

from brokerport_opend.sandbox import Sandbox
from brokerport_opend.wire.frame import Frame, encode
from protos.sandbox.raw_client import RawClient, request, response

GOLDEN = Path(__file__).parents[2] / "golden"
GOLDEN_REQUESTS = [
    entry
    for entry in json.loads((GOLDEN / "index.json").read_text(encoding="utf-8"))
    if "c2s" in entry["message"] and "aes" not in entry["file"] and entry["file"] != "init_request.bin"
]
TENCENT = {"market": 1, "code": "00700"}


@pytest.mark.parametrize("entry", GOLDEN_REQUESTS, ids=lambda entry: entry["file"])
async def test_golden_requests_are_answered(sandbox: Sandbox, entry: dict[str, Any]) -> None:
    client = await RawClient.connect(sandbox)
    client.writer.write((GOLDEN / "init_request.bin").read_bytes() + (GOLDEN / entry["file"]).read_bytes())
    hello, reply = await client.frame(), await client.frame()
    assert (hello.proto_id, hello.serial, response(1001, hello.body).retType) == (1001, 1, 0)
    assert (reply.proto_id, reply.serial) == (entry["proto_id"], entry["serial"])
    assert response(reply.proto_id, reply.body).retType == 0
    await client.close()


async def test_bytes_may_come_one_by_one(sandbox: Sandbox, client: RawClient) -> None:
    for byte in encode(Frame(3248, 77, request(3248, security=TENCENT))):
        client.writer.write(bytes([byte]))
        await client.writer.drain()
        await asyncio.sleep(0)
    reply = await client.frame()
    assert reply.serial == 77
    assert len(response(3248, reply.body).s2c.hkItemList) == 10


async def test_requests_may_come_at_once(client: RawClient) -> None:
    for serial in range(500):
        client.send(1004, request(1004, time=serial), serial)
    assert [(await client.frame()).serial for _ in range(500)] == list(range(500))


def _frame(**changed: bytes) -> bytes:
    frame = bytearray(encode(Frame(1004, 1, request(1004, time=0))))
    for at, value in changed.items():
        offset = int(at[1:])
        frame[offset : offset + len(value)] = value
    return bytes(frame)


BROKEN = {
    "magic": _frame(_0=b"XX"),
    "format": _frame(_6=b"\x02"),
    "version": _frame(_7=b"\x09"),
    "length": _frame(_12=b"\xff\xff\xff\xff"),
    "SHA-1": _frame(_16=b"\0" * 20),
    "HTTP": b"GET / HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n",
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN.keys())
async def test_a_broken_frame_ends_its_connection_alone(sandbox: Sandbox, client: RawClient, broken: bytes) -> None:
    other = await RawClient.greet(sandbox)
    other.writer.write(broken)
    assert await other.hung_up()
    await other.close()
    assert (await client.ask(1004, time=0)).retType == 0


async def test_what_came_before_a_broken_frame_is_answered(client: RawClient) -> None:
    client.writer.write(_frame() + BROKEN["magic"])
    assert (await client.frame()).proto_id == 1004
    assert await client.hung_up()


async def test_a_connection_begins_with_a_handshake_of_its_own(sandbox: Sandbox, client: RawClient) -> None:
    other = await RawClient.connect(sandbox)
    other.send(3248, request(3248, security=TENCENT))
    assert await other.hung_up()
    await other.close()
    assert (await client.ask(3248, security=TENCENT)).retType == 0
    again = await RawClient.greet(sandbox)
    assert (await again.ask(3248, security=TENCENT)).retType == 0
    await again.close()


async def test_a_client_that_falls_silent_is_dropped_after_four_intervals(client: RawClient, monkeypatch: pytest.MonkeyPatch) -> None:
    loop = asyncio.get_running_loop()
    skipped, time = 0.0, loop.time
    monkeypatch.setattr(loop, "time", lambda: time() + skipped)
    for _ in range(3):
        skipped += 35  # of four times ten seconds
        assert (await client.ask(1004, time=0)).retType == 0
    skipped += 35
    client.writer.write(b"F")  # part of a frame is no word
    await client.writer.drain()
    skipped += 6
    assert await client.hung_up()


async def test_who_does_not_read_is_not_read_from_and_loses_nothing() -> None:
    async with Sandbox(quotas=False) as sandbox:
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        sock.setblocking(False)
        await asyncio.get_running_loop().sock_connect(sock, (sandbox.host, sandbox.port))
        client = RawClient(*await asyncio.open_connection(sock=sock, limit=8192))
        await client.ask(1001, clientVer=1, clientID="")
        question = request(3248, security=TENCENT, num=50)
        for serial in range(2000):
            client.send(3248, question, serial)
        assert [(await client.frame()).serial for _ in range(2000)] == list(range(2000))
        await client.close()


async def test_replies_are_not_held_back(sandbox: Sandbox, client: RawClient) -> None:
    (connection,) = sandbox._connections._all
    sock = connection._transport.get_extra_info("socket")
    assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    assert sock.getsockname()[0] == "127.0.0.1"


async def test_closing_hangs_up_on_everyone_and_leaves_nothing() -> None:
    sandbox = Sandbox()
    await sandbox.start()
    clients = [await RawClient.greet(sandbox) for _ in range(5)]
    clients[0].writer.write(_frame()[:20])
    await sandbox.aclose()
    assert not sandbox._connections
    assert asyncio.all_tasks() == {asyncio.current_task()}
    for client in clients:
        assert await client.hung_up()
        await client.close()
    with pytest.raises(ConnectionRefusedError):
        await RawClient.connect(sandbox)
    await sandbox.aclose()


@pytest.mark.parametrize("turns", range(6))
async def test_closing_while_clients_arrive_leaves_nothing(turns: int) -> None:
    sandbox = Sandbox()
    await sandbox.start()
    sockets = [socket.create_connection((sandbox.host, sandbox.port)) for _ in range(3)]
    for _ in range(turns):
        await asyncio.sleep(0)
    await sandbox.aclose()
    assert not sandbox._connections
    assert asyncio.all_tasks() == {asyncio.current_task()}
    for sock in sockets:
        sock.close()
    gc.collect()  # an unclosed socket warns now, and a warning fails


async def test_it_can_be_started_again_on_the_same_port() -> None:
    sandbox = Sandbox()
    async with sandbox:
        port = sandbox.port
        with pytest.raises(RuntimeError):
            await sandbox.start()
        client = await RawClient.greet(sandbox)
    async with sandbox:
        assert sandbox.port == port
        await client.close()
        client = await RawClient.greet(sandbox)
        await client.close()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.1", "example.com", ""])
def test_only_the_loopback_interface_is_listened_on(host: str) -> None:
    with pytest.raises(ValueError, match="loopback"):
        Sandbox(host=host)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1.2.3", "::1"])
def test_any_loopback_address_will_do(host: str) -> None:
    assert Sandbox(host=host).host in {host, "127.0.0.1"}
