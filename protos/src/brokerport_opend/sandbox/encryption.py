"""What a connection is encrypted with after its handshake: it depends on the gateway's key and on what the client asks for."""

from __future__ import annotations

from secrets import token_urlsafe

from attrs import field, frozen

from brokerport_opend.messages import init_connect_pb2
from brokerport_opend.messages.common_pb2 import PacketEncAlgo_AES_CBC as CBC
from brokerport_opend.messages.common_pb2 import PacketEncAlgo_FTAES_ECB as ECB
from brokerport_opend.messages.common_pb2 import PacketEncAlgo_None as NONE
from brokerport_opend.sandbox.refusals import Refused
from brokerport_opend.wire import aes
from brokerport_opend.wire.cipher import PLAIN, Cipher


@frozen
class Encryption:
    """What the reply to InitConnect tells, and the cipher of all that follows it."""

    key: str = field(repr=False)  #: told also when nothing is encrypted
    vector: str | None
    cipher: Cipher


def agree(c2s: init_connect_pb2.C2S, *, has_key: bool) -> Encryption:
    """Do what the client asks for; unset, that is the old ECB of a gateway with a key, and nothing of one without.

    Raises:
        Refused: The gateway cannot do so.
    """
    asked = c2s.packetEncAlgo if has_key or c2s.HasField("packetEncAlgo") else NONE
    if asked == NONE:
        return Encryption(_sixteen(), None, PLAIN)
    if not has_key:
        raise Refused(f"the sandbox has no key and does not encrypt: packetEncAlgo is {asked}, it has to be -1")
    if asked not in {ECB, CBC}:
        raise Refused(f"the sandbox does not know packetEncAlgo {asked}; it has to be 2, 0 or -1")
    key, vector = _sixteen(), _sixteen() if asked == CBC else None
    return Encryption(key, vector, aes.cipher(key.encode(), vector.encode() if vector else None))


def _sixteen() -> str:
    """16 characters: the real gateway's keys are text."""
    return token_urlsafe(12)
