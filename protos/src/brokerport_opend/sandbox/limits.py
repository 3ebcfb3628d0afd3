"""How much of the sandbox one client may take: who goes beyond is hung up on, and nobody else notices."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import define, field

MAX_CONNECTIONS = 1024  # at once, unless told otherwise; who comes then is hung up on, and may come again
MAX_REQUEST = 64 * 1024  # bytes of a body; a real request has fewer than a hundred
TURN = 8  # requests of one client that are answered before all others have had their turn
INTERVALS = 4  # keep-alive intervals without a whole frame
FRAME_SECONDS = 5.0  # for a frame that has begun to come ...
SLOWEST = 1024  # ... and, in bytes a second, for one that takes longer
MAX_UNREAD = 1024 * 1024  # bytes that wait for the client to read them
UNREAD_SECONDS = 5.0  # for which there may be more
HEAD_SECONDS = 10.0  # for the HTTP request by which a WebSocket begins
MOST_PIECES = 64  # of a WebSocket's message; a real one comes in one
SWEEP = 0.25  # seconds between two looks at whose time is up


@define(eq=False)
class Patience:
    """When the time of one client is up: it is told what happens, and at what time in seconds."""

    silence: float  #: seconds without a whole frame
    heard: float  #: when the last whole frame came
    begun: float | None = field(init=False, default=None)  #: when the frame began that is not whole yet
    received: int = field(init=False, default=0)  #: bytes of it
    full: float | None = field(init=False, default=None)  #: since when there is more to read than there may be

    def frame(self, now: float) -> None:
        """A whole frame came."""
        self.heard, self.begun = now, None

    def part(self, received: int, now: float) -> None:
        """So many bytes are there that make no frame yet."""
        if not received:
            self.begun = None
        elif self.begun is None:
            self.begun = now
        self.received = received

    def due(self) -> float:
        """When the next of the deadlines is that hold now."""
        return min(time for time, _ in self._deadlines())

    def over(self, now: float) -> str | None:
        """Why the time is up, if it is."""
        return next((why for time, why in self._deadlines() if time <= now), None)

    def _deadlines(self) -> Iterator[tuple[float, str]]:
        yield self.heard + self.silence, f"no frame came for {self.silence:g} seconds"
        if self.begun is not None:
            yield self.begun + FRAME_SECONDS + self.received / SLOWEST, f"{self.received:,} bytes of a frame came, and the rest too slowly"
        if self.full is not None:
            yield self.full + UNREAD_SECONDS, f"more than {MAX_UNREAD:,} bytes were not read for {UNREAD_SECONDS:g} seconds"
