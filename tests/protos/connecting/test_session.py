"""Connecting, asking and closing, over real sockets."""

from __future__ import annotations

import asyncio
import gc
import logging
import socket

import pytest

from brokerport import BadReplyError, ClientClosedError, ConnectError, ConnectionLostError, HandshakeError
from brokerport_opend.connecting.dial import Patience
from brokerport_opend.connecting.link import Link
from brokerport_opend.connecting.session import Session
from brokerport_opend.messages import init_connect_pb2, keep_alive_pb2
from brokerport_opend.wire.connection import Orphan, Push
from brokerport_opend.wire.frame import Frame, encode
from brokerport_opend.wire.pushes import NOTIFY
from protos.conftest import NewSession, OpenGateway
from protos.gateway import INIT_CONNECT, Gateway, Script, Visit, answering, forged, hangs_up, reply, silent, welcome

ARK = 3424
CAPITAL = 3212


def echo(request: Frame) -> keep_alive_pb2.Response:
    """A reply that tells which request it is for; the session does not look into bodies."""
    return keep_alive_pb2.Response(retType=0, retMsg=request.body.decode(), s2c={"time": request.proto_id})


ECHO = answering({ARK: echo, CAPITAL: echo})


def echoed(body: bytes) -> str:
    return keep_alive_pb2.Response.FromString(body).retMsg


def link_of(session: Session) -> Link:
    assert session._live is not None
    return session._live.link


# connecting


async def test_the_first_request_connects_and_shakes_hands(gateway: OpenGateway, session: NewSession) -> None:
    there = await gateway(ECHO)
    assert there.visits == []
    assert echoed(await session(there).request(ARK, b"question")) == "question"
    hello, question = there.visits[0].heard
    assert hello.proto_id == INIT_CONNECT
    assert init_connect_pb2.Request.FromString(hello.body).c2s.clientID == "brokerport"
    assert (question.proto_id, question.body, question.serial) == (ARK, b"question", hello.serial + 1)


async def test_being_ready_tells_what_the_gateway_told(gateway: OpenGateway, session: NewSession) -> None:
    told = await session(await gateway(answering({}, welcome(connID=2**63 + 1, ret_msg="brokerport sandbox")))).ready()
    assert (told.connection_id, told.server_version, told.sandbox) == (2**63 + 1, 1011, True)


async def test_later_requests_use_the_same_connection(gateway: OpenGateway, session: NewSession) -> None:
    there = await gateway(ECHO)
    asks = session(there)
    for number in range(10):
        assert echoed(await asks.request(ARK, b"%d" % number)) == str(number)
    assert len(there.visits) == 1


async def test_fifty_first_requests_at_once_share_one_connection(gateway: OpenGateway, session: NewSession) -> None:
    there = await gateway(ECHO)
    asks = session(there)
    bodies = await asyncio.gather(*(asks.request(ARK, b"%d" % number) for number in range(50)))
    assert [echoed(body) for body in bodies] == [str(number) for number in range(50)]
    assert len(there.visits) == 1
    assert [frame.proto_id for frame in there.visits[0].heard] == [INIT_CONNECT] + [ARK] * 50


async def test_fifty_first_requests_at_once_share_one_failure(gateway: OpenGateway, session: NewSession) -> None:
    there = await gateway(hangs_up)
    asks = session(there)
    outcomes = await asyncio.gather(*(asks.request(ARK, b"") for _ in range(50)), return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {HandshakeError}
    assert len(there.visits) == 1


async def test_tcp_does_not_wait_for_more_to_send(gateway: OpenGateway, session: NewSession) -> None:
    asks = session(await gateway(ECHO))
    await asks.ready()
    transport = link_of(asks)._transport
    assert transport is not None
    assert transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6 loopback")
async def test_ipv6_is_spoken(gateway: OpenGateway, session: NewSession) -> None:
    asks = session(await gateway(ECHO, host="::1"))
    assert asks.address == f"[::1]:{asks.port}"
    assert echoed(await asks.request(ARK, b"six")) == "six"


async def test_a_host_may_be_a_name(gateway: OpenGateway, session: NewSession) -> None:
    there = await gateway(ECHO)
    there.host = "localhost"  # listens on 127.0.0.1; where the name means ::1 first, the other address is tried too
    assert echoed(await session(there).request(ARK, b"name")) == "name"


# not connecting


async def test_nobody_listening_is_a_connect_error_that_says_what_to_do(session: NewSession) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        asks = session(Gateway(port=bound.getsockname()[1]))
        for ask in (asks.ready(), asks.request(ARK, b"")):
            with pytest.raises(ConnectError) as caught:
                await ask
            assert type(caught.value) is ConnectError
            assert str(caught.value).startswith(f"nobody listens at {asks.address} (")
            assert str(caught.value).endswith("; start it")
            assert isinstance(caught.value.__cause__, ConnectionRefusedError)


async def test_a_gateway_that_is_started_later_is_found(gateway: OpenGateway, session: NewSession) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        asks = session(Gateway(port=bound.getsockname()[1]))
        with pytest.raises(ConnectError):
            await asks.ready()
    await gateway(ECHO, port=asks.port)
    assert echoed(await asks.request(ARK, b"late")) == "late"


async def test_a_name_that_does_not_resolve_is_a_connect_error(monkeypatch: pytest.MonkeyPatch, session: NewSession) -> None:
    def nobody(*_: object, **__: object) -> object:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nobody)  # no test asks a name server
    with pytest.raises(ConnectError, match=r"^the host name 'gateway\.invalid' does not resolve \(.*not known\); start it$"):
        await session(Gateway(host="gateway.invalid", port=1)).ready()


@pytest.mark.parametrize("host", ["x" * 64 + ".local", "two..dots", "nul\0byte"])
async def test_a_host_that_is_no_name_at_all_is_a_connect_error(session: NewSession, host: str) -> None:
    with pytest.raises(ConnectError, match="does not resolve"):
        await session(Gateway(host=host, port=1)).ready()


async def test_connecting_has_its_own_patience(gateway: OpenGateway, session: NewSession) -> None:
    there = await gateway(ECHO)
    with pytest.raises(ConnectError, match=r"did not answer within 0 s; start it"):
        await session(there, connect=0).ready()


async def test_a_gateway_that_accepts_and_says_nothing_is_a_failed_handshake(gateway: OpenGateway, session: NewSession) -> None:
    asks = session(await gateway(silent), handshake=0.02)
    with pytest.raises(HandshakeError) as caught:
        await asks.request(ARK, b"")
    assert str(caught.value) == (
        f"{asks.address} accepted the connection and said nothing for 0.02 s:"
        " it may not be logged in yet, be no OpenD, or want encryption (rsa_key)"
    )
    assert not caught.value.retryable


async def test_a_failed_handshake_leaves_no_connection(gateway: OpenGateway, session: NewSession) -> None:
    left = asyncio.Event()

    async def script(visit: Visit) -> None:
        await visit.gone()
        left.set()

    with pytest.raises(HandshakeError):
        await session(await gateway(script), handshake=0.02).ready()
    await left.wait()


async def test_a_refused_handshake_is_told_and_the_next_call_tries_again(gateway: OpenGateway, session: NewSession) -> None:
    async def refuses(visit: Visit) -> None:
        await visit.greet(init_connect_pb2.Response(retType=-1, retMsg="not logged in"))
        await visit.gone()

    asks = session(await gateway(refuses, ECHO))
    with pytest.raises(HandshakeError, match=rf"^the gateway at {asks.address} refused the connection \(code -1\): not logged in$"):
        await asks.request(ARK, b"")
    assert echoed(await asks.request(ARK, b"again")) == "again"


@pytest.mark.parametrize("cut", [0, 1, 43, 44, 60])
async def test_a_gateway_that_closes_during_the_handshake_is_told(gateway: OpenGateway, session: NewSession, cut: int) -> None:
    async def script(visit: Visit) -> None:
        visit.send(reply(await visit.frame(), welcome())[:cut])
        visit.close()

    asks = session(await gateway(script, ECHO))
    with pytest.raises(HandshakeError, match="closed by the gateway; is it OpenD, and does it want encryption") as caught:
        await asks.ready()
    assert isinstance(caught.value.__cause__, ConnectionLostError)
    assert echoed(await asks.request(ARK, b"again")) == "again"


async def test_a_gateway_that_resets_during_the_handshake_is_told(gateway: OpenGateway, session: NewSession) -> None:
    async def script(visit: Visit) -> None:
        await visit.frame()
        visit.reset()

    with pytest.raises(HandshakeError, match=r"lost: .*is it OpenD"):
        await session(await gateway(script)).ready()


@pytest.mark.parametrize(
    "garbage",
    [
        b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n",
        bytes(64),
        b"\xff" * 4096,
        b"SSH-2.0-OpenSSH_9.6\r\n",
    ],
)
async def test_a_server_of_another_protocol_is_told(gateway: OpenGateway, session: NewSession, garbage: bytes) -> None:
    async def script(visit: Visit) -> None:
        await visit.frame()
        visit.send(garbage)
        await visit.gone()

    with pytest.raises(HandshakeError, match=r"the other side does not speak OpenD's protocol.*is it OpenD") as caught:
        await session(await gateway(script)).ready()
    assert isinstance(caught.value.__cause__, BadReplyError)


async def test_a_handshake_whose_hash_is_wrong_hints_at_encryption(gateway: OpenGateway, session: NewSession) -> None:
    async def script(visit: Visit) -> None:
        asked = await visit.frame()
        visit.send(forged(Frame(INIT_CONNECT, asked.serial, b"e" * 128), digest=bytes(20)))
        await visit.gone()

    with pytest.raises(HandshakeError, match=r"SHA-1.*does it want encryption"):
        await session(await gateway(script)).ready()


async def test_a_handshake_that_is_no_message_is_told(gateway: OpenGateway, session: NewSession) -> None:
    async def script(visit: Visit) -> None:
        asked = await visit.frame()
        visit.send(encode(Frame(INIT_CONNECT, asked.serial, b"\xff\xff")))
        await visit.gone()

    with pytest.raises(HandshakeError, match=r"no brokerport_opend\.init_connect\.Response"):
        await session(await gateway(script)).ready()


async def test_a_welcome_with_another_serial_is_not_ours(gateway: OpenGateway, session: NewSession) -> None:
    async def script(visit: Visit) -> None:
        asked = await visit.frame()
        visit.send(reply(Frame(INIT_CONNECT, asked.serial + 1, b""), welcome()))
        await visit.gone()

    with pytest.raises(HandshakeError, match="said nothing"):
        await session(await gateway(script), handshake=0.02).ready()


async def test_a_failure_of_another_kind_is_raised_as_it_is_and_logged(session: NewSession, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(TypeError):
        await session(Gateway(port=1), connect="soon").ready()
    errors = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert errors == ["connecting failed in an unexpected way"]


# cancelling


def greeting_late(asked: asyncio.Event, go_on: asyncio.Event) -> Script:
    """A gateway that sets ``asked`` when the client has introduced itself, and does not answer before ``go_on``."""

    async def script(visit: Visit) -> None:
        hello = await visit.frame()
        asked.set()
        await go_on.wait()
        visit.answer(hello, welcome())
        await visit.serve({ARK: echo})

    return script


async def test_one_who_gives_up_connecting_does_not_hurt_the_others(gateway: OpenGateway, session: NewSession) -> None:
    asked, go_on = asyncio.Event(), asyncio.Event()
    there = await gateway(greeting_late(asked, go_on))
    asks = session(there)
    first, second = (asyncio.create_task(asks.request(ARK, body)) for body in (b"first", b"second"))
    await asked.wait()
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    go_on.set()
    assert echoed(await second) == "second"
    assert [frame.body for frame in there.visits[0].heard[1:]] == [b"second"]


async def test_a_connection_that_everyone_gave_up_waiting_for_serves_the_next(gateway: OpenGateway, session: NewSession) -> None:
    asked, go_on = asyncio.Event(), asyncio.Event()
    there = await gateway(greeting_late(asked, go_on))
    asks = session(there)
    only = asyncio.create_task(asks.ready())
    await asked.wait()
    only.cancel()
    with pytest.raises(asyncio.CancelledError):
        await only
    go_on.set()
    assert echoed(await asks.request(ARK, b"next")) == "next"
    assert len(there.visits) == 1


async def test_a_failure_that_everyone_gave_up_waiting_for_disturbs_nobody(gateway: OpenGateway, session: NewSession) -> None:
    asked = asyncio.Event()

    async def script(visit: Visit) -> None:
        await visit.frame()
        asked.set()
        visit.close()

    asks = session(await gateway(script, ECHO))
    only = asyncio.create_task(asks.ready())
    await asyncio.sleep(0)
    only.cancel()
    with pytest.raises(asyncio.CancelledError):
        await only
    await asked.wait()
    assert asks._connecting is not None
    await asyncio.wait({asks._connecting})
    assert echoed(await asks.request(ARK, b"next")) == "next"


async def test_the_late_reply_to_a_cancelled_request_is_dropped_and_counted(gateway: OpenGateway, session: NewSession) -> None:
    asked = asyncio.Event()

    async def script(visit: Visit) -> None:
        await visit.greet()
        slow = await visit.frame()
        asked.set()
        quick = await visit.frame()
        visit.answer(slow, echo(slow))
        visit.answer(quick, echo(quick))
        await visit.serve({ARK: echo})

    there = await gateway(script)
    asks = session(there)
    slow = asyncio.create_task(asks.request(ARK, b"slow"))
    await asked.wait()
    slow.cancel()
    with pytest.raises(asyncio.CancelledError):
        await slow
    assert echoed(await asks.request(ARK, b"quick")) == "quick"
    assert link_of(asks).connection.orphans == {Orphan.LATE: 1}
    assert [echoed(await asks.request(ARK, b"%d" % number)) for number in range(20)] == [str(number) for number in range(20)]
    assert len(there.visits) == 1


async def test_nothing_is_kept_of_a_request_that_is_over(gateway: OpenGateway, session: NewSession) -> None:
    asks = session(await gateway(ECHO))
    await asks.request(ARK, b"answered")
    unanswered = asyncio.create_task(asks.request(9999, b"never"))
    await asks.request(CAPITAL, b"")
    unanswered.cancel()
    await asyncio.wait({unanswered})
    assert link_of(asks)._waiting == {}
    assert link_of(asks).connection._waiting == set()


# replies


async def test_replies_in_reverse_order_reach_those_who_asked(gateway: OpenGateway, session: NewSession) -> None:
    async def script(visit: Visit) -> None:
        await visit.greet()
        for request in reversed(await visit.frames(50)):
            visit.answer(request, echo(request))
        await visit.gone()

    asks = session(await gateway(script))
    bodies = await asyncio.gather(*(asks.request(ARK if number % 2 else CAPITAL, b"%d" % number) for number in range(50)))
    assert [echoed(body) for body in bodies] == [str(number) for number in range(50)]


async def test_second_and_strange_replies_are_dropped_and_counted(gateway: OpenGateway, session: NewSession) -> None:
    async def script(visit: Visit) -> None:
        await visit.greet()
        while True:
            request = await visit.frame()
            visit.send(reply(Frame(CAPITAL, request.serial, b""), echo(Frame(1, 1, b"another protocol's"))))
            visit.send(reply(Frame(ARK, request.serial + 7, b""), echo(Frame(1, 1, b"another serial's"))))
            visit.send(encode(Frame(9999, 0, b"nobody knows")))
            visit.answer(request, echo(request))
            visit.answer(request, echo(Frame(1, 1, b"twice")))

    asks = session(await gateway(script))
    assert echoed(await asks.request(ARK, b"first")) == "first"
    assert echoed(await asks.request(ARK, b"second")) == "second"
    orphans = link_of(asks).connection.orphans
    assert (orphans[Orphan.UNKNOWN], orphans[Orphan.LATE]) == (6, 0)
    assert orphans[Orphan.DUPLICATE] >= 1  # that of the second may still be on its way


async def test_replies_may_come_byte_by_byte(gateway: OpenGateway, session: NewSession) -> None:
    async def script(visit: Visit) -> None:
        await visit.drip(reply(await visit.frame(), welcome()))
        while True:
            request = await visit.frame()
            await visit.drip(reply(request, echo(request)))

    asks = session(await gateway(script))
    assert [echoed(await asks.request(ARK, b"%d" % number)) for number in range(3)] == ["0", "1", "2"]


async def test_a_reply_without_a_byte_of_body_is_a_reply(gateway: OpenGateway, session: NewSession) -> None:
    async def script(visit: Visit) -> None:
        await visit.greet()
        request = await visit.frame()
        visit.send(encode(Frame(request.proto_id, request.serial, b"")))
        await visit.gone()

    assert await session(await gateway(script)).request(ARK, b"question") == b""


async def test_requests_of_one_turn_of_the_loop_arrive_whole_and_in_order(gateway: OpenGateway, session: NewSession) -> None:
    there = await gateway(ECHO)
    asks = session(there)
    await asks.ready()
    for batch in range(3):
        await asyncio.gather(*(asks.request(ARK, b"%d.%d" % (batch, number)) for number in range(100)))
    sent = there.visits[0].heard[1:]
    assert [frame.body for frame in sent] == [b"%d.%d" % (batch, number) for batch in range(3) for number in range(100)]
    assert [frame.serial - sent[0].serial for frame in sent] == list(range(300))


async def test_a_request_of_a_mebibyte_is_one_request(gateway: OpenGateway, session: NewSession) -> None:
    there = await gateway(answering({ARK: keep_alive_pb2.Response(retType=0, s2c={"time": 1})}))
    await session(there).request(ARK, b"x" * 2**20)
    assert there.visits[0].heard[-1].body == b"x" * 2**20


# pushes


async def test_a_push_goes_to_every_listener(gateway: OpenGateway, session: NewSession) -> None:
    async def script(visit: Visit) -> None:
        await visit.greet()
        request = await visit.frame()
        visit.send(encode(Frame(NOTIFY, request.serial, b"one")))  # our own serial
        visit.send(encode(Frame(3005, 0, b"two")))
        visit.answer(request, echo(request))
        await visit.gone()

    asks = session(await gateway(script))
    heard: list[tuple[str, Push]] = []
    asks.listen(lambda push: heard.append(("a", push)))
    asks.listen(lambda push: heard.append(("b", push)))
    assert echoed(await asks.request(ARK, b"question")) == "question"
    one, two = Push(NOTIFY, b"one"), Push(3005, b"two")
    assert heard == [("a", one), ("b", one), ("a", two), ("b", two)]
    assert not link_of(asks).connection.orphans


async def test_a_push_before_the_welcome_is_a_push(gateway: OpenGateway, session: NewSession) -> None:
    async def script(visit: Visit) -> None:
        visit.send(encode(Frame(NOTIFY, 0, b"early")))
        await visit.greet()
        await visit.gone()

    asks = session(await gateway(script))
    heard: list[Push] = []
    asks.listen(heard.append)
    await asks.ready()
    assert heard == [Push(NOTIFY, b"early")]


def pushing(number: int) -> keep_alive_pb2.Response:
    return keep_alive_pb2.Response(retType=0, s2c={"time": number})


async def test_a_listener_that_fails_is_named_in_the_log_and_hurts_nobody(
    gateway: OpenGateway, session: NewSession, caplog: pytest.LogCaptureFixture
) -> None:
    async def script(visit: Visit) -> None:
        await visit.greet()
        while True:
            request = await visit.frame()
            visit.send(encode(Frame(NOTIFY, 0, b"news")))
            visit.answer(request, echo(request))

    def broken(_: Push) -> None:
        raise ZeroDivisionError("a listener's own")

    asks = session(await gateway(script))
    heard: list[Push] = []
    asks.listen(broken)
    asks.listen(heard.append)
    with caplog.at_level(logging.ERROR, "brokerport"):
        assert echoed(await asks.request(ARK, b"first")) == "first"
        assert echoed(await asks.request(ARK, b"second")) == "second"
    assert heard == [Push(NOTIFY, b"news")] * 2
    assert [record.getMessage() for record in caplog.records] == [f"{asks.address}: a listener failed on push {NOTIFY}"] * 2
    assert caplog.records[0].exc_info is not None
    assert isinstance(caplog.records[0].exc_info[1], ZeroDivisionError)


async def test_a_listener_may_stop_even_while_it_listens(gateway: OpenGateway, session: NewSession) -> None:
    async def script(visit: Visit) -> None:
        await visit.greet()
        request = await visit.frame()
        visit.send(encode(Frame(NOTIFY, 0, b"one")) + encode(Frame(NOTIFY, 0, b"two")))
        visit.answer(request, echo(request))
        await visit.gone()

    asks = session(await gateway(script))
    once: list[bytes] = []
    always: list[bytes] = []

    def first(push: Push) -> None:
        once.append(push.body)
        stop()

    stop = asks.listen(first)
    asks.listen(lambda push: always.append(push.body))
    await asks.request(ARK, b"")
    assert (once, always) == ([b"one"], [b"one", b"two"])


async def test_listeners_outlive_the_connection(gateway: OpenGateway, session: NewSession) -> None:
    async def script(visit: Visit) -> None:
        await visit.greet()
        request = await visit.frame()
        visit.send(encode(Frame(NOTIFY, 0, b"news")))
        visit.answer(request, echo(request))
        visit.close()

    asks = session(await gateway(script))
    heard: list[Push] = []
    asks.listen(heard.append)
    await asks.request(ARK, b"")
    await link_of(asks).wait_closed()
    await asks.request(ARK, b"")
    assert heard == [Push(NOTIFY, b"news")] * 2


# closing


async def test_closing_ends_those_who_wait_for_replies(gateway: OpenGateway, session: NewSession) -> None:
    heard = asyncio.Event()

    async def script(visit: Visit) -> None:
        await visit.greet()
        await visit.frames(20)
        heard.set()
        await visit.gone()

    asks = session(await gateway(script))
    tasks = [asyncio.create_task(asks.request(ARK, b"")) for _ in range(20)]
    await heard.wait()
    await asks.aclose()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert {(type(outcome), str(outcome)) for outcome in outcomes} == {
        (ClientClosedError, f"the connection to {asks.address} was closed by this client")
    }


async def test_closing_ends_those_who_wait_for_the_connection(gateway: OpenGateway, session: NewSession) -> None:
    asked = asyncio.Event()

    async def script(visit: Visit) -> None:
        await visit.frame()
        asked.set()
        await visit.gone()

    asks = session(await gateway(script))
    tasks = [asyncio.create_task(asks.request(ARK, b"")) for _ in range(20)]
    await asked.wait()
    await asks.aclose()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {ClientClosedError}


async def test_a_closed_session_asks_nothing_more(gateway: OpenGateway, session: NewSession) -> None:
    there = await gateway(ECHO)
    before, after = session(there), session(there)
    await before.aclose()
    await after.ready()
    await after.aclose()
    for closed in (before, after):
        with pytest.raises(ClientClosedError):
            await closed.request(ARK, b"")
        with pytest.raises(ClientClosedError):
            await closed.ready()
    assert len(there.visits) == 1


async def test_closing_twice_or_at_once_is_as_closing(gateway: OpenGateway, session: NewSession) -> None:
    asks = session(await gateway(ECHO))
    await asks.ready()
    await asyncio.gather(asks.aclose(), asks.aclose())
    await asks.aclose()
    with pytest.raises(ClientClosedError):
        await asks.ready()


@pytest.mark.parametrize("stage", ["idle", "asking", "shaking hands", "lost"])
async def test_closing_leaves_no_task_timer_or_socket(gateway: OpenGateway, quiet_loop: None, stage: str) -> None:
    reached = asyncio.Event()
    left = asyncio.Event()

    async def script(visit: Visit) -> None:
        if stage != "shaking hands":
            await visit.greet()
        if stage in ("asking", "shaking hands"):
            await visit.frame()
        if stage == "lost":
            visit.close()
        reached.set()
        await visit.gone()
        left.set()

    there = await gateway(script)
    asks = Session(there.host, there.port)
    task = asyncio.create_task(asks.request(ARK, b"") if stage == "asking" else asks.ready())
    await reached.wait()
    before = {asyncio.current_task(), task, *there.plays}
    if stage in ("idle", "lost"):
        await task
    link = next(each for each in gc.get_objects() if isinstance(each, Link) and each.address == asks.address)
    await asks.aclose()
    assert link._transport is not None
    assert link._transport.get_extra_info("socket").fileno() == -1
    assert all(timer.cancelled() for timer in link._timers.values())
    await asyncio.wait({task})
    assert task.exception() is None or isinstance(task.exception(), ClientClosedError)
    assert asyncio.all_tasks() <= before
    await left.wait()


async def test_closing_does_not_wait_for_a_gateway_that_reads_no_more(gateway: OpenGateway, session: NewSession) -> None:
    async def script(visit: Visit) -> None:
        await visit.greet()
        await asyncio.Event().wait()

    asks = session(await gateway(script))
    await asks.ready()
    stuck = asyncio.create_task(asks.request(ARK, bytes(2**25)))  # more than the sockets of both sides hold
    await asyncio.sleep(0)
    await asks.aclose()
    with pytest.raises(ClientClosedError):
        await stuck


async def test_closing_before_any_request_is_nothing(session: NewSession) -> None:
    asks = session(Gateway(port=1))
    await asks.aclose()
    assert asks._live is None


def test_making_a_session_needs_no_loop() -> None:
    assert Session("127.0.0.1", 11111).address == "127.0.0.1:11111"
    assert Session("fe80::1%eth0", 11111).address == "[fe80::1%eth0]:11111"
    assert Session("h", 1).patience == Patience(connect=3.0, handshake=5.0, outage=5.0)
