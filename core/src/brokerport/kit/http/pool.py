"""The connections, by httpx. Making them reads certificates, and importing httpx takes its time: both in a thread."""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING

from brokerport.errors import ConnectError, PluginError
from brokerport.kit.http.faults import words

if TYPE_CHECKING:
    from ssl import SSLContext

    import httpx

CONNECTING = 5.0  # seconds


def pool(agent: str, silence: float, at_once: int) -> httpx.AsyncClient:
    """A new pool without connections; proxies and certificates are those of the environment.

    Raises:
        PluginError: There is no httpx.
        ConnectError: A proxy or the certificates cannot be used.
    """
    try:
        import httpx
    except ImportError as error:
        raise PluginError("HTTP needs httpx: pip install 'brokerport[http]', or only 'httpx>=0.27'") from error
    try:
        return httpx.AsyncClient(
            verify=_certificates(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")),
            headers={"User-Agent": agent, "Accept-Encoding": "gzip"},
            timeout=httpx.Timeout(silence, connect=CONNECTING, pool=None),  # turns are waited for by Http, not there
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=at_once),  # the turns are the limit
        )
    except (ImportError, ValueError, OSError) as error:
        said = f"a proxy or a file of certificates that the environment names cannot be used: {words(error)}"
        raise ConnectError(f"{said}; look at HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and SSL_CERT_FILE") from error


@cache
def _certificates(*_: str | None) -> SSLContext:
    """Read once for each place that the environment names; reading them takes longer than most requests."""
    import httpx

    return httpx.create_ssl_context()
