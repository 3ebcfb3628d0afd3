"""Gets one file at a time from the server, a few at the same time, and names what goes wrong."""

from __future__ import annotations

import asyncio
import zlib
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from brokerport import BadReplyError, BrokerportError, ConnectError, ConnectionLostError, QuotaError, RejectedError
from brokerport.logs import clean

if TYPE_CHECKING:
    import httpx

LARGEST = 16 * 1024 * 1024  # bytes of a file, packed and unpacked; real ones have about half a MiB
CONNECTING = 5.0  # seconds
SILENCE = 10.0  # seconds without a byte, after which a connection is taken for lost
LONGEST = 60.0  # seconds for one file, however steadily its bytes come
PAUSE = 30.0  # seconds to leave the server alone that asks for it and does not say how long

_MISSING = (403, 404)  # what the store behind the public address answers to a name that it does not have
_TOO_MANY, _UNAVAILABLE = 429, 503


class Download:
    """Files by HTTP, over one pool of connections, which is made by the first."""

    def __init__(self, url: str, concurrency: int) -> None:
        self._url = url.rstrip("/")
        self._concurrency = concurrency
        self._turns = asyncio.Semaphore(concurrency)
        self._under_way: set[asyncio.Task[bytes | None]] = set()
        self._http: httpx.AsyncClient | None = None
        self._left_alone_until = 0.0  # by the loop's clock

    async def file(self, day: date) -> bytes | None:
        """The file of ``day`` as it was sent, unpacked; None where there is none.

        Raises:
            ConnectError: Nobody answers, or nobody to be trusted.
            ConnectionLostError: It broke on the way, or the server failed.
            QuotaError: The server wants to be left alone.
            RejectedError: The server says no.
            BadReplyError: It is too large, or packed in another way than asked for.
        """
        url = f"{self._url}/CNMSshvol{day:%Y%m%d}.txt"
        await self._turns.acquire()
        # Once begun it goes on to its end, whoever leaves: httpx may lose the connection of a request that is cancelled.
        work = asyncio.create_task(self._named(url))
        self._under_way.add(work)
        work.add_done_callback(self._over)
        return await asyncio.shield(work)

    async def aclose(self) -> None:
        """End what is under way, and close the connections."""
        for work in self._under_way:
            work.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
        if self._http is not None:
            await self._http.aclose()

    def _over(self, work: asyncio.Task[bytes | None]) -> None:
        self._under_way.discard(work)
        self._turns.release()
        if not work.cancelled():
            work.exception()  # looked at, for those whose callers have all left: asyncio would print it

    async def _named(self, url: str) -> bytes | None:
        """Get it, with our errors for those of others."""
        import httpx

        self._check_pause(url)
        try:
            async with asyncio.timeout(LONGEST):
                return await self._get(url)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError) as error:
            raise ConnectError(f"{url}: no connection: {_words(error)}; check the network, or set url to where the files are") from error
        except httpx.TransportError as error:
            raise ConnectionLostError(f"{url}: it broke on the way: {_words(error)}") from error
        except TimeoutError as error:
            raise ConnectionLostError(f"{url}: it did not end within {LONGEST:g} s") from error

    async def _get(self, url: str) -> bytes | None:
        async with self._client().stream("GET", url) as response:
            if response.status_code in _MISSING:
                return None
            if response.status_code != 200:  # the one that means a file
                raise self._refusal(url, response)
            body = await _body(url, response)
        return await asyncio.to_thread(_unpacked, url, body, response.headers.get("Content-Encoding", "identity"))

    def _client(self) -> httpx.AsyncClient:
        if self._http is None:
            import httpx

            self._http = httpx.AsyncClient(
                headers={"User-Agent": "brokerport-finra", "Accept-Encoding": "gzip"},
                timeout=httpx.Timeout(SILENCE, connect=CONNECTING, pool=None),  # turns are waited for here, not there
                limits=httpx.Limits(max_connections=None, max_keepalive_connections=self._concurrency),  # the turns are the limit
            )
        return self._http

    def _check_pause(self, url: str) -> None:
        left = self._left_alone_until - asyncio.get_running_loop().time()
        if left > 0:
            raise QuotaError(f"{url} was not asked for: the server wants to be left alone for {left:.1f} s more", retry_after=left)

    def _refusal(self, url: str, response: httpx.Response) -> BrokerportError:
        status, said = response.status_code, f"{url}: the server answers {response.status_code} {clean(response.reason_phrase)}".rstrip()
        pause = response.headers.get("Retry-After")
        if status == _TOO_MANY or (status == _UNAVAILABLE and pause):
            seconds = _seconds(pause or "")
            self._left_alone_until = asyncio.get_running_loop().time() + seconds
            return QuotaError(f"{said}; it wants to be left alone for {seconds:g} s", retry_after=seconds)
        if status >= 500:  # the server's own failures
            return ConnectionLostError(said)
        if response.has_redirect_location:
            said += f", to {clean(response.headers['Location'])}; it is not followed: set url to where the files are"
        return RejectedError(said, code=status, text=clean(response.reason_phrase))


async def _body(url: str, response: httpx.Response) -> bytes:
    body = bytearray()
    async for part in response.aiter_raw():
        body += part
        if len(body) > LARGEST:
            raise _too_large(url)
    return bytes(body)


def _unpacked(url: str, body: bytes, encoding: str) -> bytes:
    """Done here and not by httpx, which unpacks whatever comes, however large it becomes."""
    if encoding.lower() == "identity":
        return body
    if encoding.lower() not in ("gzip", "x-gzip"):
        raise BadReplyError(f"{url} came packed as {clean(encoding)!r}; asked for was gzip")
    unpacker = zlib.decompressobj(wbits=31)
    try:
        text = unpacker.decompress(body, LARGEST + 1)
    except zlib.error as error:
        raise BadReplyError(f"{url} cannot be unpacked: {error}") from error
    if len(text) > LARGEST:
        raise _too_large(url)
    if not unpacker.eof:
        raise BadReplyError(f"{url} ends in the middle of its gzip stream")
    return text


def _too_large(url: str) -> BadReplyError:
    return BadReplyError(f"{url} is larger than {LARGEST:,} bytes; no daily file is")


def _seconds(retry_after: str) -> float:
    """Of a Retry-After, which is a number of seconds or a time."""
    if retry_after.isascii() and retry_after.isdigit():
        return float(retry_after)
    try:
        when = parsedate_to_datetime(retry_after)
    except ValueError:
        return PAUSE
    return max((when.replace(tzinfo=when.tzinfo or UTC) - datetime.now(UTC)).total_seconds(), 0.0)


def _words(error: Exception) -> str:
    return clean(str(error)) or type(error).__name__
