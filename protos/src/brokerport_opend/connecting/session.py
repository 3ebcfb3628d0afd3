"""A gateway that is always there when asked: connects when needed, and again, in the background, when the connection was lost."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from contextvars import Context
from copy import copy
from logging import ERROR

from attrs import define, field

from brokerport import BrokerportError, ClientClosedError, ConnectError, ConnectionLostError, HandshakeError, forks
from brokerport.blaming.strangers import is_strangers
from brokerport.calls.call import is_impatient, remaining, reporter, stage
from brokerport.events.observers import FAILURES
from brokerport.events.reporter import Reporter
from brokerport.logs import Seldom, log
from brokerport_opend.connecting import notices
from brokerport_opend.connecting.backoff import Backoff
from brokerport_opend.connecting.dial import Dial, Live, Patience
from brokerport_opend.connecting.handshake import Welcome
from brokerport_opend.connecting.link import Link
from brokerport_opend.connecting.overdue import DEAF_SECONDS
from brokerport_opend.wire.cipher import Cipher
from brokerport_opend.wire.connection import Push
from brokerport_opend.wire.rsa import Rsa

LONGEST = 0.05  # seconds that somebody who asks waits for the next attempt: they share it, so it is 20 a second at most
DEAF_LONGEST = 60.0  # seconds; a gateway that answers late for everybody is not left again and again
SLOWLY = 30.0  # seconds between attempts in the background at a gateway that refuses the handshake

Listener = Callable[[Push], None]


def _clock() -> float:
    return asyncio.get_running_loop().time()


@define(eq=False)
class Session:
    """Requests to one gateway over one connection at a time."""

    host: str
    port: int
    hint: str = "start the gateway, or set host and port"  #: what the user can do when nobody answers
    patience: Patience = field(factory=Patience)
    key: Rsa | None = field(default=None, repr=False)  #: shared with the gateway; with one, nothing is ever sent in the clear
    _dial: Dial = field(init=False)
    _reporter: Reporter = field(init=False, factory=reporter)  # of the client whose call makes the session
    _backoff: Backoff = field(init=False, factory=lambda: Backoff(_clock))
    _live: Live | None = field(init=False, default=None)
    _connecting: asyncio.Task[Live] | None = field(init=False, default=None)
    _later: asyncio.TimerHandle | None = field(init=False, default=None)
    _ready_at: float = field(init=False, default=0.0)
    _lost_at: float | None = field(init=False, default=None)  # during an outage
    _deaf: int = field(init=False, default=0)  # connections in a row that answered no question at all
    _distrust: bool = field(init=False, default=False)  # the last connection broke before anything encrypted was read
    _farewell: str | None = field(init=False, default=None)  # why the gateway lost its login
    _process: int = field(init=False, factory=os.getpid)
    _over: BrokerportError | None = field(init=False, default=None)  # no connection will be opened any more
    _kicked: Seldom = field(init=False, factory=Seldom)
    _unheard: Seldom = field(init=False, factory=lambda: Seldom(FAILURES))
    _listeners: list[Listener] = field(init=False, factory=list)

    def __attrs_post_init__(self) -> None:
        self._dial = Dial(self.host, self.port, self.hint, self.patience, self.key)
        forks.watch(self)

    @property
    def address(self) -> str:
        """Host and port as people write them."""
        return self._dial.address

    async def ready(self) -> Welcome:
        """Be connected, and return what the gateway told of itself.

        Raises:
            ConnectError, HandshakeError, ClientClosedError
        """
        return (await self._alive()).welcome

    async def request(self, proto_id: int, body: bytes) -> bytes:
        """The body of the reply to one request.

        Raises:
            ConnectionLostError, BadReplyError: The connection broke, or the gateway broke the protocol, meanwhile.
            ConnectError, HandshakeError, ClientClosedError
        """
        return await (await self._alive()).link.request(proto_id, body)

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Have ``listener`` called with every push, on the event loop; what is returned ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    async def aclose(self) -> None:
        """Close the connection; whoever waits gets ClientClosedError."""
        self._over = ClientClosedError(f"the connection to {self.address} was closed by this client")
        if self._later is not None:
            self._later.cancel()
        if self._connecting is not None:
            self._connecting.cancel()
            await asyncio.wait({self._connecting})
        if self._live is not None:
            self._live.link.end(copy(self._over))
            await self._live.link.wait_closed()
        self._count_notices()
        self._reporter.closed("by this client")

    def forked(self) -> None:
        """In a forked child: the connection is its parent's, and no other is opened."""
        self._over = ClientClosedError(forks.elsewhere(self._process))
        if self._later is not None:
            self._later.cancel()
        if self._live is not None:
            self._live.link.forsake(copy(self._over))
        if self._connecting is not None:
            self._connecting.cancel()

    async def _alive(self) -> Live:
        if self._live is not None and self._live.link.ended is None:
            return self._live
        with stage(f"connecting to {self.address}"):
            while True:
                try:
                    # All who ask meanwhile share one attempt; one of them giving up must not end it for the others.
                    return await self._outcome(self._connect_soon())
                except ConnectError:
                    if not self._may_come_back():
                        raise

    async def _outcome(self, attempt: asyncio.Task[Live]) -> Live:
        try:
            return await asyncio.shield(attempt)
        except asyncio.CancelledError:
            caller = asyncio.current_task(attempt.get_loop())  # told which, for a forked child's copy counts as none that runs
            if attempt.cancelled() and self._over is not None and not (caller and caller.cancelling()):  # by aclose, and not who waits here
                raise copy(self._over) from None
            raise
        finally:
            del attempt  # an error would hold this frame, and by it itself

    def _may_come_back(self) -> bool:
        """Whether to wait for a gateway that was there a moment ago."""
        left = remaining()
        in_time = not is_impatient() and (left is None or left > 2 * LONGEST)  # the wait, and an attempt
        return self._over is None and self._lost_at is not None and _clock() < self._lost_at + self.patience.outage and in_time

    def _connect_soon(self) -> asyncio.Task[Live]:
        """The attempt that is under way, else a new one."""
        if self._over is not None:
            raise copy(self._over)
        if self._connecting is None or self._connecting.done():
            if self._later is not None:
                self._later.cancel()
            # In a context of its own: in the caller's it would keep that call alive, and by its errors each attempt the one before.
            self._connecting = asyncio.create_task(self._connect(), name=f"connect to {self.address}", context=Context())
            self._connecting.add_done_callback(self._attempted)
        return self._connecting

    async def _connect(self) -> Live:
        await asyncio.sleep(min(self._backoff.left(), LONGEST))
        self._reporter.connecting(f"to {self.address}")
        try:
            live = self._live = await self._dial.connect(self._new_link)
        except Exception as error:
            self._backoff.failed()
            self._reporter.lost(str(error) or type(error).__name__)
            raise
        self._ready_at, self._lost_at = _clock(), None
        self._reporter.ready(f"at {self.address}")
        live.link.on_end = self._ended
        if live.link.ended is not None:  # with the handshake's last bytes
            self._ended(live.link.ended)
        return live

    def _attempted(self, attempt: asyncio.Task[Live]) -> None:
        """Look at the outcome, and go on where a connection was lost that somebody may want back."""
        if attempt.cancelled() or (error := attempt.exception()) is None:
            return
        if not isinstance(error, BrokerportError):
            log().error("connecting failed in an unexpected way", exc_info=error)
        elif self._over is None:
            self._go_on(error)

    def _go_on(self, cause: BrokerportError) -> None:
        """Connect again in the background what was lost: soon, slowly where somebody has to do something first, or never more."""
        if self._farewell is not None:
            advice = "log in at the gateway again, then close this client and get a new one"
            self._over = ConnectionLostError(f"the gateway at {self.address} is gone, for {self._farewell}; {advice}")
            self._over.retryable = False
            self._count_notices()
        elif self._lost_at is not None:
            slowly = isinstance(cause, HandshakeError) and not cause.retryable
            self._later = asyncio.get_running_loop().call_later(SLOWLY if slowly else self._backoff.left(), self._connect_soon)

    def _ended(self, cause: BrokerportError) -> None:
        """The connection is over."""
        if self._over is not None:
            return
        self._lost_at = _clock()
        if self._live is not None:
            self._distrust = self._live.link.unproven
            self._deaf = self._deaf + 1 if self._live.link.overdue.deaf and not self._live.link.connection.answers else 0
        self._backoff.lost(self._lost_at - self._ready_at)
        self._reporter.lost(self._farewell or str(cause))
        self._go_on(cause)

    def _count_notices(self) -> None:
        """Nothing more will come: tell how often what was not logged."""
        self._kicked.total(f"the gateway at {self.address} said that it lost its login")
        self._unheard.total(f"{self.address}: listeners failed")

    def _new_link(self, cipher: Cipher) -> Link:
        link = Link(self.address, self._hear, cipher)
        link.connection.on_orphan = self._reporter.orphan
        link.distrusted = self._distrust
        link.overdue.deaf_seconds = min(DEAF_SECONDS * 2 ** min(self._deaf, 10), DEAF_LONGEST)
        return link

    def _hear(self, push: Push) -> None:
        notice = notices.read(push)
        if told := notices.farewell(notice):
            self._kicked.warn("%s: the gateway at %s lost its login: %s", self._reporter.broker, self.address, told)
            self._farewell = told
        elif notices.logged_in(notice):
            self._farewell = None
        for listener in tuple(self._listeners):
            try:
                listener(push)
            except BaseException as error:  # a stranger's code; the connection and the other listeners go on
                if not is_strangers(error):
                    raise
                self._unheard.log(ERROR, "%s: a listener failed on push %d", self.address, push.proto_id, exc_info=True)
