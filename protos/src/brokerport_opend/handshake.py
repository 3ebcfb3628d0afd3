"""The first exchange on every connection: InitConnect, protocol 1001."""

from __future__ import annotations

from attrs import frozen

from brokerport import HandshakeError
from brokerport_opend.messages import init_connect_pb2
from brokerport_opend.replies import SUCCESS, clean, parse
from brokerport_opend.sandbox.mark import SANDBOX_MARK

INIT_CONNECT = 1001
NO_ENCRYPTION = -1
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


def hello() -> bytes:
    """The body of our InitConnect."""
    request = init_connect_pb2.Request()
    request.c2s.clientVer = CLIENT_VERSION
    request.c2s.clientID = "brokerport"
    request.c2s.recvNotify = True
    request.c2s.packetEncAlgo = NO_ENCRYPTION
    request.c2s.pushProtoFmt = 0
    request.c2s.programmingLanguage = "Python"
    return request.SerializeToString()


def welcome(address: str, body: bytes) -> Welcome:
    """Read the gateway's InitConnect.

    Raises:
        HandshakeError: It refuses the connection.
        BadReplyError: It is no such message.
    """
    response = parse(init_connect_pb2.Response, f"InitConnect to {address}", body)
    assert isinstance(response, init_connect_pb2.Response)
    words = clean(response.retMsg)
    if response.retType != SUCCESS or not response.HasField("s2c"):
        reason = words or "no reason given"
        raise HandshakeError(f"the gateway at {address} refused the connection (code {response.retType}): {reason}")
    lowest, highest = KEEP_ALIVE_BOUNDS
    return Welcome(
        server_version=response.s2c.serverVer,
        user_id=response.s2c.loginUserID,
        connection_id=response.s2c.connID,
        keep_alive=min(max(response.s2c.keepAliveInterval, lowest), highest),
        sandbox=words == SANDBOX_MARK,
    )
