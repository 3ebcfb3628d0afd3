"""The connections, by httpx, whose import takes its time: in a thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brokerport.errors import PluginError

if TYPE_CHECKING:
    import httpx

CONNECTING = 5.0  # seconds


def pool(agent: str, silence: float, at_once: int) -> httpx.AsyncClient:
    """A new pool without connections; proxies and certificates are those of the environment.

    Raises:
        PluginError: There is no httpx.
    """
    try:
        import httpx
    except ImportError as error:
        raise PluginError("HTTP needs httpx: pip install 'brokerport[http]', or only 'httpx>=0.27'") from error
    from brokerport.kit.http.routes import Routes

    return httpx.AsyncClient(
        transport=Routes(httpx.Limits(max_connections=None, max_keepalive_connections=at_once)),  # the turns are the limit
        trust_env=False,
        headers={"User-Agent": agent, "Accept-Encoding": "gzip"},
        timeout=httpx.Timeout(silence, connect=CONNECTING, pool=None),  # turns are waited for by Http, not there
    )
