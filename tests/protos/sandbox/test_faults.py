from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from brokerport import (
    BadReplyError,
    BrokerportError,
    ConnectionLostError,
    DeadlineError,
    HandshakeError,
    PaginationError,
    RejectedError,
    registry,
)
from brokerport_opend.messages import notify_pb2
from brokerport_opend.sandbox import Fault, Sandbox
from brokerport_opend.sandbox.faults.fault import KINDS
from brokerport_opend.sandbox.seen import MOST, Request, Seen
from brokerport_opend.wire.frame import Frame, encode
from keys import write
from protos.sandbox.raw_client import HELLO, RawClient, request

TENCENT = {"market": 1, "code": "00700"}
TESLA = {"market": 11, "code": "TSLA"}
QUESTION = request(3424, security=TESLA)

NEEDED: dict[str, dict[str, Any]] = {"delay": {"seconds": 0.01}, "slow_login": {"seconds": 0.01}}


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(quotas=False) as sandbox:
        yield sandbox


async def answered(client: RawClient, times: int, **security: Any) -> list[bool]:
    """Which of so many requests are answered and not refused."""
    return [(await client.ask(3424, security=security or TESLA)).retType == 0 for _ in range(times)]


# What each kind does, by bytes


async def test_a_late_reply_is_overtaken(sandbox: Sandbox, client: RawClient) -> None:
    sandbox.fault("delay", seconds=0.05, first=1)
    for serial in (1, 2):
        client.send(3424, QUESTION, serial)
    first, second = await client.frame(), await client.frame()
    assert (first.serial, second.serial, first.body == second.body) == (2, 1, True)


async def test_silence_is_of_one_reply_and_the_next_is_heard(sandbox: Sandbox, client: RawClient) -> None:
    sandbox.fault("silence", first=1)
    for serial in (1, 2):
        client.send(3424, QUESTION, serial)
    assert (await client.frame()).serial == 2


async def test_a_dropped_connection_ends_after_what_was_answered_before(sandbox: Sandbox, client: RawClient) -> None:
    sandbox.fault("drop", on="ark_dynamic")
    client.writer.write(
        b"".join(encode(Frame(*each)) for each in ((1004, 1, request(1004, time=0)), (3424, 2, QUESTION), (3424, 3, QUESTION)))
    )
    assert (await client.frame()).proto_id == 1004
    assert await client.hung_up()
    assert [each.proto_id for each in sandbox.requests] == [1001, 1004, 3424]


async def test_half_a_frame_is_the_first_half_of_the_reply(sandbox: Sandbox, client: RawClient) -> None:
    client.send(3424, QUESTION)
    reply = await client.reader.read(65536)
    sandbox.fault("half_frame")
    client.send(3424, QUESTION)
    assert await client.reader.read() == reply[: len(reply) // 2]


async def test_a_wrong_serial_is_the_next_one(sandbox: Sandbox, client: RawClient) -> None:
    sandbox.fault("wrong_serial")
    for serial, wrong in ((5, 6), (2**32 - 1, 0)):
        client.send(3424, QUESTION, serial)
        assert (await client.frame()).serial == wrong


async def test_a_bad_sha1_is_in_a_frame_that_is_right_otherwise(sandbox: Sandbox, client: RawClient) -> None:
    client.send(3424, QUESTION)
    reply = await client.reader.read(65536)
    sandbox.fault("bad_sha1")
    client.send(3424, QUESTION)
    bad = await client.reader.read(65536)
    assert (bad[:16] + bad[36:], bad[16:36] == reply[16:36]) == (reply[:16] + reply[36:], False)


async def test_garbage_is_as_long_as_the_reply_and_always_the_same(sandbox: Sandbox, client: RawClient) -> None:
    client.send(3424, QUESTION)
    reply = await client.reader.read(65536)
    sandbox.fault("garbage")
    came = []
    for _ in range(2):
        client.send(3424, QUESTION)
        came.append(await client.reader.readexactly(len(reply)))
    assert came[0] == came[1] != reply
    assert not came[0].startswith(b"F")


async def test_a_refusal_says_the_text_of_the_fault(sandbox: Sandbox, client: RawClient) -> None:
    with sandbox.fault("refuse", text="no quote right"):
        refusal = await client.ask(3424, security=TESLA)
    assert (refusal.retType, refusal.retMsg, refusal.HasField("s2c")) == (-1, "no quote right", False)
    assert await answered(client, 1) == [True]


async def test_after_a_refused_handshake_another_is_the_first(sandbox: Sandbox) -> None:
    sandbox.fault("refuse_handshake", first=1, text="not logged in")
    client = await RawClient.connect(sandbox)
    assert (await client.ask(1001, **HELLO)).retMsg == "not logged in"
    assert (await client.ask(1001, **HELLO)).retType == 0
    await client.close()


async def test_a_slow_login_is_a_late_reply_to_the_handshake(sandbox: Sandbox) -> None:
    sandbox.fault("slow_login", seconds=0.02)
    client = await RawClient.connect(sandbox)
    client.send(1001, request(1001, **HELLO), serial=1)
    client.send(1004, request(1004, time=0), serial=2)
    assert [(await client.frame()).serial for _ in range(2)] == [2, 1]
    await client.close()


@pytest.mark.parametrize("on", ["ark_dynamic", "init_connect"])
async def test_who_is_kicked_out_is_told_so_and_hung_up_on(sandbox: Sandbox, on: str) -> None:
    sandbox.fault("kick_out", on=on, text="elsewhere")
    client = await RawClient.connect(sandbox)
    assert (await client.ask(1001, **HELLO, recvNotify=True)).retType == 0
    if on == "ark_dynamic":
        client.send(3424, QUESTION)
    push = await client.frame()
    told = notify_pb2.Response.FromString(push.body).s2c
    assert (push.proto_id, told.event.eventType, told.event.desc) == (1003, notify_pb2.GtwEventType_KickedOut, "elsewhere")
    assert await client.hung_up()
    await client.close()


async def test_who_wants_no_pushes_is_kicked_out_without_a_word(sandbox: Sandbox, client: RawClient) -> None:
    sandbox.fault("kick_out")
    client.send(3424, QUESTION)
    assert await client.hung_up()


async def test_an_endless_cursor_begins_again_after_the_last_page(sandbox: Sandbox, client: RawClient) -> None:
    sandbox.fault("endless_cursor")
    keys, days = [""], []
    for _ in range(25):
        page = (await client.ask(3248, security=TENCENT, num=50, nextKey=keys[-1])).s2c
        keys.append(page.nextKey)
        days.append(page.hkItemList[0].timestampStr)
    assert len(set(keys)) == 26
    assert len(set(days)) == 10  # pages of 730 days
    assert (await client.ask(3248, security=TENCENT, nextKey="again-x")).retType == -1
    assert (await client.ask(3248, security={"market": 1, "code": "UNKNOWN"})).retType == -1
    assert (await client.answer(3248, b"\xff")).retType != 0


# What they are to our own client

OUTCOMES: dict[str, type[BrokerportError] | None] = {
    "delay": None,
    "silence": DeadlineError,
    "drop": ConnectionLostError,
    "half_frame": ConnectionLostError,
    "wrong_serial": DeadlineError,
    "bad_sha1": BadReplyError,
    "garbage": BadReplyError,
    "refuse": RejectedError,
    "refuse_handshake": HandshakeError,
    "slow_login": None,
    "kick_out": ConnectionLostError,
    "endless_cursor": PaginationError,  # each page has a key of its own, and no row that is new
}
# What breaks each time before anything encrypted could be read looks as if the keys differed.
ENCRYPTED = OUTCOMES | {"bad_sha1": HandshakeError, "garbage": HandshakeError}
WAITED_FOR = {"silence", "wrong_serial"}
MENDED = {"drop", "half_frame", "bad_sha1", "garbage", "delay", "slow_login"}  # by the next attempt, or by patience


@pytest.mark.parametrize("encrypted", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_is_the_error_that_it_should_be(kind: str, encrypted: bool, tmp_path: Path) -> None:
    key: dict[str, Any] = {"rsa_key": write(tmp_path)} if encrypted else {}
    limit, timeout = None if kind == "endless_cursor" else 3, 0.2 if kind in WAITED_FOR else 3
    with Sandbox(quotas=False, **key) as sandbox, registry.get("futu", port=sandbox.port, quotas=False, **key) as futu:
        switch = sandbox.fault(kind, **NEEDED.get(kind, {}))
        error = (ENCRYPTED if encrypted else OUTCOMES)[kind]
        if error is None:
            assert len(futu.short_volume("HK.00700", limit=3)) == 3
        else:
            with pytest.raises(error):
                futu.short_volume("HK.00700", limit=limit, timeout=timeout)
        assert switch.struck >= 1


@pytest.mark.parametrize("kind", sorted(MENDED))
def test_what_goes_wrong_once_is_mended_by_the_client(kind: str) -> None:
    with Sandbox() as sandbox, registry.get("moomoo", port=sandbox.port) as moomoo:
        with sandbox.fault(kind, first=1, **NEEDED.get(kind, {})) as switch:
            assert len(moomoo.short_volume("HK.00700", limit=3)) == 3
        assert switch.struck == 1


# Which requests they strike


async def test_the_first_so_many(sandbox: Sandbox, client: RawClient) -> None:
    switch = sandbox.fault("refuse", first=2)
    assert await answered(client, 4) == [False, False, True, True]
    assert (switch.seen, switch.struck) == (4, 2)


async def test_each_so_many_th(sandbox: Sandbox, client: RawClient) -> None:
    sandbox.fault("refuse", every=3)
    assert await answered(client, 7) == [True, True, False, True, True, False, True]


async def test_all_conditions_have_to_hold(sandbox: Sandbox, client: RawClient) -> None:
    sandbox.fault("refuse", every=2, first=4)
    assert await answered(client, 6) == [True, False, True, False, True, True]


async def chances(seed: int, probability: float) -> list[bool]:
    async with Sandbox(quotas=False, seed=seed) as sandbox:
        sandbox.fault("refuse", probability=probability)
        client = await RawClient.greet(sandbox)
        answers = await answered(client, 200)
        await client.close()
    return answers


async def test_chance_follows_from_the_seed() -> None:
    first, again, other = await chances(1, 0.3), await chances(1, 0.3), await chances(2, 0.3)
    assert first == again != other
    assert 40 <= first.count(False) <= 80
    assert await chances(1, 0) == [True] * 200
    assert await chances(1, 1.0) == [False] * 200


async def test_two_faults_of_one_kind_have_chances_of_their_own(sandbox: Sandbox, client: RawClient) -> None:
    a, b = (sandbox.fault("refuse", probability=0.5) for _ in range(2))
    await answered(client, 100)
    assert a.seen == b.seen == 100
    assert 20 <= b.struck <= 30  # of those that the first let through


@pytest.mark.parametrize("on", ["ark_dynamic", 3424])
async def test_one_protocol_only(sandbox: Sandbox, client: RawClient, on: str | int) -> None:
    sandbox.fault("refuse", on=on)
    assert await answered(client, 1) == [False]
    assert (await client.ask(3248, security=TESLA)).retType == 0


async def test_one_symbol_only(sandbox: Sandbox, client: RawClient) -> None:
    sandbox.fault("refuse", symbol="US.TSLA", first=1)
    assert await answered(client, 1, market=11, code="AAPL") == [True]
    assert await answered(client, 2, **TESLA) == [False, True]


async def test_handshakes_and_keep_alives_are_struck_only_when_named(sandbox: Sandbox, client: RawClient) -> None:
    with sandbox.fault("refuse"):
        assert (await client.ask(1004, time=0)).retType == 0
    with sandbox.fault("refuse", on="keep_alive"):
        assert (await client.ask(1004, time=0)).retType == -1
        assert await answered(client, 1) == [True]


async def test_requests_of_all_clients_are_counted_together(sandbox: Sandbox) -> None:
    clients = [await RawClient.greet(sandbox) for _ in range(2)]
    sandbox.fault("refuse", every=2)
    assert [await answered(each, 1) for each in clients * 2] == [[True], [False], [True], [False]]
    for each in clients:
        await each.close()


async def test_of_several_the_first_strikes_and_all_count(sandbox: Sandbox, client: RawClient) -> None:
    first, second = sandbox.fault("refuse", first=1, text="first"), sandbox.fault("refuse", first=2, text="second")
    assert [(await client.ask(3424, security=TESLA)).retMsg for _ in range(3)] == ["first", "second", ""]
    assert (first.struck, second.struck, second.seen) == (1, 1, 3)


async def test_a_fault_is_off_after_its_block_and_all_are_after_clear(sandbox: Sandbox, client: RawClient) -> None:
    with sandbox.faults.add(Fault("refuse")) as switch:
        assert await answered(client, 1) == [False]
    switch.off()
    assert await answered(client, 1) == [True]
    sandbox.fault("refuse")
    sandbox.faults.clear()
    assert (await answered(client, 1), len(sandbox.faults)) == ([True], 0)


def test_faults_may_be_switched_on_any_thread() -> None:
    with Sandbox(quotas=False) as sandbox, registry.get("futu", port=sandbox.port, quotas=False) as futu:
        stop = threading.Event()

        def ask() -> int:
            asked = 0
            while not stop.is_set():
                futu.ark_dynamic("US.TSLA")
                asked += 1
            return asked

        with ThreadPoolExecutor(1) as pool:
            asking = pool.submit(ask)
            for _ in range(200):
                with sandbox.fault("refuse", symbol="US.AAPL"):
                    assert len(sandbox.requests) >= 0
            stop.set()
            assert asking.result() == sum(each.symbol == "US.TSLA" for each in sandbox.requests)
        assert len(sandbox.faults) == 0


WRONG: list[tuple[Callable[[], Fault], str]] = [
    (lambda: Fault("explode"), r"kind = 'explode' must be one of delay, silence"),
    (lambda: Fault(["drop"]), "kind = "),  # type: ignore[arg-type]
    (lambda: Fault("drop", on="short"), r"on = 'short' must be one of init_connect, "),
    (lambda: Fault("drop", on=True), "on = True must be one of"),
    (lambda: Fault("drop", on=-1), "on = -1 must be one of"),
    (lambda: Fault("drop", on=16**9999, symbol="US.TSLA"), "on = a number of 39,997 bits must be one of"),
    (lambda: Fault("drop", symbol="TSLA"), "'TSLA' is no symbol"),
    (lambda: Fault("drop", on="keep_alive", symbol="US.TSLA"), "keep_alive asks about no symbol"),
    (lambda: Fault("slow_login", seconds=1, symbol="US.TSLA"), "init_connect asks about no symbol"),
    (lambda: Fault("drop", first=0), "first = 0 must be a whole number from 1 on"),
    (lambda: Fault("drop", first=True), "first = True must be"),
    (lambda: Fault("drop", every=-1), "every = -1 must be"),
    (lambda: Fault("drop", every=10**5000), "every = a number of 16,610 bits must be"),
    (lambda: Fault("drop", probability=1.1), "probability = 1.1 must be a number from 0 to 1"),
    (lambda: Fault("drop", probability=float("nan")), "probability = nan must be"),
    (lambda: Fault("delay"), "seconds is missing"),
    (lambda: Fault("delay", seconds=-1), "seconds = -1 must be a number from 0 to 3600"),
    (lambda: Fault("delay", seconds=float("inf")), "seconds = inf must be"),
    (lambda: Fault("drop", seconds=1), "seconds is not for a fault of kind 'drop'"),
    (lambda: Fault("drop", text="bye"), "text is not for a fault of kind 'drop'"),
    (lambda: Fault("refuse", text="x" * 201), "text = 'xxx.*… must be a text of 200 characters at most"),
    (lambda: Fault("endless_cursor", on="ark_dynamic"), "endless_cursor' is for short_volume, short_interest only"),
    (lambda: Fault("refuse_handshake", on=3424), "on = 3424: a fault of kind 'refuse_handshake' is for init_connect only"),
]


@pytest.mark.parametrize(("make", "said"), WRONG, ids=[said for _, said in WRONG])
def test_a_fault_that_cannot_be_is_refused(make: Callable[[], Fault], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        make()


# What was asked


async def test_requests_are_written_down() -> None:
    moment = datetime(2026, 5, 8, 12, tzinfo=UTC)
    async with Sandbox(now=lambda: moment) as sandbox:
        client = await RawClient.greet(sandbox)
        await client.ask(3248, security=TENCENT)
        await client.answer(3248, b"\xff")
        await client.ask(3424, security={"market": 99, "code": "A"})
        await client.answer(4000, b"")
        await client.close()
        hello, *asked = sandbox.requests
    assert hello == Request(1001, None, None, moment, hello.connection)
    assert [(each.proto_id, each.question, each.symbol) for each in asked] == [
        (3248, "short_volume", "HK.00700"),
        (3248, "short_volume", None),
        (3424, "ark_dynamic", None),
        (4000, None, None),
    ]
    assert {each.connection for each in asked} == {hello.connection}


def test_of_very_many_requests_the_last_are_kept() -> None:
    seen, now = Seen(), datetime.now(UTC)
    for number in range(MOST + 3):
        seen.add(Request(number, None, None, now, 1))
    assert [seen.all()[0].proto_id, len(seen.all())] == [3, MOST]


def test_a_sandbox_on_a_thread_of_its_own_says_what_hinders_it() -> None:
    with Sandbox() as sandbox, pytest.raises(OSError, match="in use"), Sandbox(port=sandbox.port):
        pass


async def test_late_replies_to_nobody_are_not_written(sandbox: Sandbox, quiet_loop: None, caplog: pytest.LogCaptureFixture) -> None:
    gone, other = await RawClient.greet(sandbox), await RawClient.greet(sandbox)
    sandbox.fault("delay", seconds=0.02)
    for serial in range(10):  # asyncio itself lets some pass before it warns
        gone.send(3424, QUESTION, serial)
    await gone.close()
    other.send(3424, QUESTION)  # its reply comes after those that nobody waits for
    assert (await other.frame()).proto_id == 3424
    await other.close()
    assert caplog.records == []


def test_every_kind_has_an_outcome() -> None:
    assert OUTCOMES.keys() == KINDS.keys()
