"""Plain requests over one pool of connections. Needs ``pip install 'brokerport[http]'``, which brings httpx."""

from brokerport.kit.http.client import Http
from brokerport.kit.http.reply import Reply

__all__ = ["Http", "Reply"]
