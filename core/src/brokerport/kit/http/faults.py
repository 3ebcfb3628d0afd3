"""What went wrong without an answer, in errors of ours."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from brokerport.errors import BrokerportError, ConnectError, ConnectionLostError, InvalidRequestError
from brokerport.kit.http.proxies import proxy
from brokerport.logs import clean

#: what an error of httpx's is, by the name of its class; the first that fits
_FAULTS: dict[str, tuple[type[BrokerportError], str]] = {
    "InvalidURL": (InvalidRequestError, "it cannot be asked for"),
    "UnsupportedProtocol": (InvalidRequestError, "it cannot be asked for"),
    "ProxyError": (ConnectError, "the proxy lets nothing through"),
    "ConnectError": (ConnectError, "no connection"),
    "ConnectTimeout": (ConnectError, "no connection"),
    "TransportError": (ConnectionLostError, "it broke on the way"),
}


def fault(url: str, error: Exception, hint: str) -> BrokerportError:
    """The error of ours for one of httpx's; ``hint`` says what to look at where nobody answers."""
    names = {each.__name__ for each in type(error).__mro__}
    kind, said = next(found for name, found in _FAULTS.items() if name in names)
    told = words(error)
    advice = "".join(f"; {each}" for each in (hint, _proxy(url), _certificates(told)) if each) if kind is ConnectError else ""
    return kind(f"{url}: {said}: {told}{advice}")


def origin(error: BaseException) -> BaseException:
    """What began it, as the one cause of ours: through which layers and frames it came helps nobody."""
    while error.__cause__ is not None:
        error = error.__cause__
    error.__suppress_context__ = True
    return error.with_traceback(None)


def words(error: Exception) -> str:
    """What it says, or what it is."""
    return clean(str(error)) or type(error).__name__


def _proxy(url: str) -> str:
    """What else to look at, where the environment has a proxy for ``url``."""
    parts = urlsplit(url)
    found = proxy(parts.scheme, parts.hostname or "", parts.port)
    mend = f"mend or unset {found.variable}, or put {parts.hostname} into NO_PROXY" if found else ""
    return f"{found.variable} names the proxy {found}: {mend}" if found else ""


def _certificates(told: str) -> str:
    """What else to look at, where the server's certificate is of an authority that nobody here knows."""
    if "CERTIFICATE_VERIFY_FAILED" not in told:
        return ""
    set_here = [name for name in ("SSL_CERT_FILE", "SSL_CERT_DIR") if os.environ.get(name)]
    if set_here:
        return f"{set_here[0]} says whose certificates are believed: look whether the authority that signs here is among them"
    return "where the network has an authority of its own, set SSL_CERT_FILE to a file with its certificate and all others"
