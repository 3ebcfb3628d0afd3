"""A recording served again: the sandbox's own handshake and keep-alives, and of the rest only what was recorded."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Self

from attrs import define, field, frozen

from brokerport.reading import shown
from brokerport_opend.sandbox import cassette
from brokerport_opend.sandbox.cassette import Exchange
from brokerport_opend.sandbox.gateway import Gateway, Visit
from brokerport_opend.sandbox.protocols import NAMES, PROTOCOLS, QUESTIONS
from brokerport_opend.sandbox.redaction import KNOWN, canonical
from brokerport_opend.sandbox.refusals import Refused
from brokerport_opend.sandbox.symbols import symbol_of

_OWN = {PROTOCOLS["init_connect"], PROTOCOLS["keep_alive"]}


@define
class Tape:
    """The replies of a recording, by request."""

    _replies: dict[tuple[int, bytes], deque[bytes]]

    @classmethod
    def of(cls, exchanges: Iterable[Exchange]) -> Self:
        """All that was recorded, in order."""
        replies = defaultdict[tuple[int, bytes], deque[bytes]](deque)
        for each in exchanges:
            replies[each.proto_id, canonical(each.proto_id, each.request)].append(each.reply)
        return cls(replies)

    def reply(self, proto_id: int, body: bytes) -> bytes:
        """The reply that came to this request; when it was asked more than once, one after the other, and the last one again and again.

        Raises:
            Refused: It was not asked when the recording was made.
        """
        found = self._replies.get((proto_id, canonical(proto_id, body)))
        if not found:
            raise Refused(f"the recording has no reply to {_described(proto_id, body)}, asked exactly so")
        return found.popleft() if len(found) > 1 else found[0]


@frozen(kw_only=True)
class ReplayGateway(Gateway):
    """The account of a recording."""

    tape: Tape = field(repr=False)

    def visit(self) -> Visit:
        """A client has come."""
        return ReplayVisit(self, next(self._connections), tape=self.tape)


@define
class ReplayVisit(Visit):
    """One client's stay."""

    tape: Tape = field(repr=False, kw_only=True)

    def answer(self, proto_id: int, body: bytes) -> bytes:
        """The body that answered this request when it was recorded."""
        if proto_id in _OWN or not self.ready:
            return Visit.answer(self, proto_id, body)
        try:
            return self.tape.reply(proto_id, body)
        except Refused as refusal:
            return refusal.reply()


def tape(folder: Path | str) -> Tape:
    """The recording in a folder.

    Raises:
        ValueError: There is none, or it is damaged.
    """
    return Tape.of(cassette.read(folder))


def _described(proto_id: int, body: bytes) -> str:
    name = NAMES.get(proto_id, f"protocol {proto_id}")
    request: Any = KNOWN[proto_id].request(body) if proto_id in QUESTIONS else None
    return name if request is None else shown.line(f"{name} of {symbol_of(request.c2s.security)}")
