"""Sends requests, a few at the same time, and names what goes wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from attrs import define, field

from brokerport.errors import (
    BrokerportError,
    ClientClosedError,
    ConnectionLostError,
    InvalidRequestError,
    QuotaError,
)
from brokerport.forks import guard_what, watch
from brokerport.kit.finishing import Finishing, outcome
from brokerport.kit.http import body
from brokerport.kit.http.faults import fault, origin
from brokerport.kit.http.pool import pool
from brokerport.kit.http.reply import Reply
from brokerport.logs import clean
from brokerport.settings.secret import Secret

if TYPE_CHECKING:
    import httpx

LARGEST = 16 * 1024 * 1024  # bytes of an answer, packed and unpacked
SILENCE = 10.0  # seconds without a byte, after which a connection is taken for lost
LONGEST = 60.0  # seconds for one request, however steadily the bytes of its answer come
GRACE = 0.2  # seconds that requests under way have to end by themselves, when all is closed

Headers = Mapping[str, str | Secret]


@define(eq=False)
class Http:
    """One server's requests. Whoever stops waiting, a request that was begun goes on to its end: httpx may lose the connection of one that
    is cancelled. Redirects are not followed; proxies and certificates are those of the environment.

    Every method may raise:
        ConnectError: Nobody answers, or nobody to be trusted.
        ConnectionLostError: It broke on the way, or the server failed.
        QuotaError: The server wants to be left alone; until then nothing is sent.
        HandshakeError: It answers 401.
        RejectedError: It answers any other status that was not asked for; NotEntitledError: 403.
        BadReplyError: The answer is too large, or packed in another way than asked for.
        InvalidRequestError: An address or header that cannot be sent.
        ClientClosedError: After aclose.
    """

    agent: str  #: who asks, for the server: "brokerport-acme"
    hint: str = field(default="check the network, and the address in the settings", kw_only=True)  #: where nobody answers
    at_once: int = field(default=4, kw_only=True)  #: most requests at the same time
    largest: int = field(default=LARGEST, kw_only=True)  #: most bytes of an answer
    silence: float = field(default=SILENCE, kw_only=True)  #: seconds without a byte, before and within an answer
    longest: float = field(default=LONGEST, kw_only=True)  #: seconds for one request in all
    _turns: asyncio.Semaphore = field(init=False)
    _under_way: Finishing = field(init=False, factory=Finishing)
    _httpx: httpx.AsyncClient | None = field(init=False, default=None)
    _closed: bool = field(init=False, default=False)
    _left_alone_until: float = field(init=False, default=0.0)  # by the loop's clock
    _told: tuple[datetime, float] | None = field(init=False, default=None)  # by the server's clock, and then by the loop's

    @_turns.default
    def _as_many(self) -> asyncio.Semaphore:
        return asyncio.Semaphore(self.at_once)

    async def get(
        self, url: str, *, query: Mapping[str, str | int] | None = None, headers: Headers | None = None, answers: Collection[int] = (200,)
    ) -> Reply:
        """What the server answers, where the status is one of ``answers``; any other is an error. Secrets belong in headers."""
        return await self._asked("GET", url, headers, answers, params=query)

    async def post(self, url: str, *, json: object, headers: Headers | None = None, answers: Collection[int] = (200,)) -> Reply:
        """The same, sending ``json``."""
        return await self._asked("POST", url, headers, answers, json=json)

    def time(self) -> datetime | None:
        """The present time by the server's clock, as its last answer told it; None where none did. This machine's may be wrong."""
        if self._told is None:
            return None
        when, heard = self._told
        return when + timedelta(seconds=asyncio.get_running_loop().time() - heard)

    async def aclose(self) -> None:
        """End what is under way, and close the connections."""
        self._closed = True
        await self._under_way.settle(GRACE)  # httpcore may leave the socket of one that is cancelled open
        if self._httpx is not None:
            await self._httpx.aclose()
        await self._under_way.aclose()

    def forked(self) -> None:
        """In a forked child: its parent's connections are not for it."""
        self._closed = True

    async def _asked(self, method: str, url: str, headers: Headers | None, answers: Collection[int], **content: Any) -> Reply:
        content["headers"] = _sendable(headers or {})
        await self._turns.acquire()
        work = self._under_way.begin(self._named(method, url, answers, content))
        work.add_done_callback(lambda _: self._turns.release())
        return await outcome(work)

    async def _named(self, method: str, url: str, answers: Collection[int], content: Mapping[str, Any]) -> Reply:
        """With our errors for those of others."""
        shown = _shown(url)
        self._check_pause(shown)
        client = await self._client()
        from httpx import InvalidURL, TransportError

        try:
            async with asyncio.timeout(self.longest):
                reply = await self._sent(client.stream(method, url, extensions={"trace": _guard}, **content), shown, answers)
        except (TransportError, InvalidURL) as error:
            raise fault(shown, error, self.hint) from origin(error)
        except TimeoutError as error:
            raise ConnectionLostError(f"{shown}: it did not end within {self.longest:g} s") from error
        if reply.status in answers:
            return reply
        raise self._refusal(reply)

    async def _sent(self, request: AbstractAsyncContextManager[httpx.Response], shown: str, answers: Collection[int]) -> Reply:
        async with request as response:
            wanted = response.status_code in answers
            packed = await body.read(shown, response.aiter_raw(), self.largest) if wanted else b""
        encoding = response.headers.get("content-encoding", "") if wanted else ""
        text = await asyncio.to_thread(body.unpacked, shown, packed, encoding, self.largest) if encoding else packed
        reply = Reply(shown, response.status_code, response.reason_phrase, dict(response.headers), text)
        if when := reply.told_at:
            self._told = when, asyncio.get_running_loop().time()
        return reply

    async def _client(self) -> httpx.AsyncClient:
        if self._httpx is None:
            watch(self)
            made = await asyncio.to_thread(pool, self.agent, self.silence, self.at_once)
            self._httpx = self._httpx or made  # another may have been first
        if self._closed:
            raise ClientClosedError(f"{self.agent}: the connections were closed")
        return self._httpx

    def _check_pause(self, shown: str) -> None:
        left = self._left_alone_until - asyncio.get_running_loop().time()
        if left > 0:
            raise QuotaError(f"{shown} was not asked for: the server wants to be left alone for {left:.1f} s more", retry_after=left)

    def _refusal(self, reply: Reply) -> BrokerportError:
        error = reply.error()
        if isinstance(error, QuotaError):
            self._left_alone_until = asyncio.get_running_loop().time() + error.retry_after
        return error


async def _guard(_: str, told: Mapping[str, Any]) -> None:
    """Told by httpcore of each step; what a step returned may be a connection."""
    stream = told.get("return_value")
    if sock := getattr(stream, "get_extra_info", lambda _: None)("socket"):
        guard_what(stream, sock)


def _sendable(headers: Headers) -> dict[str, str]:
    """As text; what is refused here would be shown in the words of others."""
    texts = {name: value.reveal() if isinstance(value, Secret) else value for name, value in headers.items()}
    for name, text in texts.items():
        if not (text.isascii() and text.isprintable() and text == text.strip()):
            raise InvalidRequestError(f"the header {name} cannot be sent: it may hold letters of ASCII only, and no space at its ends")
    return texts


def _shown(url: str) -> str:
    """Without what may be secret: the query, and a password."""
    try:
        parts = urlsplit(url)
        _ = parts.port  # which is looked at only when it is asked for
    except ValueError as error:
        raise InvalidRequestError(f"an address cannot be read: {error}") from error
    return clean(parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl())
