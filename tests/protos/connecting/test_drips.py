"""A frame that never ends and a gateway that answers no question: both are left in time, and no slow one is. In made-up time."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import wraps
from math import inf
from typing import Any

import pytest

from brokerport import ConnectionLostError, DeadlineError, HandshakeError
from brokerport.calls.retry import Retry
from brokerport.testing import run_in_virtual_time
from brokerport_opend.connecting.dial import Patience
from brokerport_opend.connecting.link import KEEP_ALIVE, SLICE, Link
from brokerport_opend.connecting.overdue import DEAF_SECONDS, FRAME_SECONDS, LONGEST_FRAME, SLOWEST
from brokerport_opend.connecting.session import DEAF_LONGEST, Session
from brokerport_opend.wire.frame import Decoder, Frame, encode
from protos.gateway import INIT_CONNECT, forged, welcome

ARK, CAPITAL, NOTIFY = 3424, 3212, 1003

#: what a gateway does with a request: seconds until each reply, and the reply; None says nothing
Behaviour = Callable[[Frame], list[tuple[float, Frame]]]


def drips(_: Frame) -> list[tuple[float, Frame]]:
    """Its handshake is a byte a second."""
    return []


class Wire(asyncio.Transport):
    """The socket: what the client writes, the gateway answers by its behaviour."""

    def __init__(self, behaves: Behaviour) -> None:
        super().__init__({"peername": ("127.0.0.1", 11111)})
        self.link: Link | None = None
        self.aborted = False
        self.paused = 0
        self._behaves = behaves
        self._decoder = Decoder()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        for request in self._decoder.feed(bytes(data)):
            if request.proto_id == INIT_CONNECT:
                self._greet(encode(Frame(INIT_CONNECT, request.serial, welcome().SerializeToString())))
                continue
            for seconds, frame in self._behaves(request):
                asyncio.get_running_loop().call_later(seconds, self.deliver, encode(frame))

    def _greet(self, greeting: bytes) -> None:
        pieces = [bytes([byte]) for byte in greeting] if self._behaves is drips else [greeting]
        for second, piece in enumerate(pieces):
            asyncio.get_running_loop().call_later(float(second), self.deliver, piece)

    def deliver(self, data: bytes) -> None:
        if self.link is not None and not self.aborted:
            self.link.data_received(data)

    def pause_reading(self) -> None:
        self.paused += 1

    def resume_reading(self) -> None:
        self.paused = 0

    def abort(self) -> None:
        self.aborted = True
        assert self.link is not None
        asyncio.get_running_loop().call_soon(self.link.connection_lost, None)


def linked(behaves: Behaviour) -> tuple[Link, Wire]:
    link, wire = Link("gateway", lambda _: None), Wire(behaves)
    wire.link = link
    link.connection_made(wire)
    link.keep_alive(10)
    return link, wire


def answers(request: Frame) -> list[tuple[float, Frame]]:
    return [(0.01, Frame(request.proto_id, request.serial, b"answer"))]


def only_keep_alives(request: Frame) -> list[tuple[float, Frame]]:
    return answers(request) if request.proto_id == KEEP_ALIVE else []


def after(seconds: float) -> Behaviour:
    return lambda request: [(0.01 if request.proto_id == KEEP_ALIVE else seconds, Frame(request.proto_id, request.serial, b"late"))]


def in_virtual_time(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    @wraps(test)
    def run(**given: Any) -> None:
        run_in_virtual_time(test(**given))

    return run


def now() -> float:
    return asyncio.get_running_loop().time()


async def ends(link: Link) -> float:
    """When the link ends."""
    while link.ended is None:  # noqa: ASYNC110  # made-up time
        await asyncio.sleep(0.05)
    return now()


async def asked(link: Link, timeout: float, proto_id: int = ARK) -> bytes | None:
    """The answer; None where it did not come in time."""
    with suppress(TimeoutError):
        async with asyncio.timeout(timeout):
            return await link.request(proto_id, b"")
    return None


async def drip(wire: Wire, data: bytes, every: float) -> None:
    for byte in data:
        wire.deliver(bytes([byte]))
        await asyncio.sleep(every)


# a frame that has begun


@in_virtual_time
async def test_a_reply_that_drips_ends_the_connection_and_all_who_wait() -> None:
    link, wire = linked(lambda _: [])
    waiting = [asyncio.create_task(link.request(ARK, b"")) for _ in range(3)]
    await asyncio.sleep(0)
    dripping = asyncio.create_task(drip(wire, encode(Frame(ARK, 1, bytes(1000))), 1.0))
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {ConnectionLostError}
    assert str(outcomes[0]) == "a frame of 44 bytes from gateway was not whole after 5 s; the connection was closed"
    assert isinstance(outcomes[0], ConnectionLostError)
    assert outcomes[0].retryable
    assert now() == pytest.approx(FRAME_SECONDS, abs=0.1)
    dripping.cancel()


@pytest.mark.parametrize("came", [1, 2, 20, 43, 44, 45, 500, 1043])
@in_virtual_time
async def test_a_frame_that_stops_anywhere_has_the_same_time(came: int) -> None:
    link, wire = linked(only_keep_alives)
    wire.deliver(encode(Frame(ARK, 1, bytes(1000)))[:came])
    assert await ends(link) == pytest.approx(FRAME_SECONDS, abs=0.2)


@in_virtual_time
async def test_a_large_frame_on_a_slow_line_gets_through() -> None:
    link, wire = linked(lambda _: [])
    body = bytes(512 * 1024)
    asking = asyncio.create_task(link.request(ARK, b""))
    await asyncio.sleep(0)
    (key,) = link._waiting
    data = encode(Frame(ARK, key.serial, body))
    for start in range(0, len(data), SLOWEST):
        wire.deliver(data[start : start + SLOWEST])
        await asyncio.sleep(1.0)
    assert await asking == body
    assert now() > 30
    assert link.ended is None
    assert link.overdue.begun is None


@in_virtual_time
async def test_what_a_frame_announces_gives_it_a_minute_at_most() -> None:
    link, wire = linked(only_keep_alives)
    wire.deliver(forged(Frame(ARK, 1, b""), length=16 * 1024 * 1024))
    dripping = asyncio.create_task(drip(wire, bytes(3600), 1.0))
    assert await ends(link) == pytest.approx(LONGEST_FRAME, abs=0.2)
    dripping.cancel()


@in_virtual_time
async def test_frames_that_follow_each_other_have_their_own_time_each() -> None:
    link, wire = linked(lambda _: [])
    stream = encode(Frame(NOTIFY, 0, b"news")) * 100
    for start in range(0, len(stream), 47):  # in each piece the end of a frame and the beginning of the next
        wire.deliver(stream[start : start + 47])
        await asyncio.sleep(FRAME_SECONDS / 2)
    assert now() > 100
    assert link.ended is None
    assert link.overdue.begun is None


# a connection that answers keep-alives and no question


@in_virtual_time
async def test_a_gateway_that_answers_keep_alives_and_no_question_is_left() -> None:
    link, _ = linked(only_keep_alives)
    patient = asyncio.create_task(link.request(ARK, b""))
    assert await asked(link, 1.0) is None
    with pytest.raises(ConnectionLostError, match=r"^the gateway at gateway answered no question in 8 s, though it said other things; the"):
        await patient
    assert link.overdue.deaf


@in_virtual_time
async def test_replies_to_nobody_are_no_answers() -> None:
    for lie in (
        lambda request: [(0.1, Frame(request.proto_id, request.serial + 1000, b"other"))],
        lambda request: [(0.1, Frame(CAPITAL, request.serial, b"other"))],
        lambda request: [(0.1, Frame(NOTIFY, request.serial, b"news"))],
    ):
        link, _ = linked(lie)
        began = now()
        assert await asked(link, 1.0) is None
        assert await ends(link) - began < 1.0 + 2 * DEAF_SECONDS
        assert link.overdue.deaf


@in_virtual_time
async def test_one_late_reply_again_and_again_is_one_answer() -> None:
    link, wire = linked(only_keep_alives)
    first = asyncio.create_task(asked(link, 1.0))
    await asyncio.sleep(0)
    (key,) = link._waiting
    await first
    reply = encode(Frame(ARK, key.serial, b"late"))
    wire.deliver(reply)
    assert link.connection.answers == 1
    assert await asked(link, 1.0) is None
    repeating = asyncio.create_task(drip_whole(wire, reply))
    await ends(link)
    assert (link.overdue.deaf, link.connection.answers) == (True, 1)
    repeating.cancel()


async def drip_whole(wire: Wire, data: bytes) -> None:
    while True:
        wire.deliver(data)
        await asyncio.sleep(0.5)


@in_virtual_time
async def test_late_keep_alives_are_no_answers() -> None:
    link, _ = linked(lambda request: [(9.0, Frame(request.proto_id, request.serial, b""))] if request.proto_id == KEEP_ALIVE else [])
    assert await asked(link, 1.0) is None
    await ends(link)
    assert link.overdue.deaf


@in_virtual_time
async def test_silence_has_its_own_time() -> None:
    link, _ = linked(lambda _: [])
    assert await asked(link, 1.0) is None
    assert await ends(link) == pytest.approx(30.0, abs=0.2)
    assert not link.overdue.deaf


@in_virtual_time
async def test_a_gateway_that_answers_after_the_callers_time_is_not_left() -> None:
    link, _ = linked(after(4.0))
    for _ in range(100):
        assert await asked(link, 0.5) is None
    await asyncio.sleep(100)
    assert link.ended is None
    assert link.connection.answers == 100


@in_virtual_time
async def test_one_protocol_that_hangs_while_another_answers_is_no_reason_to_leave() -> None:
    link, _ = linked(lambda request: [] if request.proto_id == CAPITAL else answers(request))
    for _ in range(30):
        hanging = asyncio.create_task(asked(link, 12.0, CAPITAL))
        await asyncio.sleep(6.0)
        assert await asked(link, 1.0) == b"answer"
        assert await hanging is None
        await asyncio.sleep(30.0)
    assert link.ended is None


@in_virtual_time
async def test_an_answer_to_anything_in_the_time_after_puts_the_end_off() -> None:
    link, _ = linked(lambda request: [] if request.proto_id == CAPITAL else answers(request))
    assert await asked(link, 1.0, CAPITAL) is None
    await asyncio.sleep(DEAF_SECONDS - 1.0)
    assert await asked(link, 1.0) == b"answer"
    await asyncio.sleep(60.0)
    assert link.ended is None


@in_virtual_time
async def test_a_call_that_is_cancelled_on_a_good_connection_costs_it_nothing() -> None:
    link, _ = linked(answers)
    for _ in range(20):
        assert await asked(link, 0.001) is None
        await asyncio.sleep(10.0)
    assert link.ended is None


# the session over such connections


def session_over(*behaviours: Behaviour) -> tuple[Session, list[Wire]]:
    """A session each of whose sockets is a wire with the next behaviour, the last one again and again."""
    wires: list[Wire] = []

    async def sock_connect(sock: socket.socket, _: object) -> None:
        assert sock.fileno() >= 0

    async def create_connection(new_link: Callable[[], Link], *, sock: socket.socket) -> tuple[Wire, Link]:
        sock.close()
        wire = Wire(behaviours[min(len(wires), len(behaviours) - 1)])
        wires.append(wire)
        wire.link = new_link()
        wire.link.connection_made(wire)
        return wire, wire.link

    loop: Any = asyncio.get_running_loop()
    loop.sock_connect, loop.create_connection = sock_connect, create_connection  # the fault is behind the socket
    return Session("127.0.0.1", 11111), wires


@in_virtual_time
async def test_calls_get_their_answers_by_another_connection() -> None:
    session, wires = session_over(only_keep_alives, answers)
    failed = 0
    while await asked_of(session, 1.0) is None:
        failed += 1
    assert (len(wires), failed) == (2, 9)  # it gave up one after 1 s, and the next keep-alive is heard after 8
    await session.aclose()


@in_virtual_time
async def test_a_call_with_time_is_answered_by_the_rules_of_retry() -> None:
    session, wires = session_over(only_keep_alives, answers)

    async def ask() -> bytes:
        reply = await asked_of(session, 12.0 if len(wires) < 2 else inf)
        if reply is None:
            unanswered = DeadlineError("no reply")
            unanswered.retryable = True
            raise unanswered
        return reply

    assert await Retry()(ask) == b"answer"
    assert len(wires) == 2
    assert now() < 30
    await session.aclose()


@in_virtual_time
async def test_a_gateway_that_is_slower_than_everybody_is_not_left_again_and_again() -> None:
    session, wires = session_over(after(9.0))
    began = now()
    while now() - began < 3600.0:
        await asked_of(session, 1.0)
    assert len(wires) <= 3
    await session.aclose()


@in_virtual_time
async def test_a_gateway_that_never_answers_is_left_once_a_minute_at_most() -> None:
    session, wires = session_over(only_keep_alives)
    began = now()
    while now() - began < 3600.0:
        await asked_of(session, 1.0)
    assert len(wires) <= 3600.0 / DEAF_LONGEST + 4
    await session.aclose()


async def asked_of(session: Session, timeout: float) -> bytes | None:
    with suppress(TimeoutError, ConnectionLostError):
        async with asyncio.timeout(None if timeout == inf else timeout):
            return await session.request(ARK, b"")
    return None


@in_virtual_time
async def test_a_handshake_that_drips_has_the_time_of_a_handshake() -> None:
    session, wires = session_over(drips)
    for number in (1, 2):
        began = now()
        with pytest.raises(HandshakeError):
            await session.ready()
        assert len(wires) == number
        assert now() - began < Patience().handshake + 1.0
    await session.aclose()
    assert all(wire.aborted for wire in wires)


# many frames at once


@in_virtual_time
async def test_frames_that_come_at_once_are_taken_in_slices_and_others_have_their_turns_between() -> None:
    link, wire = linked(answers)
    taken = [0]  # in each turn of the loop
    link._on_push = lambda _: taken.__setitem__(-1, taken[-1] + 1)
    asking = asyncio.create_task(link.request(ARK, b""))
    await asyncio.sleep(0)
    (key,) = link._waiting
    push = encode(Frame(NOTIFY, 0, b""))
    number = 2**18 // len(push)
    wire.deliver(push * number + encode(Frame(ARK, key.serial, b"behind them")))
    assert wire.paused
    while not asking.done():
        taken.append(0)
        await asyncio.sleep(0)
    assert (sum(taken), await asking) == (number, b"behind them")
    assert max(taken) <= SLICE // len(push) + 1
    assert not wire.paused


@in_virtual_time
async def test_what_comes_while_others_wait_for_their_turn_comes_behind() -> None:
    link, wire = linked(answers)
    heard: list[bytes] = []
    link._on_push = lambda push: heard.append(push.body)
    sent = [b"%d" % number for number in range(4_000)]
    frames = b"".join(encode(Frame(NOTIFY, 0, body)) for body in sent)
    wire.deliver(frames[:100_000])
    wire.deliver(frames[100_000:])
    await asyncio.sleep(1.0)
    assert heard == sent


@in_virtual_time
async def test_what_came_before_the_end_counts_and_nothing_after_a_broken_frame() -> None:
    for tail, counts in ((b"", 1_000), (b"broken" * 10_000, 1_000)):
        link, wire = linked(answers)
        heard: list[bytes] = []
        link._on_push = lambda push, heard=heard: heard.append(push.body)  # type: ignore[misc]  # a default binds it
        frame = encode(Frame(NOTIFY, 0, bytes(20)))
        assert SLICE % len(frame) == 0
        wire.deliver(frame * 1_000 + tail)
        if not tail:
            link.connection_lost(None)
        await asyncio.sleep(1.0)
        assert len(heard) == counts
        assert link.ended is not None
        assert link._unread == b""
