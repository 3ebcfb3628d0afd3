"""Keep-alives, and the silence that means a dead peer."""

from __future__ import annotations

import asyncio
import time

import pytest

from brokerport import ConnectionLostError
from brokerport_opend.connecting import link as link_module
from brokerport_opend.connecting.link import Link
from brokerport_opend.connecting.session import Session
from brokerport_opend.messages import keep_alive_pb2
from brokerport_opend.wire.connection import Orphan
from protos.conftest import NewSession, OpenGateway
from protos.gateway import KEEP_ALIVE, Visit, answering, welcome

ARK = 3424
ANSWER = keep_alive_pb2.Response(retType=0, s2c={"time": 1})


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep-alives a hundred times an interval."""
    monkeypatch.setattr(link_module, "KEEP_ALIVE_SHARE", 0.01)


async def connected(session: Session) -> Link:
    await session.ready()
    assert session._live is not None
    return session._live.link


@pytest.mark.usefixtures("hasty")
async def test_keep_alives_are_sent_while_nobody_asks(gateway: OpenGateway, session: NewSession) -> None:
    heard: asyncio.Future[list[int]] = asyncio.get_running_loop().create_future()

    async def script(visit: Visit) -> None:
        await visit.greet(welcome(keepAliveInterval=1))
        frames = await visit.frames(5)
        assert {frame.proto_id for frame in frames} == {KEEP_ALIVE}
        assert len({frame.serial for frame in frames}) == 5
        heard.set_result([keep_alive_pb2.Request.FromString(frame.body).c2s.time for frame in frames])
        await visit.gone()

    before = int(time.time())
    await session(await gateway(script)).ready()
    assert all(before <= sent <= time.time() for sent in await heard)


@pytest.mark.usefixtures("hasty")
async def test_keep_alives_and_their_replies_do_not_disturb_requests(gateway: OpenGateway, session: NewSession) -> None:
    there = await gateway(answering({ARK: ANSWER}, welcome(keepAliveInterval=1)))
    asks = session(there)
    link = await connected(asks)
    while sum(frame.proto_id == KEEP_ALIVE for frame in there.visits[0].heard) < 3:
        assert await asks.request(ARK, b"") == ANSWER.SerializeToString()
    orphans = link.connection.orphans  # late ones there may be: here the next is sent before a slow machine answers the last
    assert (orphans[Orphan.UNKNOWN], orphans[Orphan.DUPLICATE]) == (0, 0)


async def test_unanswered_keep_alives_do_not_pile_up(gateway: OpenGateway, session: NewSession) -> None:
    asks = session(await gateway(answering({KEEP_ALIVE: ANSWER})))
    link = await connected(asks)
    for _ in range(100):
        link._send_keep_alive(30.0)
    assert len(link.connection._waiting) == 1


async def test_silence_ends_the_connection_for_everyone_who_waits(
    gateway: OpenGateway, session: NewSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link_module, "SILENCE_BOUNDS", (0.02, 0.02))
    left = asyncio.Event()

    async def script(visit: Visit) -> None:
        await visit.greet()
        await visit.gone()
        left.set()

    asks = session(await gateway(script, answering({ARK: ANSWER})))
    outcomes = await asyncio.gather(*(asks.request(ARK, b"") for _ in range(3)), return_exceptions=True)
    assert {(type(outcome), str(outcome)) for outcome in outcomes} == {
        (
            ConnectionLostError,
            f"the gateway at {asks.address} was silent for 0.02 s, keep-alives included, and is taken for dead",
        )
    }
    await left.wait()
    monkeypatch.setattr(link_module, "SILENCE_BOUNDS", (3.0, 30.0))
    assert await asks.request(ARK, b"") == ANSWER.SerializeToString()


async def test_any_byte_puts_the_end_off(gateway: OpenGateway, session: NewSession) -> None:
    asks = session(await gateway(answering({ARK: ANSWER})))
    link = await connected(asks)
    link._heard -= 29.0
    link._watch(30.0)
    soon = link._timers["watch"].when()
    assert soon == pytest.approx(link._heard + 30.0)
    await asks.request(ARK, b"")
    link._watch(30.0)
    assert link._timers["watch"].when() == pytest.approx(link._heard + 30.0)
    assert link._timers["watch"].when() > soon + 28.0
    assert link.ended is None


async def test_half_a_frame_is_a_sign_of_life(gateway: OpenGateway, session: NewSession) -> None:
    link = await connected(session(await gateway(answering({}))))
    link._heard = before = link._heard - 29.0
    link.data_received(b"F")
    assert link._heard > before


@pytest.mark.parametrize("interval", [1, 2, 10, 13, 30, 37, 38, 60])
async def test_several_keep_alives_fit_into_the_silence_that_means_death(gateway: OpenGateway, session: NewSession, interval: int) -> None:
    link = await connected(session(await gateway(answering({}, welcome(keepAliveInterval=interval)))))
    now = asyncio.get_running_loop().time()
    beat, silence = (link._timers[name].when() - now for name in ("beat", "watch"))
    assert beat <= 0.8 * interval
    assert 2 * beat < silence
    assert silence == pytest.approx(min(max(3 * interval, 3), 30), abs=1)


@pytest.mark.parametrize(("asked", "interval"), [(0, 1), (-7, 1), (2**31 - 1, 60)])
async def test_an_interval_that_makes_no_sense_is_clamped(gateway: OpenGateway, session: NewSession, asked: int, interval: int) -> None:
    asks = session(await gateway(answering({}, welcome(keepAliveInterval=asked))))
    link = await connected(asks)
    assert (await asks.ready()).keep_alive == interval
    assert link._timers["beat"].when() > asyncio.get_running_loop().time()


async def test_a_connection_that_ended_sends_no_more_keep_alives(gateway: OpenGateway, session: NewSession) -> None:
    link = await connected(session(await gateway(answering({}))))
    link.end(ConnectionLostError("over"))
    link.keep_alive(1)
    assert all(timer.cancelled() for timer in link._timers.values())
