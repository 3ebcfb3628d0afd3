"""Bodies into request messages, and no message without what it must have."""

from __future__ import annotations

from typing import Any

from google.protobuf.message import DecodeError

from brokerport_opend.sandbox.refusals import invalid


def parse(request: Any, body: bytes) -> Any:
    """The ``c2s`` of a body that is a message of the type ``request``, complete in every required field.

    Raises:
        Refused: It is not.
    """
    try:
        message = request.FromString(body)
    except DecodeError as error:
        raise invalid("invalid packet: the body is no request of this protocol") from error
    if not message.IsInitialized():
        raise invalid(f"invalid packet: {', '.join(message.FindInitializationErrors())} missing")
    return message.c2s


def text(value: str | bytes) -> str:
    """A string field's text.

    Raises:
        Refused: It is not UTF-8, which some versions of protobuf let through as bytes.
    """
    if isinstance(value, bytes):
        raise invalid("invalid packet: a text is not UTF-8")
    return value
