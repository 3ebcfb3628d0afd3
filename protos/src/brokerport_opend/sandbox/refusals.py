"""How the gateway says no: a reply like any other, with a return code and a text; or none at all."""

from __future__ import annotations

from brokerport_opend.messages import common_pb2
from brokerport_opend.messages.keep_alive_pb2 import Response


class Refused(Exception):  # noqa: N818  # an answer, not a fault
    """The request is answered with a text instead of data."""

    def __init__(self, text: str, ret_type: int = common_pb2.RetType_Failed) -> None:
        super().__init__(text)
        self.text = text
        self.ret_type = ret_type

    def reply(self) -> bytes:
        """The body to send."""
        # Without data, every protocol's Response has the same bytes.
        return Response(retType=self.ret_type, retMsg=self.text, errCode=0).SerializeToString()


class Unanswerable(Exception):  # noqa: N818  # as Refused
    """The request has no answer: its client is hung up on."""


def invalid(text: str) -> Refused:
    """The refusal of a request that breaks the protocol."""
    return Refused(text, common_pb2.RetType_Invalid)
