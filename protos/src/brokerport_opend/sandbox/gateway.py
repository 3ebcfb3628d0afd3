"""What the gateway answers, without a socket: one account, and the visits of its clients."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import count
from math import ceil
from typing import Any

from attrs import Factory, define, field, frozen

from brokerport_opend.messages import common_pb2, global_state_pb2, init_connect_pb2, keep_alive_pb2
from brokerport_opend.sandbox.answers.questions import QUESTIONS, reply
from brokerport_opend.sandbox.answers.requests import parse
from brokerport_opend.sandbox.encryption import agree
from brokerport_opend.sandbox.faults.fault import Fault
from brokerport_opend.sandbox.faults.switches import Faults
from brokerport_opend.sandbox.formats import FORMATS
from brokerport_opend.sandbox.log import Warnings
from brokerport_opend.sandbox.quotas import QuotaLog
from brokerport_opend.sandbox.refusals import Refused, Unanswerable
from brokerport_opend.sandbox.scenario import Scenario
from brokerport_opend.sandbox.seen import Request, Seen
from brokerport_opend.sandbox.world import markets
from brokerport_opend.sandbox.world.calendar import state
from brokerport_opend.wire.cipher import PLAIN, Cipher
from brokerport_opend.wire.frame import PROTOBUF
from brokerport_opend.wire.mark import SANDBOX_MARK
from brokerport_opend.wire.pushes import NOTIFY
from brokerport_opend.wire.rsa import Rsa

INIT_CONNECT = 1001
GLOBAL_STATE = 1002
KEEP_ALIVE = 1004

VERSION = 1011
BUILD = 7108
USER_ID = 100000  # nobody's

# Real ids are as large as this; a client that keeps them in a float would lose digits.
_FIRST_CONNECTION = 6825683696684969514


@frozen
class Gateway:
    """The account that all clients share."""

    seed: int
    keep_alive_interval: float  #: seconds
    now: Callable[[], datetime]
    quotas: QuotaLog | None
    key: Rsa | None = field(default=None, repr=False)  #: handshakes come encrypted with it
    scenario: Scenario = field(factory=Scenario)
    faults: Faults = field(default=Factory(lambda self: Faults(self.seed), takes_self=True))  #: that are switched on
    seen: Seen = field(factory=Seen)
    warnings: Warnings = field(factory=Warnings)  #: of what clients do
    _connections: Iterator[int] = field(init=False, factory=lambda: count(_FIRST_CONNECTION))

    def visit(self) -> Visit:
        """A client has come."""
        return Visit(self, next(self._connections))


@define
class Visit:
    """One client's stay; it dies with the connection."""

    gateway: Gateway
    connection_id: int
    cipher: Cipher = field(init=False, default=Factory(lambda self: self.gateway.key or PLAIN, takes_self=True))  #: of the next frame
    ready: bool = field(init=False, default=False)  #: the handshake is done
    notified: bool = field(init=False, default=False)  #: it asked for Notify pushes
    push_format: int = field(init=False, default=PROTOBUF)  #: of pushes, as it asked for

    def note(self, proto_id: int, body: bytes) -> Fault | None:
        """Write a request down; the fault that strikes it, if any does."""
        gateway = self.gateway
        asked = Request.read(proto_id, body, at=gateway.now(), connection=self.connection_id)
        gateway.seen.add(asked)
        return gateway.faults.strike(asked.proto_id, asked.symbol)

    def wants(self, proto_id: int) -> bool:
        """Whether a push may be sent: never before the handshake, and Notify to those only that asked for it."""
        return self.ready and (self.notified or proto_id != NOTIFY)

    def answer(self, proto_id: int, body: bytes) -> bytes:
        """The body that answers a request.

        Raises:
            Unanswerable: It came before the handshake.
        """
        try:
            return self._answer(proto_id, body)
        except Refused as refusal:
            return refusal.reply()

    def _answer(self, proto_id: int, body: bytes) -> bytes:
        if not self.ready and proto_id != INIT_CONNECT:
            raise Unanswerable(f"protocol {proto_id} came before InitConnect")
        if proto_id in QUESTIONS:
            return self._question(proto_id, body)
        if proto_id not in _SERVICES:
            raise Refused(f"the sandbox does not know protocol {proto_id}")
        return _SERVICES[proto_id].reply(self, body)

    def _question(self, proto_id: int, body: bytes) -> bytes:
        gateway = self.gateway
        if gateway.quotas:
            gateway.quotas.take(proto_id, connection=self.connection_id, first_page=_is_first_page(proto_id, body))
        given = gateway.scenario.reply(proto_id, body)
        return given or reply(gateway.seed, int(gateway.now().timestamp()) // 60, proto_id, body)


def _is_first_page(proto_id: int, body: bytes) -> bool:
    try:
        c2s = parse(QUESTIONS[proto_id].messages.Request, body)
    except Refused:  # as it will be when it has been counted
        return True
    return not getattr(c2s, "nextKey", "")


@frozen
class _Service:
    """What the gateway tells of itself, by one protocol."""

    messages: Any
    serve: Callable[[Visit, Any], Any]  #: visit and c2s into s2c
    ret_msg: str = ""

    def reply(self, visit: Visit, body: bytes) -> bytes:
        s2c = self.serve(visit, parse(self.messages.Request, body))
        response = self.messages.Response(retType=common_pb2.RetType_Succeed, retMsg=self.ret_msg, errCode=0, s2c=s2c)
        return bytes(response.SerializeToString())


def _init_connect(visit: Visit, c2s: init_connect_pb2.C2S) -> init_connect_pb2.S2C:
    if visit.ready:
        raise Refused("InitConnect has been done on this connection")
    if c2s.pushProtoFmt not in FORMATS:
        raise Refused(f"the sandbox does not know pushProtoFmt {c2s.pushProtoFmt}; it has to be 0 or 1")
    encryption = agree(c2s, has_key=visit.gateway.key is not None)
    visit.cipher, visit.ready = encryption.cipher, True
    visit.notified, visit.push_format = c2s.recvNotify, c2s.pushProtoFmt
    return init_connect_pb2.S2C(
        serverVer=VERSION,
        loginUserID=USER_ID,
        connID=visit.connection_id,
        connAESKey=encryption.key,
        keepAliveInterval=ceil(visit.gateway.keep_alive_interval),
        aesCBCiv=encryption.vector,
    )


def _keep_alive(visit: Visit, _: keep_alive_pb2.C2S) -> keep_alive_pb2.S2C:
    return keep_alive_pb2.S2C(time=int(visit.gateway.now().timestamp()))


def _global_state(visit: Visit, _: global_state_pb2.C2S) -> global_state_pb2.S2C:
    now = visit.gateway.now()
    return global_state_pb2.S2C(
        marketHK=state(markets.HK, now),
        marketHKFuture=state(markets.HK_FUTURES, now),
        marketUS=state(markets.US, now),
        marketSH=state(markets.SH, now),
        marketSZ=state(markets.SZ, now),
        marketSG=state(markets.SG, now),
        marketJP=state(markets.JP, now),
        marketMY=state(markets.MY, now),
        qotLogined=True,
        trdLogined=False,  # there is nothing to trade with
        serverVer=VERSION,
        serverBuildNo=BUILD,
        time=int(now.timestamp()),
        localTime=now.timestamp(),
        programStatus=common_pb2.ProgramStatus(type=common_pb2.ProgramStatusType_Ready),
        connID=visit.connection_id,
    )


_SERVICES = {
    INIT_CONNECT: _Service(init_connect_pb2, _init_connect, SANDBOX_MARK),
    GLOBAL_STATE: _Service(global_state_pb2, _global_state),
    KEEP_ALIVE: _Service(keep_alive_pb2, _keep_alive),
}
