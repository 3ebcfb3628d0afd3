"""The WebSocket door: packets into replies, and who is let in."""

from __future__ import annotations

import asyncio
import gc
import re
import signal
import socket
import subprocess
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import suppress
from hashlib import md5
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidMessage

from brokerport_opend.messages import init_websocket_pb2, notify_pb2
from brokerport_opend.sandbox import SANDBOX_MARK, Sandbox
from brokerport_opend.sandbox.__main__ import main
from brokerport_opend.sandbox.gateway import VERSION
from brokerport_opend.sandbox.limits import HEAD_SECONDS, INTERVALS, MOST_PIECES
from brokerport_opend.sandbox.log import MOST
from brokerport_opend.sandbox.quotas import QUOTAS
from brokerport_opend.sandbox.websocket import LARGEST, Client
from brokerport_opend.wire.packet import Failure, ReplyPacket, RequestPacket, decode_reply, encode_request
from keys import write
from protos.sandbox.conftest import Skip
from protos.sandbox.raw_client import EVENING, RawClient, request, response

TENCENT = {"market": 1, "code": "00700"}
KEY = "correct horse"


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(now=lambda: EVENING, websocket_port=0) as sandbox:
        yield sandbox


@pytest.fixture
async def locked() -> AsyncIterator[Sandbox]:
    async with Sandbox(now=lambda: EVENING, websocket_port=0, websocket_key=KEY) as sandbox:
        yield sandbox


@pytest.fixture
async def client(sandbox: Sandbox) -> AsyncIterator[ClientConnection]:
    async with to(sandbox) as client:
        assert (await ask(client, 1, init())).error == 0
        yield client


def to(sandbox: Sandbox) -> connect:
    return connect(f"ws://{sandbox.host}:{sandbox.websocket_port}")


def init(key: str = "") -> bytes:
    """As the JavaScript SDK says it."""
    digest = md5(key.encode()).hexdigest() if key else ""
    c2s = init_websocket_pb2.C2S(websocketKey=digest, programmingLanguage="JavaScript")
    return init_websocket_pb2.Request(c2s=c2s).SerializeToString()


async def ask(client: ClientConnection, command: int, body: bytes, section: int = 2) -> ReplyPacket:
    await client.send(encode_request(RequestPacket(command, section, body)))
    return await receive(client)


async def receive(client: ClientConnection) -> ReplyPacket:
    return decode_reply(await client.recv(decode=False))


def greeting(reply: ReplyPacket) -> Any:
    return init_websocket_pb2.Response.FromString(reply.body)


async def closed(client: ClientConnection) -> int | None:
    """Wait for the end; the code that it came with."""
    with pytest.raises(ConnectionClosed):
        await client.recv()
    return client.close_code


async def test_the_greeting_names_the_connection_the_time_and_the_sandbox(sandbox: Sandbox) -> None:
    async with to(sandbox) as client, to(sandbox) as other:
        reply, second = await ask(client, 1, init(), section=2), await ask(other, 1, init(), section=7)
    assert (reply.command, reply.section, reply.error, reply.text) == (1, 2, 0, "")
    assert (greeting(reply).retType, greeting(reply).retMsg) == (0, SANDBOX_MARK)
    assert greeting(reply).s2c.serverTime == EVENING.timestamp()
    assert second.section == 7
    assert greeting(second).s2c.connID == greeting(reply).s2c.connID + 1


async def test_an_empty_greeting_will_do_where_there_is_no_key(sandbox: Sandbox) -> None:
    async with to(sandbox) as client:
        assert (await ask(client, 1, b"")).error == 0


QUESTIONS: dict[int, dict[str, Any]] = {
    3212: {"security": TENCENT},
    3247: {"security": TENCENT, "daysBefore": 3},
    3248: {"security": TENCENT, "num": 50},
    3249: {"security": TENCENT},
    3424: {"security": {"market": 11, "code": "TSLA"}},
}


@pytest.mark.parametrize("proto_id", QUESTIONS)
async def test_both_doors_answer_with_the_same_bytes(sandbox: Sandbox, client: ClientConnection, proto_id: int) -> None:
    body = request(proto_id, **QUESTIONS[proto_id])
    reply = await ask(client, proto_id, body, section=2**64 - 1)
    tcp = await RawClient.greet(sandbox)
    tcp.send(proto_id, body)
    assert reply == ReplyPacket(proto_id, 2**64 - 1, (await tcp.frame()).body)
    assert response(proto_id, reply.body).retType == 0
    await tcp.close()


async def test_what_the_gateway_tells_of_itself_is_told_here_too(client: ClientConnection) -> None:
    state = response(1002, (await ask(client, 1002, request(1002, userID=0))).body)
    assert (state.retType, state.s2c.serverVer) == (0, VERSION)
    assert response(1004, (await ask(client, 1004, request(1004, time=0))).body).s2c.time == EVENING.timestamp()


async def test_refusals_are_bodies_and_no_errors(client: ClientConnection) -> None:
    reply = await ask(client, 3247, request(3247, security={"market": 11, "code": "TSLA"}))
    assert (reply.error, response(3247, reply.body).retMsg) == (0, "this protocol has no data of the market US")
    assert response(9999, (await ask(client, 9999, b"")).body).retMsg == "the sandbox does not know protocol 9999"
    assert response(1001, (await ask(client, 1001, b"")).body).retMsg.startswith("invalid packet")


async def test_one_quota_counts_both_doors(sandbox: Sandbox, client: ClientConnection) -> None:
    tcp = await RawClient.greet(sandbox)
    body = request(3248, security=TENCENT)
    half = QUOTAS[3248].requests // 2
    for _ in range(half):
        assert (await ask(client, 3248, body)).error == 0
        assert (await tcp.answer(3248, body)).retType == 0
    assert response(3248, (await ask(client, 3248, body)).body).retType == -1
    assert (await tcp.answer(3248, body)).retType == -1
    await tcp.close()


async def test_a_question_before_the_greeting_is_an_error_and_the_end(sandbox: Sandbox) -> None:
    async with to(sandbox) as client:
        reply = await ask(client, 3248, request(3248, security=TENCENT), section=5)
        assert reply == ReplyPacket(3248, 5, b"", Failure.DISCONNECTED, "init has to be first")
        assert await closed(client) == 1008


async def test_who_knows_the_key_is_let_in(locked: Sandbox) -> None:
    async with to(locked) as client:
        assert (await ask(client, 1, init(KEY))).error == 0
        assert response(3424, (await ask(client, 3424, request(3424, **QUESTIONS[3424]))).body).retType == 0


@pytest.mark.parametrize("body", [init(), b"", init("Correct horse")], ids=["none", "empty", "another"])
async def test_who_does_not_know_the_key_is_not(locked: Sandbox, body: bytes) -> None:
    async with to(locked) as client:
        reply = await ask(client, 1, body)
        assert (reply.error, reply.text) == (Failure.DISCONNECTED, "wrong WebSocket key")
        assert (greeting(reply).retType, greeting(reply).retMsg) == (-1, "wrong WebSocket key")
        assert await closed(client) == 1008


@pytest.mark.parametrize("body", [b"\xff", b"\x0a\x04\x22\x02\xff\xfe"], ids=["no message", "no text"])
async def test_a_broken_greeting_is_refused(locked: Sandbox, body: bytes) -> None:
    async with to(locked) as client:
        assert (await ask(client, 1, body)).error == Failure.DISCONNECTED
        assert await closed(client) == 1008


async def test_a_second_greeting_is_refused_and_changes_nothing(client: ClientConnection) -> None:
    reply = await ask(client, 1, init())
    assert (reply.error, reply.text) == (Failure.DISCONNECTED, "init has been done")
    assert response(1004, (await ask(client, 1004, request(1004, time=0))).body).retType == 0


@pytest.mark.parametrize("message", ["ft-v1.0", b"", b"ft-v1.0\0", b"FT" + bytes(42), "x" * 30])
async def test_what_is_no_packet_ends_its_connection_alone(sandbox: Sandbox, client: ClientConnection, message: bytes | str) -> None:
    async with to(sandbox) as other:
        await other.send(message)
        assert await closed(other) == 1003
    assert (await ask(client, 1004, request(1004, time=0))).error == 0


async def test_a_message_larger_than_any_request_ends_its_connection(sandbox: Sandbox, client: ClientConnection) -> None:
    async with to(sandbox) as other:
        await other.send(bytes(LARGEST + 1))
        assert await closed(other) == 1009
    assert (await ask(client, 1, init() + bytes(LARGEST - 20 - len(init())))).error == Failure.DISCONNECTED


# How many, how slow and how much: as by the other door


async def test_the_clients_of_both_doors_are_counted_together_and_make_room_for_each_other() -> None:
    async with Sandbox(max_connections=2, websocket_port=0) as sandbox:
        tcp = await RawClient.greet(sandbox)
        async with to(sandbox) as client:
            assert (await ask(client, 1, init())).error == 0
            with pytest.raises((InvalidMessage, OSError)):
                await to(sandbox)
            third = await RawClient.connect(sandbox)
            assert await third.hung_up()
            await third.close()
            assert sandbox.turned_away == 2
        while sandbox._places.taken > 1:  # noqa: ASYNC110  # the sandbox has yet to hear of it
            await asyncio.sleep(0)
        fourth = await RawClient.greet(sandbox)
        await fourth.close()
        await tcp.close()
    assert (sandbox.turned_away, sandbox._places.taken) == (2, 0)


HEAD = (
    b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


@pytest.mark.parametrize("head", [b"", HEAD[:1], HEAD[:-1]], ids=["nothing", "a byte", "almost all"])
async def test_a_connection_that_asks_for_no_websocket_ends_after_ten_seconds(sandbox: Sandbox, skip: Skip, head: bytes) -> None:
    reader, writer = await raw(sandbox)
    writer.write(head)
    async with to(sandbox) as client:
        assert (await ask(client, 1, init())).error == 0  # the other has come too, by now
        skip(HEAD_SECONDS - 0.5)
        assert (await ask(client, 1004, request(1004, time=0))).error == 0
        assert sandbox._places.taken == 2
        skip(0.6)
        assert await reader.read() == b""
        assert (await ask(client, 1004, request(1004, time=0))).error == 0
    writer.close()


@pytest.mark.parametrize(
    "begun", [b"", b"\x82", b"\x02\x80\0\0\0\0", b"\x89\x80\0\0\0\0" * 50], ids=["nothing", "a byte", "a piece", "pings"]
)
async def test_a_websocket_without_a_greeting_ends_as_a_connection_without_a_frame_does(sandbox: Sandbox, skip: Skip, begun: bytes) -> None:
    reader, writer = await raw(sandbox)
    writer.write(HEAD)
    assert b" 101 " in await reader.readline()
    writer.write(begun)
    async with to(sandbox) as client:
        assert (await ask(client, 1, init())).error == 0
        skip(INTERVALS * 10 + 0.1)
        while await reader.read(4096):
            pass
        assert (await ask(client, 1004, request(1004, time=0))).error == 0
    writer.close()


async def test_a_message_whose_pieces_drip_ends_its_connection_after_five_seconds(sandbox: Sandbox, skip: Skip) -> None:
    async with to(sandbox) as client, to(sandbox) as slow:
        for each in (client, slow):
            assert (await ask(each, 1, init())).error == 0

        async def drip() -> AsyncIterator[bytes]:
            for _ in range(MOST_PIECES):
                yield b"f"
                assert (await ask(client, 1004, request(1004, time=0))).error == 0
                skip(0.5)

        with pytest.raises(ConnectionClosed):
            await slow.send(drip())
        assert (await ask(client, 1004, request(1004, time=0))).error == 0


async def test_a_message_in_pieces_without_end_ends_its_connection(sandbox: Sandbox, client: ClientConnection) -> None:
    async with to(sandbox) as other:
        assert (await ask(other, 1, init())).error == 0
        sent = 0

        async def pieces() -> AsyncIterator[bytes]:
            nonlocal sent
            while True:
                sent += 1
                yield b""
                await asyncio.sleep(0)

        with pytest.raises(ConnectionClosed):
            await other.send(pieces())
    assert (await ask(client, 1004, request(1004, time=0))).error == 0


async def test_a_message_in_a_few_pieces_is_a_message(client: ClientConnection) -> None:
    packet = encode_request(RequestPacket(1004, 9, request(1004, time=0)))
    await client.send([packet[:3], b"", packet[3:9], packet[9:]])
    assert (await receive(client)).section == 9


GARBAGE = [b"\xff" * 200, b"GET / HTTP/1.1\r\n\r\n", b"G" * 100_000, b"GET /\x1b[31m HTTP/1.1\r\n\x07: \xff\r\n\r\n", HEAD + b"\xff" * 100]
GARBAGE += [HEAD[:30], HEAD + b"\x82\x85\0\0\0\0abcde", HEAD.replace(b"13", b"\x1b"), b"\r\n" * 5000, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"]


async def test_a_flood_of_garbage_is_no_traceback_and_a_few_short_lines(
    sandbox: Sandbox, client: ClientConnection, caplog: pytest.LogCaptureFixture
) -> None:
    for data in (each for each in GARBAGE for _ in range(20)):
        for port in (sandbox.port, sandbox.websocket_port):
            reader, writer = await asyncio.open_connection(sandbox.host, port)
            writer.write(data)
            with suppress(OSError):
                writer.write_eof()
                await reader.read()
            writer.close()
    assert (await ask(client, 1004, request(1004, time=0))).error == 0
    await sandbox.aclose()
    assert not [record for record in caplog.records if record.exc_info]
    assert 0 < len(caplog.records) <= 3 * MOST
    assert all(len(line) < 400 and line.isprintable() for line in caplog.messages)
    assert re.search(r"closing a connection: \d+ more, for the same reasons or others", caplog.text)


async def raw(sandbox: Sandbox) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection(sandbox.host, sandbox.websocket_port)


async def test_what_is_pushed_reaches_those_who_were_greeted(sandbox: Sandbox, client: ClientConnection) -> None:
    body = notify_pb2.Response(retType=0, s2c=notify_pb2.S2C(type=1)).SerializeToString()
    assert sandbox._websocket is not None
    async with to(sandbox) as stranger:
        sandbox._websocket.push(1003, body)
        assert await receive(client) == ReplyPacket(1003, 0, body)
        assert (await ask(stranger, 1, init())).command == 1


async def test_a_sandbox_that_encrypts_lets_the_door_in(tmp_path: Path) -> None:
    async with Sandbox(now=lambda: EVENING, rsa_key=write(tmp_path), websocket_port=0) as sandbox, to(sandbox) as client:
        assert (await ask(client, 1, init())).error == 0
        assert response(3424, (await ask(client, 3424, request(3424, **QUESTIONS[3424]))).body).retType == 0


async def test_what_is_asked_here_is_listed_and_its_reply_may_be_a_fault_s(sandbox: Sandbox, client: ClientConnection) -> None:
    with sandbox.fault("refuse", text="not today"):
        reply = await ask(client, 3248, request(3248, security=TENCENT))
    assert response(3248, reply.body).retMsg == "not today"
    assert [(each.question, each.symbol) for each in sandbox.requests] == [("short_volume", "HK.00700")]


async def test_only_this_machine_is_listened_to(sandbox: Sandbox) -> None:
    assert sandbox._websocket is not None
    assert sandbox._websocket._server is not None
    assert [each.getsockname()[0] for each in sandbox._websocket._server.sockets] == ["127.0.0.1"]
    with pytest.raises(ValueError, match="loopback"):
        Sandbox(host="0.0.0.0", websocket_port=0)


@pytest.mark.parametrize("turns", range(0, 12, 2))
async def test_closing_hangs_up_on_everyone_and_leaves_nothing(turns: int) -> None:
    sandbox = Sandbox(websocket_port=0)
    await sandbox.start()
    assert sandbox.websocket_port is not None
    async with to(sandbox) as client:
        await ask(client, 1, init())
        silent = [socket.create_connection((sandbox.host, sandbox.websocket_port)) for _ in range(3)]
        for _ in range(turns):
            await asyncio.sleep(0)
        await sandbox.aclose()
        assert await closed(client) == 1006
    for each in silent:
        each.close()
    assert asyncio.all_tasks() == {asyncio.current_task()}
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((sandbox.host, sandbox.websocket_port))
    gc.collect()  # an unclosed socket warns now, and a warning fails


async def test_it_can_be_started_again_on_the_same_ports() -> None:
    sandbox = Sandbox(websocket_port=0)
    async with sandbox:
        ports = sandbox.port, sandbox.websocket_port
    async with sandbox, to(sandbox) as client:
        assert (sandbox.port, sandbox.websocket_port) == ports
        assert (await ask(client, 1, init())).error == 0


async def test_a_port_in_use_leaves_nothing_listening() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        sandbox = Sandbox(websocket_port=taken.getsockname()[1])
        with pytest.raises(OSError, match="in use"):
            await sandbox.start()
        with pytest.raises(ConnectionRefusedError):
            await RawClient.connect(sandbox)
    await sandbox.aclose()


@pytest.mark.parametrize("options", [{"websocket_key": KEY}, {"websocket_key": "", "websocket_port": 0}], ids=["no door", "no text"])
def test_a_key_that_keeps_nobody_out_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="websocket_key is a text, and goes with a websocket_port"):
        Sandbox(**options)


WITHOUT_THE_PACKAGE = """
import sys
sys.modules["websockets"] = None
from brokerport_opend.sandbox import Sandbox
assert Sandbox().websocket_port is None
try:
    Sandbox(websocket_port=0)
except ValueError as error:
    print(error)
"""


def test_without_the_package_only_this_door_is_missing() -> None:
    said = subprocess.run([sys.executable, "-c", WITHOUT_THE_PACKAGE], check=True, capture_output=True, text=True).stdout
    assert (
        said
        == "websocket_port: WebSockets need the package websockets: pip install 'brokerport-opend[websocket]', or only 'websockets>=14'\n"
    )


@pytest.mark.timeout(20)
@pytest.mark.skipif(sys.platform == "win32", reason="has no such signals")
async def test_the_program_has_the_door_and_its_key(tmp_path: Path) -> None:
    key = write(tmp_path, f"{KEY}\n".encode())
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "brokerport_opend.sandbox", "--port=0", "--websocket-port=0", f"--websocket-key-file={key}", stderr=PIPE
    )
    assert program.stderr is not None
    await program.stderr.readline()
    url = (await program.stderr.readline()).decode().removeprefix("for WebSockets: ").strip()
    async with connect(url) as client:
        assert (await ask(client, 1, init(KEY))).error == 0
    program.send_signal(signal.SIGTERM)
    assert await program.wait() == 0


@pytest.mark.parametrize(("content", "words"), [(b"\n", "is empty"), (b"\xff", "cannot be read"), (None, "cannot be read")])
def test_a_key_file_without_a_key_is_said_so(content: bytes | None, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "key"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SystemExit) as end:
        main(["--websocket-port", "0", "--websocket-key-file", str(file)])
    assert end.value.code == 2
    assert f"{file} {words}" in capsys.readouterr().err


def test_the_key_does_not_show() -> None:
    sandbox = Sandbox(websocket_port=0, websocket_key=KEY)
    assert sandbox._websocket is not None
    assert KEY not in repr(vars(sandbox)) + repr(Client(sandbox._gateway.visit(), KEY))
