"""A connection that is lost comes back by itself, unless the gateway's account was logged out for good."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from brokerport import BadReplyError, ClientClosedError, ConnectError, ConnectionLostError, HandshakeError
from brokerport.calls.call import Call
from brokerport.calls.retry import Retry
from brokerport_opend.connecting import backoff, dial
from brokerport_opend.connecting.backoff import FIRST, HEALTHY, LONGEST, Backoff
from brokerport_opend.connecting.link import Link
from brokerport_opend.connecting.session import SLOWLY, Session
from brokerport_opend.messages import init_connect_pb2, keep_alive_pb2, notify_pb2
from brokerport_opend.wire.frame import Frame, encode
from brokerport_opend.wire.pushes import NOTIFY
from protos.conftest import NewSession, OpenGateway
from protos.gateway import Gateway, Script, Visit, answering, hangs_up, silent

ARK = 3424
ANSWER = keep_alive_pb2.Response(retType=0, s2c={"time": 1})
HEALTHY_GATEWAY = answering({ARK: ANSWER})
BODY = ANSWER.SerializeToString()
KICKED = notify_pb2.Response(retType=0, s2c={"type": 1, "event": {"eventType": 7, "desc": "another \x1b[2Jdevice"}})
LOGGED_IN = notify_pb2.Response(retType=0, s2c={"type": 3, "connectStatus": {"qotLogined": True, "trdLogined": True}})


async def loses_one(visit: Visit) -> None:
    """Greets, answers once, and hangs up."""
    await visit.greet()
    visit.answer(await visit.frame(), ANSWER)
    visit.close()


def saying(*notices: notify_pb2.Response) -> Script:
    """Pushes notices after the first question, and hangs up."""

    async def script(visit: Visit) -> None:
        await visit.greet()
        question = await visit.frame()
        for notice in notices:
            visit.send(encode(Frame(NOTIFY, 1, notice.SerializeToString())))
        visit.answer(question, ANSWER)
        visit.close()

    return script


async def until(holds: Callable[[], object]) -> None:
    while not holds():  # noqa: ASYNC110  # the proof is in other objects, which set no event
        await asyncio.sleep(0.001)


def is_live(session: Session) -> bool:
    return session._live is not None and session._live.link.ended is None


# in the background


async def test_a_lost_connection_comes_back_without_being_asked(gateway: OpenGateway, session: NewSession) -> None:
    there = await gateway(loses_one, HEALTHY_GATEWAY)
    asks = session(there)
    assert await asks.request(ARK, b"") == BODY
    await until(lambda: len(there.visits) == 2 and is_live(asks))
    assert await asks.request(ARK, b"") == BODY
    assert len(there.visits) == 2


async def test_a_gateway_that_was_never_there_is_not_looked_for_unasked(session: NewSession) -> None:
    asks = session(Gateway(port=1))
    with pytest.raises(ConnectError):
        await asks.ready()
    assert asks._later is None
    assert asks._connecting is not None
    assert asks._connecting.done()


async def test_calls_wait_a_moment_for_a_gateway_that_is_started_anew(session: NewSession) -> None:
    async with Gateway(loses_one) as first:
        asks = session(first)
        await asks.request(ARK, b"")
        await until(lambda: not is_live(asks))
    waiting = [asyncio.create_task(asks.request(ARK, b"")) for _ in range(50)]
    await asyncio.sleep(0)
    async with Gateway(HEALTHY_GATEWAY, port=first.port) as second:
        assert set(await asyncio.gather(*waiting)) == {BODY}
        assert len(second.visits) == 1
        await asks.aclose()


async def test_they_do_not_wait_for_one_that_stays_away(session: NewSession) -> None:
    async with Gateway(loses_one) as first:
        asks = session(first, outage=0.05)
        await asks.request(ARK, b"")
        await until(lambda: not is_live(asks))
    with pytest.raises(ConnectError, match="nobody listens"):
        await asks.request(ARK, b"")


async def test_a_call_that_has_no_time_for_another_attempt_hears_of_the_last(session: NewSession, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("brokerport_opend.connecting.session.LONGEST", 0.1)
    async with Gateway(loses_one) as first:
        asks = session(first)
        await asks.request(ARK, b"")
        await until(lambda: not is_live(asks))
    with pytest.raises(ConnectError, match="nobody listens"):
        async with Call("toy", 0.4):
            await asks.request(ARK, b"")


async def test_a_call_with_little_time_waits_on_however_long_the_background_would(
    session: NewSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backoff, "FIRST", 1000.0)
    monkeypatch.setattr(backoff, "LONGEST", 1000.0)
    async with Gateway(loses_one) as first:
        asks = session(first)
        await asks.request(ARK, b"")
        await until(lambda: not is_live(asks))

    async def call() -> bytes:
        async with Call("toy", 2.0):
            return await asks.request(ARK, b"")

    waiting = asyncio.create_task(call())
    await until(lambda: asks._backoff._failures >= 3)
    async with Gateway(HEALTHY_GATEWAY, port=first.port):
        assert await waiting == BODY
        await asks.aclose()


async def test_a_handshake_that_is_refused_is_tried_again_slowly(gateway: OpenGateway, session: NewSession) -> None:
    async def refuses(visit: Visit) -> None:
        await visit.greet(init_connect_pb2.Response(retType=-1, retMsg="not logged in"))
        await visit.gone()

    there = await gateway(loses_one, refuses, HEALTHY_GATEWAY)
    asks = session(there)
    await asks.request(ARK, b"")
    now = asyncio.get_running_loop().time
    await until(lambda: len(there.visits) == 2 and asks._later and asks._later.when() > now())
    assert asks._later is not None
    assert asks._later.when() - now() == pytest.approx(SLOWLY, abs=1)
    assert await asks.request(ARK, b"") == BODY  # who asks is not made to wait
    assert asks._later.cancelled()


async def test_closing_ends_the_looking(session: NewSession) -> None:
    async with Gateway(loses_one) as there:
        asks = session(there)
        await asks.request(ARK, b"")
        await until(lambda: asks._later is not None)
    await asks.aclose()
    assert asks._later is not None
    assert asks._later.cancelled()
    assert asks._connecting is not None
    assert asks._connecting.done()


async def test_a_gateway_that_hangs_up_at_once_is_met_by_few_connections(gateway: OpenGateway, session: NewSession) -> None:
    there = await gateway(loses_one, hangs_up)
    asks = session(there)
    await asks.request(ARK, b"")
    await until(lambda: not is_live(asks))
    outcomes = await asyncio.gather(*(asks.request(ARK, b"") for _ in range(1000)), return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {HandshakeError}
    assert len(there.visits) == 2


@pytest.mark.parametrize("turns", range(14))
async def test_closing_ends_an_attempt_in_whatever_turn_it_is(turns: int, gateway: OpenGateway, monkeypatch: pytest.MonkeyPatch) -> None:
    async def twice(host: str) -> list[str]:
        return [host, host]

    monkeypatch.setattr(dial, "addresses", twice)
    there = await gateway(silent)
    asks = Session(there.host, there.port)
    waiting = asyncio.create_task(asks.ready())
    for _ in range(turns):
        await asyncio.sleep(0)
    async with asyncio.timeout(1.0):
        await asks.aclose()
    with pytest.raises(ClientClosedError):
        await waiting


# load


async def drops(visit: Visit) -> None:
    """Greets, and hangs up on whoever asks."""
    await visit.greet()
    await visit.frame()
    visit.close()


@pytest.mark.parametrize(("at_once", "most"), [(False, lambda calls: 1.1 * calls + 40), (True, lambda calls: 2 * calls + 20)])
async def test_a_gateway_that_drops_every_request_gets_few_more_than_there_are_calls(
    at_once: bool, most: Callable[[int], float], gateway: OpenGateway, session: NewSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("brokerport_opend.connecting.session.LONGEST", 0.0)
    there = await gateway(drops)
    asks, retry, calls, made = session(there), Retry(sleep=lambda _: asyncio.sleep(0)), 300, 0

    async def ask() -> bytes:
        nonlocal made
        made += 1
        return await asks.request(ARK, b"")

    async def call() -> None:
        with pytest.raises(ConnectionLostError):
            await retry(ask)

    if at_once:
        await asyncio.gather(*(call() for _ in range(calls)))
    else:
        for _ in range(calls):
            await call()
    seen = sum(frame.proto_id == ARK for visit in there.visits for frame in visit.heard)
    assert seen <= made <= most(calls)
    assert made > calls


async def test_bytes_that_are_no_frame_are_paid_for_once_however_many_calls_they_end(gateway: OpenGateway, session: NewSession) -> None:
    calls = 100

    async def babbles(visit: Visit) -> None:
        await visit.greet()
        await visit.frames(calls)
        visit.send(b"no frame at all, but long enough to be the header of one")
        await visit.gone()

    asks, retry = session(await gateway(babbles, HEALTHY_GATEWAY)), Retry()
    answers = await asyncio.gather(*(retry(lambda: asks.request(ARK, b"")) for _ in range(calls)))
    assert set(answers) == {BODY}


# backoff


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def longest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits are as long as they can be."""
    monkeypatch.setattr("random.uniform", lambda _, most: most)


@pytest.mark.usefixtures("longest")
def test_waits_double_up_to_the_longest() -> None:
    wait, seconds = Backoff(Clock()), []
    for _ in range(50):
        wait.failed()
        seconds.append(wait.left())
    assert seconds[:6] == pytest.approx([FIRST, 2 * FIRST, 4 * FIRST, 8 * FIRST, 16 * FIRST, 32 * FIRST])
    assert set(seconds[6:]) == {LONGEST}


@pytest.mark.usefixtures("longest")
def test_only_a_connection_that_lasted_begins_from_nothing() -> None:
    wait = Backoff(Clock())
    for _ in range(9):
        wait.failed()
    wait.lost(HEALTHY - 0.001)
    assert wait.left() == LONGEST
    wait.lost(HEALTHY)
    assert wait.left() == pytest.approx(FIRST)


def test_waits_are_jittered_from_nothing_on() -> None:
    seconds = []
    for _ in range(200):
        wait = Backoff(Clock())
        wait.failed()
        seconds.append(wait.left())
    assert 0 <= min(seconds) < FIRST / 5
    assert FIRST * 0.8 < max(seconds) <= FIRST


def test_time_that_passes_is_not_waited_again() -> None:
    clock = Clock()
    wait = Backoff(clock)
    wait.failed()
    clock.now += FIRST
    assert wait.left() == 0.0


# logged out for good


async def test_an_account_that_logged_in_elsewhere_ends_it_and_says_so(
    gateway: OpenGateway, session: NewSession, caplog: pytest.LogCaptureFixture
) -> None:
    there = await gateway(saying(KICKED), HEALTHY_GATEWAY)
    asks = session(there)
    assert await asks.request(ARK, b"") == BODY
    await until(lambda: not is_live(asks))
    for _ in range(2):
        with pytest.raises(ConnectionLostError) as raised:
            await asks.request(ARK, b"")
        assert str(raised.value) == (
            f"the gateway at {asks.address} is gone, for the account logged in elsewhere (another  [2Jdevice);"
            " log in at the gateway again, then close this client and get a new one"
        )
        assert not raised.value.retryable
    assert (len(there.visits), asks._later) == (1, None)
    assert any("lost its login: the account logged in elsewhere" in record.getMessage() for record in caplog.records)


async def test_it_is_heard_in_the_handshake_too(gateway: OpenGateway, session: NewSession) -> None:
    async def kicked(visit: Visit) -> None:
        await visit.frame()
        visit.send(encode(Frame(NOTIFY, 1, KICKED.SerializeToString())))
        visit.close()

    there = await gateway(kicked, HEALTHY_GATEWAY)
    asks = session(there)
    with pytest.raises(HandshakeError):
        await asks.ready()
    with pytest.raises(ConnectionLostError, match="the account logged in elsewhere"):
        await asks.ready()
    assert (len(there.visits), asks._later) == (1, None)


async def test_one_that_is_logged_in_again_is_connected_to_again(gateway: OpenGateway, session: NewSession) -> None:
    there = await gateway(saying(KICKED, LOGGED_IN), HEALTHY_GATEWAY)
    asks = session(there)
    await asks.request(ARK, b"")
    await until(lambda: len(there.visits) == 2 and is_live(asks))
    assert await asks.request(ARK, b"") == BODY


async def test_other_news_and_news_that_cannot_be_read_change_nothing(gateway: OpenGateway, session: NewSession) -> None:
    other = notify_pb2.Response(retType=0, s2c={"type": 1, "event": {"eventType": 3, "desc": "update"}})

    async def script(visit: Visit) -> None:
        await visit.greet()
        question = await visit.frame()
        visit.send(encode(Frame(NOTIFY, 1, b"\xff\xff")) + encode(Frame(NOTIFY, 2, other.SerializeToString())))
        visit.answer(question, ANSWER)
        visit.close()

    there = await gateway(script, HEALTHY_GATEWAY)
    asks = session(there)
    await asks.request(ARK, b"")
    await until(lambda: len(there.visits) == 2 and is_live(asks))


# in the clear, and to a gateway that reads slowly


async def test_plain_text_to_another_machine_is_warned_of_once(
    gateway: OpenGateway, session: NewSession, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(Link, "is_local", lambda _: False)
    asks = session(await gateway(loses_one, HEALTHY_GATEWAY))
    await asks.request(ARK, b"")
    await until(lambda: not is_live(asks))
    await asks.request(ARK, b"")
    warnings = [record.getMessage() for record in caplog.records if "plain text" in record.getMessage()]
    assert warnings == [
        f"the gateway at {asks.address} is asked in plain text: whoever is on the way can read and change what passes;"
        " set rsa_key on both ends, or use a tunnel"
    ]


async def test_loopback_is_not_warned_of(gateway: OpenGateway, session: NewSession, caplog: pytest.LogCaptureFixture) -> None:
    asks = session(await gateway(HEALTHY_GATEWAY))
    await asks.request(ARK, b"")
    assert asks._live is not None
    assert asks._live.link.is_local()
    assert caplog.records == []


async def test_who_has_hung_up_already_is_not_warned_of() -> None:
    link = Link("there", lambda _: None)
    # As asyncio makes it for a socket that was reset meanwhile; and no asyncio.Transport, as uvloop's is none.
    link.connection_made(asyncio.BaseTransport({"peername": None}))
    assert link.is_local()


async def test_what_waits_to_be_sent_is_bounded_and_goes_on_when_the_gateway_reads_again(gateway: OpenGateway, session: NewSession) -> None:
    reads, mebibyte, number = asyncio.Event(), b"x" * 2**20, 40

    async def script(visit: Visit) -> None:
        await visit.greet()
        await reads.wait()
        for _ in range(number):
            visit.answer(await visit.frame(), ANSWER)
        await visit.gone()

    asks = session(await gateway(script))
    await asks.ready()
    assert asks._live is not None
    link = asks._live.link
    asking = [asyncio.create_task(asks.request(ARK, mebibyte)) for _ in range(number)]
    await until(lambda: not link._writable.is_set())
    assert link._transport is not None
    late = asyncio.create_task(asks.request(ARK, mebibyte))
    await asyncio.sleep(0)
    held = link._transport.get_write_buffer_size()
    late.cancel()
    assert link._transport.get_write_buffer_size() == held
    reads.set()
    assert set(await asyncio.gather(*asking)) == {BODY}


async def test_the_end_of_the_connection_ends_those_who_wait_to_send(gateway: OpenGateway, session: NewSession) -> None:
    stays = asyncio.Event()

    async def script(visit: Visit) -> None:
        await visit.greet()
        await stays.wait()

    asks = session(await gateway(script))
    await asks.ready()
    assert asks._live is not None
    link = asks._live.link
    link.pause_writing()
    waiting = asyncio.create_task(asks.request(ARK, b""))
    await asyncio.sleep(0)
    link.end(BadReplyError("over"))
    with pytest.raises(BadReplyError, match="over"):
        await waiting
    stays.set()
