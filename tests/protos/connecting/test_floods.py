"""All that a gateway can make us log is bounded, however much it says."""

from __future__ import annotations

import logging

import pytest

from brokerport import ConnectionLostError
from brokerport_opend.messages import init_connect_pb2, keep_alive_pb2, notify_pb2
from brokerport_opend.wire.connection import Push
from brokerport_opend.wire.frame import Frame, encode
from protos.conftest import NewSession, OpenGateway
from protos.gateway import Script, Visit, answering, welcome

ARK, NOTIFY = 3424, 1003
ANSWER = keep_alive_pb2.Response(retType=0, s2c={"time": 1})
MANY = 10_000


def notice(**s2c: object) -> bytes:
    return encode(Frame(NOTIFY, 0, notify_pb2.Response(retType=0, s2c=s2c).SerializeToString()))


def kicked(words: str = "another machine") -> bytes:
    return notice(type=notify_pb2.NotifyType_GtwEvent, event={"eventType": notify_pb2.GtwEventType_KickedOut, "desc": words})


LOGGED_IN = notice(type=notify_pb2.NotifyType_ConnStatus, connectStatus={"qotLogined": True, "trdLogined": False})

FLOODS = {
    "the same notice": kicked() * MANY,
    "each in other words": b"".join(kicked(f"machine {number}") for number in range(MANY)),
    "logged in between": (kicked() + LOGGED_IN) * (MANY // 2),
    "long words": kicked("x" * 20_000) * 100,
    "what cannot be read": encode(Frame(NOTIFY, 0, b"\xff")) * MANY,
    "pushes of other kinds": encode(Frame(3005, 0, b"news")) * MANY,
    "replies to nobody": encode(Frame(ARK, 7, b"")) * MANY,
    "protocols that nobody knows": encode(Frame(9999, 7, b"")) * MANY,
}


def flooding(flood: bytes) -> Script:
    async def script(visit: Visit) -> None:
        await visit.greet()
        request = await visit.frame()
        visit.send(flood)
        visit.answer(request, ANSWER)
        await visit.frame()
        visit.close()

    return script


@pytest.mark.parametrize("flood", FLOODS.values(), ids=FLOODS)
async def test_a_flood_is_a_line_and_a_count(
    flood: bytes, gateway: OpenGateway, session: NewSession, caplog: pytest.LogCaptureFixture
) -> None:
    asks = session(await gateway(flooding(flood)))
    with caplog.at_level(logging.DEBUG, "brokerport"):
        assert await asks.request(ARK, b"") == ANSWER.SerializeToString()
        with pytest.raises(ConnectionLostError):
            await asks.request(ARK, b"")
        await asks.aclose()
    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) <= 3
    assert sum(map(len, lines)) < 1500


async def test_the_last_notice_of_many_is_the_one_that_counts(
    gateway: OpenGateway, session: NewSession, caplog: pytest.LogCaptureFixture
) -> None:
    asks = session(await gateway(flooding(FLOODS["each in other words"]), answering({ARK: ANSWER})))
    await asks.request(ARK, b"")
    with pytest.raises(ConnectionLostError):
        await asks.request(ARK, b"")
    with pytest.raises(ConnectionLostError, match=rf"is gone, for the account logged in elsewhere \(machine {MANY - 1}\)"):
        await asks.request(ARK, b"")
    assert [record.getMessage() for record in caplog.records] == [
        f"a client: the gateway at {asks.address} lost its login: the account logged in elsewhere (machine 0)",
        f"a client: no connection: the account logged in elsewhere (machine {MANY - 1})",
        f"the gateway at {asks.address} said that it lost its login {MANY - 1} times more",
    ]


async def test_a_listener_that_fails_on_every_push_is_logged_a_few_times_and_counted(
    gateway: OpenGateway, session: NewSession, caplog: pytest.LogCaptureFixture
) -> None:
    heard = 0

    def fails(_: Push) -> None:
        nonlocal heard
        heard += 1
        raise ZeroDivisionError

    asks = session(await gateway(flooding(FLOODS["pushes of other kinds"])))
    asks.listen(fails)
    await asks.request(ARK, b"")
    await asks.aclose()
    assert heard == MANY
    assert [record.levelno for record in caplog.records] == [logging.ERROR] * 10 + [logging.WARNING]
    assert caplog.records[-1].getMessage() == f"{asks.address}: listeners failed {MANY - 10} times more"


async def test_a_gateway_that_asks_for_strange_keep_alives_each_time_is_warned_of_once(
    gateway: OpenGateway, session: NewSession, caplog: pytest.LogCaptureFixture
) -> None:
    def once(greeting: init_connect_pb2.Response) -> Script:
        async def script(visit: Visit) -> None:
            await visit.greet(greeting)
            visit.answer(await visit.frame(), ANSWER)
            await visit.frame()
            visit.close()

        return script

    asks = session(await gateway(*(once(welcome(keepAliveInterval=100 + number)) for number in range(20))))
    for _ in range(10):
        await asks.request(ARK, b"")
        with pytest.raises(ConnectionLostError):
            await asks.request(ARK, b"")
    strange = [record for record in caplog.records if "asks for a keep-alive every" in record.getMessage()]
    assert len(strange) == 1
