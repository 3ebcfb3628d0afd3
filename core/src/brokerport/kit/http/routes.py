"""Each request by its own way: straight, or by the proxy that the environment has for its address.

httpx would make all ways when the first request comes, and fail for each that cannot be used; and it cannot read all that NO_PROXY may say.
"""

from __future__ import annotations

import asyncio
import os
from functools import cache, lru_cache
from pathlib import Path
from ssl import SSLContext

import httpx

from brokerport.kit.http.proxies import Proxy, proxy, unusable

_SECURE = "https"
#: what TLS is set up with
_READ, _WRITTEN = ("SSL_CERT_FILE", "SSL_CERT_DIR"), "SSLKEYLOGFILE"


class Routes(httpx.AsyncBaseTransport):
    """One transport a way, made when it is first taken."""

    def __init__(self, limits: httpx.Limits) -> None:
        self._limits = limits
        self._ways: dict[tuple[Proxy | None, bool], httpx.AsyncHTTPTransport] = {}
        self._proxy = lru_cache(maxsize=256)(proxy)  # the environment is read once an address

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """By its way. Raises ConnectError of ours where the environment names what cannot be used for it."""
        url = request.url
        through = self._proxy(url.scheme, url.host, url.port)
        way = through, _SECURE in (url.scheme, httpx.URL(through.url).scheme if through else "")
        if way not in self._ways:
            made = await asyncio.to_thread(self._made, *way)
            self._ways.setdefault(way, made)  # another may have been first
        return await self._ways[way].handle_async_request(request)

    async def aclose(self) -> None:
        """Close the connections of all ways."""
        for way in self._ways.values():
            await way.aclose()

    def _made(self, through: Proxy | None, secure: bool) -> httpx.AsyncHTTPTransport:
        context = _certificates(*map(os.environ.get, (*_READ, _WRITTEN))) if secure else None
        by = httpx.Proxy(through.url, ssl_context=context if through.url.startswith(_SECURE) else None) if through else None
        return httpx.AsyncHTTPTransport(verify=context or False, proxy=by, limits=self._limits)


@cache
def _certificates(*_: str | None) -> SSLContext:
    """Read once for each place that the environment names; reading them takes longer than most requests."""
    named = [name for name in _READ if os.environ.get(name)][:1]  # httpx reads no second
    for name in named:
        if not Path(os.environ[name]).exists():
            raise unusable(f"{name} names {os.environ[name]}, which is not there: mend or unset {name}")
    try:
        return httpx.create_ssl_context()
    except OSError as error:  # an SSLError too
        written = [_WRITTEN] if error.filename and error.filename == os.environ.get(_WRITTEN) else []
        mend = "".join(f"mend or unset {name} (here {os.environ[name]})" for name in written or named)
        raise unusable(f"TLS cannot be set up: {error}; {mend or 'install certifi again'}") from error
