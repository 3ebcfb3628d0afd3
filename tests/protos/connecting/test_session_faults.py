"""A connection that breaks, and bytes that break the protocol: who hears of it, and what works again."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from brokerport import BadReplyError, ConnectionLostError
from brokerport_opend.connecting.link import Link
from brokerport_opend.messages import keep_alive_pb2
from brokerport_opend.wire.connection import Key
from brokerport_opend.wire.frame import MAX_BODY, Frame, encode
from protos.conftest import NewSession, OpenGateway
from protos.gateway import Script, Visit, answering, forged, reply, welcome

ARK = 3424
ANSWER = keep_alive_pb2.Response(retType=0, retMsg="answer", s2c={"time": 1})
BODY = ANSWER.SerializeToString()
HEALTHY = answering({ARK: ANSWER})
LENGTH = 44 + len(BODY)


def cutting(cut: int, *, reset: bool = False) -> Script:
    """Answers the first request, and the second with so many bytes; then it is gone."""

    async def script(visit: Visit) -> None:
        await visit.greet()
        visit.answer(await visit.frame(), ANSWER)
        visit.send(reply(await visit.frame(), ANSWER)[:cut])
        if reset:
            visit.reset()
        else:
            visit.close()

    return script


async def test_a_reply_cut_at_any_byte_is_a_lost_connection_and_the_next_call_works(
    gateway: OpenGateway, session: NewSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("brokerport_opend.connecting.session.LONGEST", 0.0)
    there = await gateway(*map(cutting, range(LENGTH)), HEALTHY)
    asks = session(there)
    for _ in range(LENGTH):
        assert await asks.request(ARK, b"") == BODY
        with pytest.raises(ConnectionLostError, match=rf"^the connection to {asks.address} was closed by the gateway$"):
            await asks.request(ARK, b"")
    assert await asks.request(ARK, b"") == BODY
    assert len(there.visits) == LENGTH + 1


async def test_a_connection_that_is_reset_is_lost_and_the_next_call_works(gateway: OpenGateway, session: NewSession) -> None:
    asks = session(await gateway(cutting(0, reset=True), HEALTHY))
    assert await asks.request(ARK, b"") == BODY
    with pytest.raises(ConnectionLostError, match=rf"^the connection to {asks.address} was lost: ") as caught:
        await asks.request(ARK, b"")
    assert isinstance(caught.value.__cause__, ConnectionResetError)
    assert caught.value.retryable
    assert await asks.request(ARK, b"") == BODY


async def test_a_reply_that_is_whole_before_the_end_is_a_reply(gateway: OpenGateway, session: NewSession) -> None:
    asks = session(await gateway(cutting(LENGTH)))
    assert await asks.request(ARK, b"") == BODY
    assert await asks.request(ARK, b"") == BODY


async def test_everyone_who_waits_hears_that_the_connection_is_lost(gateway: OpenGateway, session: NewSession) -> None:
    async def script(visit: Visit) -> None:
        await visit.greet()
        await visit.frames(100)
        visit.close()

    there = await gateway(script, HEALTHY)
    asks = session(there)
    outcomes = await asyncio.gather(*(asks.request(ARK, b"") for _ in range(100)), return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {ConnectionLostError}
    assert set(await asyncio.gather(*(asks.request(ARK, b"") for _ in range(100)))) == {BODY}
    assert len(there.visits) == 2


async def test_a_connection_lost_while_idle_is_made_again_unseen(gateway: OpenGateway, session: NewSession) -> None:
    async def script(visit: Visit) -> None:
        await visit.greet()
        visit.answer(await visit.frame(), ANSWER)
        visit.close()

    there = await gateway(script)
    asks = session(there)
    for _ in range(3):
        assert await asks.request(ARK, b"") == BODY
        assert asks._live is not None
        await asks._live.link.wait_closed()
    assert len(there.visits) == 3


async def test_each_connection_has_serials_of_its_own(gateway: OpenGateway, session: NewSession) -> None:
    there = await gateway(cutting(0), cutting(0), HEALTHY)
    asks = session(there)
    for _ in range(2):
        await asks.request(ARK, b"")
        with pytest.raises(ConnectionLostError):
            await asks.request(ARK, b"")
    await asks.request(ARK, b"")
    serials = [frame.serial for visit in there.visits for frame in visit.heard]
    assert len(set(serials)) == len(serials)


def bad(frame: Frame) -> dict[str, bytes]:
    """Frames that answer a request and break the protocol, by what is wrong with them."""
    return {
        "SHA-1": forged(frame, digest=bytes(20)),
        "begins with": forged(frame, magic=b"XX"),
        "version 1": forged(frame, version=1),
        "body format 1": forged(frame, body_format=1),
        "4,294,967,295 bytes": forged(frame, length=2**32 - 1),
        "16,777,217 bytes": forged(frame, length=MAX_BODY + 1)[:44],
    }


@pytest.mark.parametrize("wrong", list(bad(Frame(ARK, 1, b""))))
async def test_a_frame_that_breaks_the_protocol_ends_the_connection(gateway: OpenGateway, session: NewSession, wrong: str) -> None:
    left = asyncio.Event()

    async def script(visit: Visit) -> None:
        await visit.greet()
        request = await visit.frame()
        visit.send(bad(Frame(ARK, request.serial, BODY))[wrong])
        await visit.gone()
        left.set()

    there = await gateway(script, HEALTHY)
    asks = session(there)
    with pytest.raises(BadReplyError, match=wrong) as caught:
        await asks.request(ARK, b"")
    assert str(caught.value).startswith(f"{asks.address} sent what is no frame of OpenD's: ")
    assert str(caught.value).endswith("; the connection was closed")
    assert caught.value.retryable  # the next connection may be better
    await left.wait()
    assert await asks.request(ARK, b"") == BODY
    assert len(there.visits) == 2


async def test_replies_before_a_bad_frame_reach_those_who_asked(gateway: OpenGateway, session: NewSession) -> None:
    async def script(visit: Visit) -> None:
        await visit.greet()
        first, second, _ = await visit.frames(3)
        visit.send(reply(first, ANSWER) + reply(second, ANSWER) + bytes(44))
        await visit.gone()

    asks = session(await gateway(script))
    outcomes: list[Any] = await asyncio.gather(*(asks.request(ARK, b"") for _ in range(3)), return_exceptions=True)
    assert outcomes[:2] == [BODY, BODY]
    assert type(outcomes[2]) is BadReplyError


async def test_a_bad_frame_right_after_the_welcome_leaves_nothing_running(gateway: OpenGateway, session: NewSession) -> None:
    async def script(visit: Visit) -> None:
        visit.send(reply(await visit.frame(), welcome()) + bytes(44))
        await visit.gone()

    asks = session(await gateway(script, HEALTHY))
    with pytest.raises(BadReplyError):
        await asks.request(ARK, b"")
    assert asks._live is not None
    assert all(timer.cancelled() for timer in asks._live.link._timers.values())
    assert await asks.request(ARK, b"") == BODY


async def test_the_first_cause_is_the_one_that_is_told(gateway: OpenGateway, session: NewSession) -> None:
    async def script(visit: Visit) -> None:
        await visit.greet()
        await visit.frame()
        visit.send(bytes(44))
        visit.close()

    asks = session(await gateway(script))
    with pytest.raises(BadReplyError):
        await asks.request(ARK, b"")
    assert asks._live is not None
    link = asks._live.link
    await link.wait_closed()
    link.end(ConnectionLostError("later"))
    assert type(link.ended) is BadReplyError
    with pytest.raises(BadReplyError):
        await link.request(ARK, b"")


async def test_a_link_that_never_connected_asks_nothing() -> None:
    link = Link("127.0.0.1:1", lambda _: None)
    with pytest.raises(ConnectionLostError, match=r"not connected to 127\.0\.0\.1:1"):
        await link.request(ARK, b"")
    link.end(ConnectionLostError("never there"))
    with pytest.raises(ConnectionLostError, match="never there"):
        await link.request(ARK, b"")
    await link.wait_closed()
    assert link._waiting == {}


async def test_a_request_given_up_in_the_moment_of_its_reply_leaves_the_connection_usable(
    gateway: OpenGateway, session: NewSession
) -> None:
    asks = session(await gateway(HEALTHY))
    await asks.ready()
    assert asks._live is not None
    link = asks._live.link
    task = asyncio.create_task(asks.request(ARK, b""))
    await asyncio.sleep(0)
    (key,) = link._waiting
    assert key == Key(ARK, link.connection.last_serial)
    task.cancel()
    link.data_received(encode(Frame(*key, BODY)))  # it comes after the cancelling, and before the task has heard of it
    with pytest.raises(asyncio.CancelledError):
        await task
    assert link._waiting == {}
    assert await asks.request(ARK, b"") == BODY


async def test_requests_held_back_for_the_turns_end_are_not_sent_on_a_connection_that_ended(
    gateway: OpenGateway, session: NewSession
) -> None:
    there = await gateway(HEALTHY)
    asks = session(there)
    await asks.ready()
    tasks = [asyncio.create_task(asks.request(ARK, b"%d" % number)) for number in range(3)]
    await asyncio.sleep(0)
    assert asks._live is not None
    asks._live.link.end(ConnectionLostError("pulled out"))
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert {str(outcome) for outcome in outcomes} == {"pulled out"}
    assert await asks.request(ARK, b"") == BODY
    assert len(there.visits) == 2
