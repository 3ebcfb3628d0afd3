"""Both ends of OpenD's wire and everything between them: a client's Connection, a gateway that may do anything, and the plain truth.

Every request carries a number that no other has, and the reply repeats it: a body that is not its own request's is seen at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from random import Random

from attrs import define, field, frozen

from brokerport_opend.wire.aes import Cbc, TailedEcb
from brokerport_opend.wire.cipher import PLAIN, Cipher
from brokerport_opend.wire.connection import LAST_SERIAL, REMEMBERED, Connection, Key, Orphan, Push, Reply
from brokerport_opend.wire.frame import Decoder, Frame, encode
from brokerport_opend.wire.pushes import PUSHES

PROTOCOLS = (3212, 3247, 3248, 3249, 3424)
PUSHED = tuple(sorted(PUSHES))
CIPHERS: tuple[Cipher, ...] = (PLAIN, Cbc(bytes(range(16)), bytes(16)), TailedEcb(bytes(range(16))))
IN_FLIGHT = 64  # replies that may be on their way at once


@frozen
class Sent:
    """A reply on its way."""

    key: Key
    body: bytes


@define
class Wire:
    """Acts on one connection after another; ``misdelivered`` must stay at zero."""

    random: Random
    cipher: Cipher = PLAIN
    client: Connection = field(init=False)
    misdelivered: int = 0
    delivered: int = 0
    operations: int = 0
    flying: list[Sent] = field(factory=list)  #: replies that have not arrived
    arrived: list[Sent] = field(factory=list)  #: some that have, and may come again
    waiting: dict[Key, bytes] = field(factory=dict)  #: the model: who waits, and for which body
    over: dict[Key, Orphan] = field(factory=dict)  #: the model: who no longer does, and why; the oldest are forgotten
    orphans: Counter[Orphan] = field(factory=Counter)
    _ancient: set[Key] = field(factory=set)
    _nonce: int = 0
    _gateway: Decoder = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.reconnect()

    def send(self, protocol: int) -> None:
        """Ask; the gateway reads it, and its reply is on its way."""
        self._nonce += 1
        body = b"%d" % self._nonce
        key, data = self.client.request(protocol, body)
        assert key not in self.waiting, "a serial that is in flight was given again"
        assert key.serial != 0
        self.waiting[key] = body
        self.flying += [Sent(Key(frame.proto_id, frame.serial), frame.body) for frame in self._gateway.feed(data)]
        assert self.flying[-1] == Sent(key, body), "the gateway read another request than was asked"
        if len(self.flying) > IN_FLIGHT:
            self.deliver(0)

    def deliver(self, place: int) -> None:
        """One of the replies arrives, in any order."""
        sent = self.flying.pop(place)
        if sent.key not in self._ancient:
            self.arrived = [*self.arrived[-IN_FLIGHT:], sent]
        self._receive([sent])

    def deliver_some(self, places: list[int]) -> None:
        """Several arrive in one stream."""
        chosen = [self.flying[place] for place in places]
        self.flying = [sent for sent in self.flying if sent not in chosen]
        self._receive(chosen)

    def duplicate(self, place: int) -> None:
        """A reply that has arrived comes again."""
        self._receive([self.arrived[place]])

    def forget(self, key: Key) -> None:
        """Who asked was cancelled, or its time is up; the reply may still come."""
        self.client.forget(key)
        self._retire(key, Orphan.LATE)
        if key in self._ancient:
            self.flying = [sent for sent in self.flying if sent.key != key]

    def lose(self, place: int) -> None:
        """The gateway never answers."""
        self.flying.pop(place)

    def push(self, protocol: int, serial: int) -> None:
        """An unasked message, with any serial: also one of ours."""
        body = b"push %d" % serial
        events = self._feed(encode(Frame(protocol, serial, body), self.cipher))
        assert events == [Push(protocol, body)]

    def stray(self, protocol: int, serial: int) -> None:
        """A reply to nobody: no protocol of ours, or a serial that was never given."""
        key = Key(protocol, serial)
        if key not in self.waiting:
            self._receive([Sent(key, b"stray")])

    def cut(self, place: int, byte: int) -> None:
        """A reply breaks off inside, and the connection with it."""
        sent = self.flying[place]
        data = encode(Frame(*sent.key, sent.body), self.cipher)
        assert self._feed(data[: byte % len(data)]) == []
        self.reconnect()

    def reconnect(self) -> None:
        """Everything of the connection dies with it; the next begins at any serial."""
        self.client = Connection(self.cipher, last_serial=self.random.choice((0, self.random.getrandbits(31))))
        self._gateway = Decoder(self.cipher)
        for gone in (self.flying, self.arrived, self.waiting, self.over, self.orphans, self._ancient):
            gone.clear()

    def wrap(self, before: int) -> None:
        """So many serials are left until they begin anew.

        As if 2**32 requests had been made: of those before, only who still waits can get a reply, and only while it waits.
        """
        self.client.last_serial = LAST_SERIAL - before
        self.flying = [sent for sent in self.flying if sent.key in self.waiting]
        self.arrived.clear()
        self._ancient = set(self.waiting)

    def check(self) -> None:
        """What must hold whenever one looks."""
        assert self.misdelivered == 0
        assert self.client.orphans == self.orphans

    def _receive(self, some: list[Sent]) -> None:
        """Hand the frames to the client in random pieces, and compare what comes out with what must."""
        expected = [reply for sent in some for reply in self._expected(sent)]
        events = self._feed(b"".join(encode(Frame(*sent.key, sent.body), self.cipher) for sent in some))
        for event, right in zip(events, expected, strict=True):
            self.delivered += 1
            self.misdelivered += event != right

    def _expected(self, sent: Sent) -> list[Reply]:
        if sent.key not in self.waiting:
            self.orphans[self.over.get(sent.key, Orphan.UNKNOWN)] += 1
            return []
        body = self.waiting[sent.key]
        self._retire(sent.key, Orphan.DUPLICATE)
        return [Reply(sent.key, body)]

    def _retire(self, key: Key, why: Orphan) -> None:
        del self.waiting[key]
        self.over[key] = why
        if len(self.over) > REMEMBERED:
            del self.over[next(iter(self.over))]

    def _feed(self, data: bytes) -> list[Reply | Push]:
        self.operations += 1
        first, second = sorted((self.random.randint(0, len(data)), self.random.randint(0, len(data))))
        pieces = (data[:first], data[first:second], data[second:])
        return [event for piece in pieces for event in self.client.receive(piece)]


def run(seed: int, operations: int) -> Wire:
    """Do so many operations at random, on all ciphers in turn; the last wire, with the sums of all."""
    random = Random(seed)
    delivered = misdelivered = done = 0
    wire = Wire(random)
    while done < operations:
        wire = Wire(random, CIPHERS[done // 5000 % len(CIPHERS)])
        while wire.operations < min(5000, operations - done):
            _step(wire, random)
            wire.check()
        done += wire.operations
        delivered += wire.delivered
        misdelivered += wire.misdelivered
    wire.operations, wire.delivered, wire.misdelivered = done, delivered, misdelivered
    return wire


def _step(wire: Wire, random: Random) -> None:
    act = random.choices(_ACTS, _WEIGHTS)[0]
    if not wire.flying or (act is _forget and not wire.waiting) or (act is _duplicate and not wire.arrived):
        act = _send
    act(wire, random)


def _send(wire: Wire, random: Random) -> None:
    wire.send(random.choice(PROTOCOLS))


def _place(wire: Wire, random: Random) -> int:
    return random.randrange(len(wire.flying))


def _forget(wire: Wire, random: Random) -> None:
    wire.forget(random.choice(list(wire.waiting)))


def _duplicate(wire: Wire, random: Random) -> None:
    wire.duplicate(random.randrange(len(wire.arrived)))


def _push(wire: Wire, random: Random) -> None:
    wire.push(random.choice(PUSHED), random.choice(wire.flying).key.serial)


def _stray(wire: Wire, random: Random) -> None:
    wire.stray(random.choice(PROTOCOLS), random.choice((random.choice(wire.flying).key.serial, random.getrandbits(32))))


#: what may be done, and how often of a thousand times
_DOINGS: dict[Callable[[Wire, Random], None], int] = {
    _send: 400,
    lambda wire, random: wire.deliver(_place(wire, random)): 250,
    lambda wire, random: wire.deliver_some(random.sample(range(len(wire.flying)), min(4, len(wire.flying)))): 50,
    _duplicate: 80,
    _forget: 80,
    _push: 40,
    _stray: 40,
    lambda wire, random: wire.lose(_place(wire, random)): 30,
    lambda wire, random: wire.wrap(random.randrange(8)): 15,
    lambda wire, random: wire.cut(_place(wire, random), random.getrandbits(16)): 10,
    lambda wire, _: wire.reconnect(): 5,
}
_ACTS, _WEIGHTS = list(_DOINGS), list(_DOINGS.values())
