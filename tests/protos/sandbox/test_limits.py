"""What one client may take of the sandbox, and that nobody else notices when it wants more."""

from __future__ import annotations

import asyncio
import random
import socket
from itertools import groupby

import pytest

from brokerport.testing import run_in_virtual_time
from brokerport_opend.messages import notify_pb2
from brokerport_opend.sandbox import Sandbox
from brokerport_opend.sandbox.connection import Connection
from brokerport_opend.sandbox.limits import MAX_CONNECTIONS, MAX_REQUEST, MAX_UNREAD, TURN, Patience
from brokerport_opend.sandbox.log import Warnings
from brokerport_opend.wire.frame import HEADER, Frame, encode
from protos.sandbox.conftest import Skip
from protos.sandbox.raw_client import HELLO, RawClient, request

TENCENT = {"market": 1, "code": "00700"}
KEEP_ALIVE = encode(Frame(1004, 1, request(1004, time=0)))
PAGE = encode(Frame(3248, 1, request(3248, security=TENCENT, num=50)))


def connections(sandbox: Sandbox) -> list[Connection]:
    return list(sandbox._connections._all)


# How many


async def test_one_client_too_many_is_hung_up_on_and_counted_and_may_come_when_another_has_left() -> None:
    async with Sandbox(max_connections=2) as sandbox:
        first, second = [await RawClient.greet(sandbox) for _ in range(2)]
        third = await RawClient.connect(sandbox)
        assert await third.hung_up()
        await third.close()
        assert sandbox.turned_away == 1
        assert (await first.ask(1004, time=0)).retType == 0
        await second.close()
        while len(connections(sandbox)) > 1:  # noqa: ASYNC110  # the sandbox has yet to hear of it
            await asyncio.sleep(0)
        fourth = await RawClient.greet(sandbox)
        assert sandbox.turned_away == 1
        await fourth.close()
        await first.close()


def test_unless_told_otherwise_there_may_be_1024() -> None:
    assert Sandbox()._places.most == MAX_CONNECTIONS == 1024


async def test_five_hundred_idle_connections_leave_a_client_answered_and_leave_nothing_behind() -> None:
    async with Sandbox() as sandbox:
        client, *idle = [await RawClient.greet(sandbox) for _ in range(501)]
        assert [(await client.ask(1004, time=0)).retType for _ in range(100)] == [0] * 100
    assert not connections(sandbox)
    assert [await each.hung_up() for each in idle] == [True] * 500
    for each in (client, *idle):
        await each.close()
    assert asyncio.all_tasks() == {asyncio.current_task()}


# How much is remembered and said of them


async def test_whatever_a_client_sends_little_of_it_is_kept(sandbox: Sandbox, client: RawClient) -> None:
    for code in ("7" * 60_000, "A" * 60_000):
        assert (await client.ask(3212, security={"market": 11, "code": code})).retType == -1
    assert [len(each.symbol or "") for each in sandbox.requests if each.question] == [67, 67]


def test_of_each_kind_of_warning_the_first_of_a_minute_are_told_and_how_many_more_there_were(caplog: pytest.LogCaptureFixture) -> None:
    now = 0.0
    warnings = Warnings(lambda: now)
    for number in range(5_000):
        warnings.tell("closing: %s", f"{number}\x1b[2J\n" + "x" * 1000)
    warnings.tell("opening: %s", "so")
    assert caplog.messages[:1] == ["closing: 0 [2J " + "x" * 294 + "…"]
    assert caplog.messages[10:] == ["opening: so"]
    now = 59.9
    warnings.tell("closing: %s", "late")
    assert len(caplog.messages) == 11
    now = 60.0
    warnings.tell("closing: %s", "next")
    assert caplog.messages[11:] == ["closing: 4,991 more, for the same reasons or others", "closing: next"]
    for _ in range(12):
        warnings.tell("closing: %s", "again")
    warnings.end()
    warnings.end()
    assert caplog.messages[22:] == ["closing: 3 more, for the same reasons or others"]


# How slow


@pytest.mark.parametrize("sent", [1, 43, 44, 47])
async def test_a_frame_that_does_not_come_on_ends_its_connection_after_five_seconds(sent: int, sandbox: Sandbox, skip: Skip) -> None:
    client, slow = await RawClient.greet(sandbox), await RawClient.greet(sandbox)
    slow.writer.write(KEEP_ALIVE[:sent])
    assert (await client.ask(1004, time=0)).retType == 0  # the other has come too, by now
    skip(4.5)
    assert (await client.ask(1004, time=0)).retType == 0
    assert len(connections(sandbox)) == 2
    skip(0.6)
    assert await slow.hung_up()
    assert (await client.ask(1004, time=0)).retType == 0
    for each in (client, slow):
        await each.close()


def test_a_slow_loris_is_closed_within_six_seconds_however_it_drips() -> None:
    async def work() -> float:
        loop = asyncio.get_running_loop()
        async with Sandbox() as sandbox:
            slow = await RawClient.greet(sandbox)
            began = loop.time()
            for byte in KEEP_ALIVE[:44]:
                slow.writer.write(bytes([byte]))
                await asyncio.sleep(0.5)
                if loop.time() > began + 5.5:
                    break
            assert await slow.hung_up()
            await slow.close()
        return loop.time() - began

    assert 5 < run_in_virtual_time(work()) <= 6


@pytest.mark.parametrize(
    ("received", "seconds"),
    [(1, 5.0), (1024, 6.0), (10 * 1024, 15.0), (MAX_REQUEST, 69.0)],
)
def test_a_frame_that_comes_on_gets_a_second_for_each_kibibyte(received: int, seconds: float) -> None:
    patience = Patience(1000.0, 0.0)
    patience.part(1, 100.0)
    patience.part(received, 101.0)
    assert patience.over(100 + seconds - 0.1) is None
    assert patience.due() == pytest.approx(100 + seconds, abs=0.01)
    assert patience.over(100 + seconds + 0.1) == f"{received:,} bytes of a frame came, and the rest too slowly"


def test_the_time_of_a_frame_begins_anew_with_each_frame() -> None:
    patience = Patience(40.0, 0.0)
    patience.part(30, 10.0)
    patience.frame(14.0)
    patience.part(30, 14.0)
    assert patience.over(18.0) is None
    patience.frame(18.0)
    patience.part(0, 18.0)
    assert patience.over(57.9) is None
    assert patience.over(58.0) == "no frame came for 40 seconds"


async def test_who_does_not_read_is_hung_up_on_after_five_seconds(skip: Skip) -> None:
    async with Sandbox(quotas=False) as sandbox:
        client, reader = await RawClient.greet(sandbox), await _narrow(sandbox)
        slow = await _full(sandbox, reader)
        assert slow._transport.get_write_buffer_size() <= MAX_UNREAD + TURN * 8192
        assert (await client.ask(1004, time=0)).retType == 0
        skip(4.5)
        assert (await client.ask(1004, time=0)).retType == 0
        assert slow in connections(sandbox)
        skip(0.6)
        while slow in connections(sandbox):
            assert (await client.ask(1004, time=0)).retType == 0
        await client.close()
        await reader.close()


async def test_who_does_not_read_misses_pushes() -> None:
    async with Sandbox(quotas=False) as sandbox:
        reader = await _narrow(sandbox)
        slow = await _full(sandbox, reader)
        before = slow._transport.get_write_buffer_size()
        sandbox.push(3005, notify_pb2.Response(retType=0))
        for _ in range(3):
            await asyncio.sleep(0)
        assert slow._transport.get_write_buffer_size() <= before
        await reader.close()


async def _narrow(sandbox: Sandbox) -> RawClient:
    """A client that can hold little, and reads nothing unless asked to."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
    sock.setblocking(False)
    await asyncio.get_running_loop().sock_connect(sock, (sandbox.host, sandbox.port))
    client = RawClient(*await asyncio.open_connection(sock=sock, limit=8192))
    assert (await client.ask(1001, **HELLO)).retType == 0
    return client


async def _full(sandbox: Sandbox, client: RawClient) -> Connection:
    """Ask until there is more to read than there may be."""
    client.writer.write(PAGE * 3000)
    while True:
        for each in connections(sandbox):
            if each._patience.full is not None:
                return each
        await asyncio.sleep(0)


# How much


async def test_however_many_requests_come_at_once_others_have_their_turn(sandbox: Sandbox, client: RawClient) -> None:
    greedy = await RawClient.greet(sandbox)
    greedy.writer.write(KEEP_ALIVE * 20_000)
    for _ in range(20):
        assert (await client.ask(1004, time=0)).retType == 0
    asked = [each.connection for each in sandbox.requests]
    runs = [len(list(run)) for _, run in groupby(asked)][:-1]
    assert len(runs) > 20  # they took turns
    assert max(runs) <= TURN * 20  # a question and its answer take the loop a few rounds
    await greedy.close()


async def test_what_comes_at_once_is_answered_in_order_to_the_last(client: RawClient) -> None:
    for serial in range(TURN * 500):
        client.send(1004, request(1004, time=serial), serial)
    assert [(await client.frame()).serial for _ in range(TURN * 500)] == list(range(TURN * 500))
    assert (await client.ask(1004, time=0)).retType == 0


async def test_a_request_that_is_too_long_ends_its_connection_before_it_has_come(sandbox: Sandbox, client: RawClient) -> None:
    other = await RawClient.greet(sandbox)
    header = bytearray(KEEP_ALIVE[: HEADER.size])
    header[12:16] = (MAX_REQUEST + 1).to_bytes(4, "little")
    other.writer.write(header)
    assert await other.hung_up()
    await other.close()
    assert (await client.ask(1004, time=0)).retType == 0


@pytest.mark.parametrize("seed", range(20))
async def test_garbage_ends_its_connection_alone(seed: int, sandbox: Sandbox, client: RawClient) -> None:
    other = await RawClient.greet(sandbox)
    other.writer.write(b"\0" + random.Random(seed).randbytes(seed * 1000))
    assert await other.hung_up()
    await other.close()
    assert (await client.ask(1004, time=0)).retType == 0


async def test_a_client_that_leaves_in_the_middle_of_its_turns_is_forgotten(sandbox: Sandbox, client: RawClient) -> None:
    greedy = await RawClient.greet(sandbox)
    greedy.writer.write(KEEP_ALIVE * 5000)
    assert (await client.ask(1004, time=0)).retType == 0
    greedy.writer.transport.abort()
    while len(connections(sandbox)) > 1:
        assert (await client.ask(1004, time=0)).retType == 0
