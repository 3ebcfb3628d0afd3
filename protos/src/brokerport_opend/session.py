"""A gateway that is always there when asked: connects when needed, and again when the connection was lost."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from contextvars import Context
from ipaddress import ip_address

from attrs import define, field, frozen

from brokerport import BadReplyError, BrokerportError, ClientClosedError, ConnectError, ConnectionLostError, HandshakeError
from brokerport.call import reporter, stage
from brokerport.logs import log
from brokerport.reporter import Reporter
from brokerport_opend import handshake
from brokerport_opend.handshake import INIT_CONNECT, Welcome
from brokerport_opend.link import Link
from brokerport_opend.wire.cipher import PLAIN
from brokerport_opend.wire.connection import Push
from brokerport_opend.wire.rsa import Rsa

HAPPY_EYEBALLS = 0.25  # seconds of head start that each address of a host name has (RFC 8305)

Listener = Callable[[Push], None]


@frozen
class Patience:
    """Seconds that the steps of connecting may take, whatever time the call has left."""

    connect: float = 3.0
    handshake: float = 5.0


@frozen
class _Live:
    """A connection after its handshake."""

    link: Link
    welcome: Welcome


@define(eq=False)
class Session:
    """Requests to one gateway over one connection at a time."""

    host: str
    port: int
    hint: str = "start the gateway, or set host and port"  #: what the user can do when nobody answers
    patience: Patience = Patience()
    key: Rsa | None = field(default=None, repr=False)  #: shared with the gateway; with one, nothing is ever sent in the clear
    _reporter: Reporter = field(init=False, factory=reporter)  # of the client whose call makes the session
    _live: _Live | None = field(init=False, default=None)
    _connecting: asyncio.Task[_Live] | None = field(init=False, default=None)
    _listeners: list[Listener] = field(init=False, factory=list)
    _closed: bool = field(init=False, default=False)

    @property
    def address(self) -> str:
        """Host and port as people write them."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

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
        """Have ``listener`` called with every push, on the event loop; returns what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def aclose(self) -> None:
        """Close the connection; whoever waits gets ClientClosedError."""
        self._closed = True
        if self._connecting is not None:
            self._connecting.cancel()
            await asyncio.wait({self._connecting})
        if self._live is not None:
            self._live.link.end(ClientClosedError(f"the connection to {self.address} was closed by this client"))
            await self._live.link.wait_closed()
        self._reporter.closed("by this client")

    async def _alive(self) -> _Live:
        if self._live is not None and self._live.link.ended is None:
            return self._live
        if self._closed:
            raise ClientClosedError(f"the connection to {self.address} was closed by this client")
        if self._connecting is None or self._connecting.done():
            # In a context of its own: in the caller's it would keep that call alive, and by its errors each attempt the one before.
            self._connecting = asyncio.create_task(self._connect(), name=f"connect to {self.address}", context=Context())
            self._connecting.add_done_callback(_retrieve)
        with stage(f"connecting to {self.address}"):
            # All who ask meanwhile share this attempt; one of them giving up must not end it for the others.
            return await self._outcome(self._connecting)

    async def _outcome(self, attempt: asyncio.Task[_Live]) -> _Live:
        try:
            return await asyncio.shield(attempt)
        except asyncio.CancelledError:
            if attempt.cancelled():  # by aclose, and not the caller who waits here
                raise ClientClosedError(f"the connection to {self.address} was closed by this client") from None
            raise

    async def _connect(self) -> _Live:
        self._reporter.connecting(f"to {self.address}")
        try:
            live = self._live = await self._connected()
        except Exception as error:
            self._reporter.lost(str(error) or type(error).__name__)
            raise
        self._reporter.ready(f"at {self.address}")
        live.link.on_end = self._ended
        if live.link.ended is not None:  # with the handshake's last bytes
            self._ended(live.link.ended)
        return live

    async def _connected(self) -> _Live:
        link = await self._open()
        try:
            welcome = await self._shake_hands(link)
        except BaseException:
            link.end(ConnectionLostError(f"the handshake with {self.address} failed"))
            raise
        link.keep_alive(welcome.keep_alive)
        return _Live(link, welcome)

    def _ended(self, cause: BrokerportError) -> None:
        if not isinstance(cause, ClientClosedError):
            self._reporter.lost(str(cause))

    async def _open(self) -> Link:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self.patience.connect):
                _, link = await loop.create_connection(self._new_link, self.host, self.port, happy_eyeballs_delay=_eyeballs(self.host))
        except TimeoutError as error:
            raise ConnectError(f"{self.address} did not answer within {self.patience.connect:g} s; {self.hint}") from error
        except (socket.gaierror, ValueError) as error:  # ValueError: no name at all, such as one with a zero byte
            raise ConnectError(f"the host name {self.host!r} does not resolve ({error}); {self.hint}") from error
        except OSError as error:
            raise ConnectError(f"nobody listens at {self.address} ({error.strerror or error}); {self.hint}") from error
        return link

    async def _shake_hands(self, link: Link) -> Welcome:
        body = await self._introduce(link)
        try:
            return handshake.welcome(self.address, body, encrypted=self.key is not None)
        except BadReplyError as error:
            raise HandshakeError(f"the handshake with {self.address} failed: {error}") from error

    async def _introduce(self, link: Link) -> bytes:
        try:
            async with asyncio.timeout(self.patience.handshake):
                if self.key is None:
                    return await link.request(INIT_CONNECT, handshake.hello())
                return await link.greet(INIT_CONNECT, handshake.hello(encrypted=True), handshake.cipher)
        except (TimeoutError, ConnectionLostError, BadReplyError) as error:
            raise HandshakeError(self._likely_cause(error)) from error

    def _likely_cause(self, error: Exception) -> str:
        if self.key is not None:  # a gateway that cannot read us may close, say nothing or answer anything: all mean the same
            text = f"the gateway at {self.address} did not answer the encrypted handshake: it has no RSA key set, or another than rsa_key"
            return f"{text}; set both to the same key, or unset both"
        if isinstance(error, TimeoutError):
            text = f"{self.address} accepted the connection and said nothing for {self.patience.handshake:g} s"
            return f"{text}: it may not be logged in yet, be no OpenD, or want encryption (rsa_key)"
        return f"the handshake with {self.address} failed: {error}; is it OpenD, and does it want encryption (rsa_key)?"

    def _new_link(self) -> Link:
        link = Link(self.address, self._fan_out, self.key or PLAIN)
        link.connection.on_orphan = self._reporter.orphan
        return link

    def _fan_out(self, push: Push) -> None:
        for listener in tuple(self._listeners):
            try:
                listener(push)
            except Exception:  # noqa: BLE001  # a stranger's code; the connection and the other listeners go on
                log().exception("%s: a listener failed on push %d", self.address, push.proto_id)


def _eyeballs(host: str) -> float | None:
    """The head start of each address of a name; one address needs none, and asyncio's race may lose a socket when it is cancelled."""
    try:
        ip_address(host)
    except ValueError:
        return HAPPY_EYEBALLS
    return None


def _retrieve(attempt: asyncio.Task[_Live]) -> None:
    """Look at the outcome, so that asyncio does not report one that nobody waited for."""
    if not attempt.cancelled() and (error := attempt.exception()) is not None and not isinstance(error, BrokerportError):
        log().error("connecting failed in an unexpected way", exc_info=error)
