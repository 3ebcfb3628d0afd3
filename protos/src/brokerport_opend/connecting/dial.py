"""One attempt at a connection: the address, the socket, the handshake."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress

from attrs import define, field, frozen

from brokerport import BadReplyError, BrokerportError, ConnectError, ConnectionLostError, HandshakeError, forks
from brokerport.logs import Seldom, log
from brokerport_opend.connecting import handshake
from brokerport_opend.connecting.handshake import INIT_CONNECT, Welcome
from brokerport_opend.connecting.link import Link
from brokerport_opend.connecting.resolve import addresses
from brokerport_opend.wire.cipher import PLAIN, Cipher
from brokerport_opend.wire.rsa import Rsa


@frozen
class Patience:
    """Seconds that the steps of connecting may take, whatever time a call has left."""

    connect: float = 3.0
    handshake: float = 5.0
    outage: float = 5.0  #: after a loss; as long, calls wait for the gateway to come back, as one does that is started anew


@frozen
class Live:
    """A connection after its handshake."""

    link: Link
    welcome: Welcome


@define(eq=False)
class Dial:
    """Opens connections to one gateway."""

    host: str
    port: int
    hint: str  # what the user can do when nobody answers
    patience: Patience
    key: Rsa | None = field(repr=False)
    _warned: bool = field(init=False, default=False)
    _strange: Seldom = field(init=False, factory=Seldom)  # intervals of keep-alives

    @property
    def address(self) -> str:
        """Host and port as people write them."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    async def connect(self, new_link: Callable[[Cipher], Link]) -> Live:
        """A connection that questions can be asked on.

        Raises:
            ConnectError, HandshakeError
        """
        link = await self._open(lambda: new_link(self.key or PLAIN))
        try:
            self._warn_of_plain_text(link)
            welcome = await self._shake_hands(link)
        except BaseException:
            link.end(ConnectionLostError(f"the handshake with {self.address} failed"))
            raise
        link.keep_alive(welcome.keep_alive)
        return Live(link, welcome)

    async def _open(self, new_link: Callable[[], Link]) -> Link:
        try:
            async with asyncio.timeout(self.patience.connect):
                return await self._first_to_answer(new_link)
        except (OSError, ValueError) as error:  # TimeoutError is the one; the other is of no name at all, such as one with a zero byte
            raise ConnectError(f"{self._why(error)}; {self.hint}") from _bare(error)

    def _why(self, error: OSError | ValueError) -> str:
        """Why there is no connection."""
        if isinstance(error, TimeoutError):
            return f"{self.address} did not answer within {self.patience.connect:g} s"
        if isinstance(error, socket.gaierror | ValueError):
            return f"the host name {self.host!r} does not resolve ({error})"
        refused = isinstance(error, ConnectionRefusedError)
        what = f"nobody listens at {self.address}" if refused else f"{self.address} cannot be connected to"
        return f"{what} ({error.strerror or error})"

    async def _first_to_answer(self, new_link: Callable[[], Link]) -> Link:
        """A name may have several addresses; each but the last has its share of the time, and no more."""
        hosts = await addresses(self.host)
        share = self.patience.connect / len(hosts)
        for host in hosts[:-1]:
            with suppress(OSError):  # TimeoutError is one
                async with asyncio.timeout(share):  # no wait_for: before Python 3.12 it may lose a cancellation
                    return await _linked(new_link, host, self.port)
        return await _linked(new_link, hosts[-1], self.port)

    def _warn_of_plain_text(self, link: Link) -> None:
        if self.key is None and not self._warned and not link.is_local():
            self._warned = True
            text = "is asked in plain text: whoever is on the way can read and change what passes"
            log().warning("the gateway at %s %s; set rsa_key on both ends, or use a tunnel", self.address, text)

    async def _shake_hands(self, link: Link) -> Welcome:
        cause: BaseException | None
        try:
            return handshake.welcome(self.address, await self._introduce(link), encrypted=self.key is not None, warn=self._strange.warn)
        except BadReplyError as error:
            failure, cause = HandshakeError(f"the handshake with {self.address} failed: {error}"), BadReplyError(str(error))
        except HandshakeError as error:
            failure, cause = error.with_traceback(None), error.__cause__
        raise failure from cause  # here, and anew: the frames that held the reply held its key

    async def _introduce(self, link: Link) -> bytes:
        try:
            async with asyncio.timeout(self.patience.handshake):
                if self.key is None:
                    return await link.request(INIT_CONNECT, handshake.hello())
                return await link.greet(INIT_CONNECT, handshake.hello(encrypted=True), handshake.cipher)
        except (TimeoutError, BrokerportError) as error:
            raise self._failure(error) from _bare(error)

    def _failure(self, error: Exception) -> HandshakeError:
        if self.key is not None:  # a gateway that cannot read us may close, say nothing or answer anything: all mean the same
            text = f"the gateway at {self.address} did not answer the encrypted handshake: it has no RSA key set, or another than rsa_key"
            return HandshakeError(f"{text}; set both to the same key, or unset both")
        if isinstance(error, TimeoutError):
            text = f"{self.address} accepted the connection and said nothing for {self.patience.handshake:g} s"
            failure = HandshakeError(f"{text}: it may not be logged in yet, be no OpenD, or want encryption (rsa_key)")
        else:
            failure = HandshakeError(
                f"the handshake with {self.address} failed: {error}; is it OpenD, and does it want encryption (rsa_key)?"
            )
        failure.retryable = isinstance(error, ConnectionLostError)  # so does one that is about to stop, or has just been started
        return failure


def _bare(error: Exception) -> Exception:
    """An error as the one cause of ours, whose text tells what led to it: by which frames it came, and after which others, helps nobody."""
    error.__cause__ = None
    error.__suppress_context__ = True
    return error.with_traceback(None)


async def _linked(new_link: Callable[[], Link], host: str, port: int) -> Link:
    """By a socket of our own, as a forked child must not go on with it from its first moment on."""
    loop = asyncio.get_running_loop()
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # told so, asyncio has it wait for nothing more to send
    forks.guard(sock)
    try:
        sock.setblocking(False)
        await loop.sock_connect(sock, (host, port))
        return (await loop.create_connection(new_link, sock=sock))[1]
    except BaseException:
        sock.close()
        raise
