"""What becomes of the reply to a request that a fault strikes: another body, or other bytes on the wire."""

from __future__ import annotations

import re
from collections.abc import Callable
from hashlib import shake_128
from typing import TYPE_CHECKING

from attrs import frozen

from brokerport_opend.messages import notify_pb2
from brokerport_opend.messages.common_pb2 import RetType_Succeed
from brokerport_opend.sandbox import formats
from brokerport_opend.sandbox.answers.pages import NO_MORE
from brokerport_opend.sandbox.answers.questions import QUESTIONS
from brokerport_opend.sandbox.answers.requests import parse, text
from brokerport_opend.sandbox.faults.fault import Fault
from brokerport_opend.sandbox.protocols import INIT_CONNECT
from brokerport_opend.sandbox.refusals import Refused
from brokerport_opend.wire.pushes import NOTIFY

if TYPE_CHECKING:
    from brokerport_opend.sandbox.gateway import Visit

Answer = Callable[[int, bytes], bytes]  #: protocol id and body of a request into the body that answers it

_AGAIN = re.compile(r"again-(\d{1,9})")  # the keys that an endless cursor leads on with
_SERIAL, _SHA1 = slice(8, 12), slice(16, 36)


@frozen
class Delivery:
    """What a client gets for a request."""

    data: bytes
    late: float = 0.0  #: seconds
    hang_up: bool = False  #: when the data are out


def body(fault: Fault | None, answer: Answer, proto_id: int, request: bytes) -> bytes:
    """The body that answers a request."""
    if fault is not None and fault.kind in _BODIES:
        return _BODIES[fault.kind](fault, answer, proto_id, request)
    return answer(proto_id, request)


def deliver(fault: Fault | None, visit: Visit, proto_id: int, reply: bytes) -> Delivery:
    """What goes over the wire for a frame that replies."""
    if fault is None:
        return Delivery(reply)
    if fault.kind == "kick_out":
        # No client is ready for a push before the reply to its handshake.
        return Delivery((reply if proto_id == INIT_CONNECT else b"") + _kicked_out(fault, visit), hang_up=True)
    change = _WIRE.get(fault.kind)
    return Delivery(reply) if change is None else change(fault, reply)


def _refusal(fault: Fault, _: Answer, __: int, ___: bytes) -> bytes:
    # The gateway itself never sees the request: after a refused handshake the next one is the first.
    return Refused(fault.text or "refused, as the sandbox was told to").reply()


def _endless(_: Fault, answer: Answer, proto_id: int, request: bytes) -> bytes:
    """Where the pages end, a key that leads to the first again; never the same key twice."""
    messages = QUESTIONS[proto_id].messages
    try:
        asked = messages.Request(c2s=parse(messages.Request, request))
        again = _AGAIN.fullmatch(text(asked.c2s.nextKey))
    except Refused:
        return answer(proto_id, request)
    if again:
        asked.c2s.ClearField("nextKey")
        request = asked.SerializeToString()
    response = messages.Response.FromString(answer(proto_id, request))
    if response.retType == RetType_Succeed and (again or response.s2c.nextKey == NO_MORE):
        response.s2c.nextKey = f"again-{int(again[1]) + 1 if again else 1}"
    return bytes(response.SerializeToString())


def _kicked_out(fault: Fault, visit: Visit) -> bytes:
    if not visit.wants(NOTIFY):
        return b""
    event = notify_pb2.GtwEvent(eventType=notify_pb2.GtwEventType_KickedOut, desc=fault.text or "the account logged in elsewhere")
    s2c = notify_pb2.S2C(type=notify_pb2.NotifyType_GtwEvent, event=event)
    told = formats.write(notify_pb2.Response(retType=RetType_Succeed, s2c=s2c), visit.push_format)
    return formats.frame(NOTIFY, 0, told, visit.push_format, visit.cipher)


def _late(fault: Fault, reply: bytes) -> Delivery:
    return Delivery(reply, late=fault.seconds or 0.0)


def _replaced(reply: bytes, part: slice, value: bytes) -> Delivery:
    return Delivery(reply[: part.start] + value + reply[part.stop :])


def _next_serial(reply: bytes) -> bytes:
    return ((int.from_bytes(reply[_SERIAL], "little") + 1) % 2**32).to_bytes(4, "little")


_BODIES: dict[str, Callable[[Fault, Answer, int, bytes], bytes]] = {
    "refuse": _refusal,
    "refuse_handshake": _refusal,
    "endless_cursor": _endless,
}
_WIRE: dict[str, Callable[[Fault, bytes], Delivery]] = {
    "delay": _late,
    "slow_login": _late,
    "silence": lambda _, __: Delivery(b""),
    "drop": lambda _, __: Delivery(b"", hang_up=True),
    "half_frame": lambda _, reply: Delivery(reply[: len(reply) // 2], hang_up=True),
    "wrong_serial": lambda _, reply: _replaced(reply, _SERIAL, _next_serial(reply)),
    "bad_sha1": lambda _, reply: _replaced(reply, _SHA1, bytes(255 - byte for byte in reply[_SHA1])),
    # Another first byte than a frame's; the rest as it comes, and the same whenever it does.
    "garbage": lambda _, reply: Delivery(b"\xff" + shake_128(reply).digest(len(reply) - 1)),
}
