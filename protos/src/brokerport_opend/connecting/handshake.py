"""The first exchange on every connection: InitConnect, protocol 1001.

With a key it is encrypted with RSA, and its reply tells the AES key of all that follows.
"""

from __future__ import annotations

from collections.abc import Callable

from attrs import frozen
from google.protobuf.message import DecodeError

from brokerport import HandshakeError
from brokerport.logs import log
from brokerport_opend.endpoints.endpoint import LARGEST
from brokerport_opend.endpoints.replies import SUCCESS, clean, parse
from brokerport_opend.messages import init_connect_pb2
from brokerport_opend.wire import aes
from brokerport_opend.wire.cipher import Cipher
from brokerport_opend.wire.mark import SANDBOX_MARK

INIT_CONNECT = 1001
NO_ENCRYPTION = -1
AES_CBC = 2
CLIENT_VERSION = 100  # major * 100 + minor, of ours
KEEP_ALIVE_BOUNDS = (1, 60)  # seconds; whatever a gateway asks for, more would not notice it dying and less is a flood


@frozen
class Welcome:
    """What the gateway tells of itself."""

    server_version: int
    user_id: int
    connection_id: int
    keep_alive: int  #: seconds between the keep-alives that it expects
    sandbox: bool  #: it says that its data are synthetic


def hello(*, encrypted: bool = False) -> bytes:
    """The body of our InitConnect; encrypted, it asks for the better of the two ciphers."""
    request = init_connect_pb2.Request()
    request.c2s.clientVer = CLIENT_VERSION
    request.c2s.clientID = "brokerport"
    request.c2s.recvNotify = True
    request.c2s.packetEncAlgo = AES_CBC if encrypted else NO_ENCRYPTION
    request.c2s.pushProtoFmt = 0
    request.c2s.programmingLanguage = "Python"
    return request.SerializeToString()


def cipher(body: bytes) -> Cipher | None:
    """What the gateway encrypts with after this reply: which of the two follows from what it tells, not from what was asked for.

    None when it tells no proper key; ``welcome`` then says why.
    """
    if len(body) > LARGEST:
        return None
    try:
        told = init_connect_pb2.Response.FromString(body).s2c
        return aes.cipher(_octets(told.connAESKey), _octets(told.aesCBCiv) if told.HasField("aesCBCiv") else None)
    except (DecodeError, ValueError):
        return None


def welcome(address: str, body: bytes, *, encrypted: bool = False, warn: Callable[..., object] | None = None) -> Welcome:
    """Read the gateway's InitConnect.

    Raises:
        HandshakeError: It refuses the connection, or has no proper key for an encrypted one.
        BadReplyError: It is no such message.
    """
    response = parse(init_connect_pb2.Response, f"InitConnect to {address}", body)
    assert isinstance(response, init_connect_pb2.Response)
    words = clean(response.retMsg)
    if response.retType != SUCCESS or not response.HasField("s2c"):
        reason = words or "no reason given"
        raise HandshakeError(f"the gateway at {address} refused the connection (code {response.retType}): {reason}")
    if encrypted and cipher(body) is None:
        raise HandshakeError(f"the gateway at {address} told an AES key or initialization vector that is not {aes.BLOCK} bytes long")
    return Welcome(
        server_version=response.s2c.serverVer,
        user_id=response.s2c.loginUserID,
        connection_id=response.s2c.connID,
        keep_alive=_bounded(address, response.s2c.keepAliveInterval, warn or log().warning),
        sandbox=words == SANDBOX_MARK,
    )


def _bounded(address: str, interval: int, warn: Callable[..., object]) -> int:
    lowest, highest = KEEP_ALIVE_BOUNDS
    seconds = min(max(interval, lowest), highest)
    if seconds != interval:
        warn("the gateway at %s asks for a keep-alive every %d s; it gets one every %d s", address, interval, seconds)
    return seconds


def _octets(written: str | bytes) -> bytes:
    """The bytes of a text; protobuf hands on as bytes what is not UTF-8."""
    return written if isinstance(written, bytes) else written.encode()
