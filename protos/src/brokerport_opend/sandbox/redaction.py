"""What a recording does not hold: keys, and what tells whose account it was."""

from __future__ import annotations

from typing import Any

from attrs import field, frozen
from google.protobuf.message import DecodeError, Message

from brokerport_opend.messages import global_state_pb2, init_connect_pb2
from brokerport_opend.sandbox.answers.questions import QUESTIONS
from brokerport_opend.sandbox.protocols import PROTOCOLS


@frozen
class Known:
    """A protocol that we know the messages of, and the fields of them that nobody else has to see."""

    messages: Any = field(repr=False)
    secrets: tuple[str, ...] = ()

    def request(self, body: bytes) -> Message | None:
        """The request without its secrets; None for bytes that are none."""
        return self._redacted(self.messages.Request, body)

    def reply(self, body: bytes) -> Message | None:
        """The reply without its secrets; None for bytes that are none."""
        return self._redacted(self.messages.Response, body)

    def _redacted(self, kind: Any, body: bytes) -> Message | None:
        try:
            message: Message = kind.FromString(body)
        except DecodeError:
            return None
        if self.secrets:
            message.DiscardUnknownFields()  # a newer OpenD may tell more of the account, in fields that no list names
        for path in self.secrets:
            _clear(message, path)
        return message


KNOWN = {
    PROTOCOLS["init_connect"]: Known(
        init_connect_pb2,
        (
            "c2s.clientID",
            "retMsg",
            "s2c.loginUserID",
            "s2c.connID",
            "s2c.connAESKey",
            "s2c.aesCBCiv",
            "s2c.userAttribution",
        ),
    ),
    PROTOCOLS["global_state"]: Known(
        global_state_pb2,
        ("c2s.userID", "retMsg", "s2c.connID", "s2c.qotSvrIpAddr", "s2c.trdSvrIpAddr", "s2c.programStatus.strExtDesc"),
    ),
    **{proto_id: Known(question.messages) for proto_id, question in QUESTIONS.items()},
}


def packed(message: Message) -> bytes:
    """The message's bytes, the same for the same fields; those may be missing that it has to have."""
    return message.SerializePartialToString(deterministic=True)


def canonical(proto_id: int, request: bytes) -> bytes:
    """What tells a request from others: the same for a client with another name or account."""
    message = KNOWN[proto_id].request(request) if proto_id in KNOWN else None
    return request if message is None else packed(message)


def _clear(message: Message, path: str) -> None:
    """Unset a field, by names with dots between; a message that has no such field is of the other direction."""
    name, _, rest = path.partition(".")
    if name not in message.DESCRIPTOR.fields_by_name:
        return
    if not rest:
        message.ClearField(name)
    elif message.HasField(name):
        _clear(getattr(message, name), rest)
