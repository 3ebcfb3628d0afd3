"""The table of faults, stages, ciphers and doors: what each cell may end with, or why it makes no sense."""

from __future__ import annotations

from itertools import product

from attrs import field, frozen

from brokerport import BadReplyError, ClientClosedError, ConnectError, ConnectionLostError, DeadlineError, HandshakeError
from brokerport_opend.connecting.overdue import FRAME_SECONDS
from faults.fault import (
    Bandwidth,
    BlackHole,
    Cut,
    Down,
    Duplicate,
    Empty,
    Fat,
    Fault,
    Flip,
    HalfOpen,
    Hold,
    Inflate,
    Latency,
    Reorder,
    Reset,
    Slicer,
    SlowClose,
)
from faults.proxy import Stage

ANSWER = "answer"

SILENT_SECONDS = 0.25  #: for calls that nothing but their deadline can end
PATIENT_SECONDS = 3.0  #: for calls that must end long before it

Outcomes = frozenset[str]


def _outcomes(*kinds: str | type[Exception]) -> Outcomes:
    return frozenset(kind if isinstance(kind, str) else kind.__name__ for kind in kinds)


ANSWERED = _outcomes(ANSWER)
SILENCE = _outcomes(DeadlineError)
LOST = _outcomes(ConnectionLostError)
REFUSED = _outcomes(ConnectError, ConnectionLostError)  # reset at first, refused when asked again
BAD = _outcomes(BadReplyError)
CLOSED = _outcomes(ClientClosedError)
UNGREETED = _outcomes(ConnectError, ConnectionLostError, HandshakeError)

DURING_HANDSHAKE = frozenset({Stage.CONNECT, Stage.HANDSHAKE, Stage.AGAIN})
OF_FRAMES = frozenset(Stage) - {Stage.CONNECT, Stage.HEADER, Stage.BODY}
IN_HEADER = frozenset(Stage) - {Stage.CONNECT, Stage.WAITING, Stage.BODY}
IN_BODY = frozenset(Stage) - {Stage.CONNECT, Stage.WAITING, Stage.HEADER}
OF_PAIRS = frozenset({Stage.WAITING, Stage.PAGES, Stage.CLOSING})


@frozen
class Row:
    """A fault: where it can strike, and how a call that meets it may end."""

    fault: Fault
    ends: Outcomes
    stages: frozenset[Stage] = field(default=frozenset(Stage))
    pair: bool = False  #: it takes two calls at once
    idle: Outcomes = frozenset()  #: how a call may end besides, when the fault struck before it was asked
    plain: bool = False  #: it makes a body, for which it would need the key of an encrypted connection
    frame_seconds: float = FRAME_SECONDS  #: that a frame has; less than usual, where the tests wait for it
    unread: bool = False  #: of an encrypted handshake, the frame cannot be read any more

    @property
    def silent(self) -> bool:
        """Nobody but the deadline ends the call."""
        return DeadlineError.__name__ in self.ends

    @property
    def seconds(self) -> float:
        """The time of a call that meets it."""
        return SILENT_SECONDS if self.silent else PATIENT_SECONDS

    def outcomes(self, stage: Stage, *, encrypted: bool) -> Outcomes:
        """The kinds of outcome that are right at a stage."""
        if stage in DURING_HANDSHAKE:
            greeted = self.ends if self.ends <= ANSWERED | SILENCE else UNGREETED
            return greeted | BAD | UNGREETED if self.unread and encrypted else greeted
        if stage is Stage.CLOSING:
            return self.ends | CLOSED
        if stage is Stage.IDLE and not self.silent:
            return self.ends | ANSWERED  # the connection was replaced before the call, or the call heard of its end
        return self.idle if stage is Stage.IDLE and self.idle else self.ends

    def senseless(self, stage: Stage) -> str | None:
        """Why a stage is none for this fault; None when it is one."""
        if stage in self.stages:
            return None
        if stage is Stage.CONNECT:
            return "it strikes a frame of the gateway's, and none is due before the client's first"
        if self.pair:
            return "it takes two replies on their way at once, and here there is one"
        if self.stages == OF_FRAMES:
            return "it strikes whole frames, before their first byte: the stage 'waiting' is this one"
        return {
            Stage.WAITING: "it strikes inside a frame, and no byte of one is there: 'in the header' and 'in the body' are",
            Stage.HEADER: "what it strikes is in the body",
            Stage.BODY: "what it strikes is in the header",
        }[stage]


_SLOW = Bandwidth("bandwidth 100 kB/s", 100_000)
_TRICKLE = Bandwidth("bandwidth 20 B/s", 20, piece=1)
_DRIP = Bandwidth("drip, a byte in 100 ms", 10, piece=1)

ROWS = (
    Row(Latency("latency 20 ms", 0.02), ANSWERED),
    Row(_SLOW, ANSWERED),
    Row(_TRICKLE, SILENCE),
    Row(_DRIP, LOST, frame_seconds=0.4),
    Row(Slicer("slicer, byte by byte"), ANSWERED),
    Row(Down("down"), REFUSED),
    Row(Cut("cut"), LOST),
    Row(Reset("reset"), LOST),
    Row(SlowClose("slow close, 30 ms", 0.03), LOST),
    Row(BlackHole("black hole"), SILENCE),
    Row(HalfOpen("half-open"), SILENCE),
    Row(Hold("hold until late"), SILENCE, OF_FRAMES, idle=ANSWERED),
    Row(Duplicate("duplicate"), ANSWERED, OF_FRAMES, unread=True),
    Row(Reorder("reorder"), ANSWERED, OF_PAIRS, pair=True),
    Row(Empty("empty body"), BAD, OF_FRAMES),
    Row(Fat("520,000 empty rows", 520_000), BAD, OF_FRAMES, plain=True),
    Row(Inflate("length inflated by 16", 16), SILENCE, IN_HEADER, idle=ANSWERED | BAD),
    Row(Inflate("length inflated to 1 GiB", 2**30), BAD, IN_HEADER),
    Row(Inflate("length short by 1", -1), BAD, IN_HEADER),
    Row(Flip("bit flip in the magic", 0), BAD, IN_HEADER),
    # The topmost bit, as another may make the serial of one request that of the next: nothing in a frame protects it.
    Row(Flip("bit flip in the serial", 11, bit=7), SILENCE, IN_HEADER, idle=ANSWERED),
    Row(Flip("bit flip in the SHA-1", 16), BAD, IN_HEADER),
    Row(Flip("bit flip in the body", -1), BAD, IN_BODY),
)


@frozen
class Cell:
    """One place of the table."""

    row: Row
    stage: Stage
    encrypted: bool
    blocking: bool

    @property
    def variant(self) -> str:
        """Cipher and door."""
        return VARIANTS[self.encrypted, self.blocking]

    @property
    def reason(self) -> str | None:
        """Why it has no test; None when it has one."""
        if self.row.plain and self.encrypted:
            return "it makes a body, and only the gateway has the key of the connection"
        return self.row.senseless(self.stage)

    def __str__(self) -> str:
        return f"{self.row.fault.name}, {self.stage}, {self.variant}"


VARIANTS = {
    (False, False): "plain async",
    (False, True): "plain blocking",
    (True, False): "encrypted async",
    (True, True): "encrypted blocking",
}

CELLS = tuple(Cell(row, stage, *variant) for row, stage, variant in product(ROWS, Stage, VARIANTS))
MEANINGFUL = tuple(cell for cell in CELLS if cell.reason is None)
