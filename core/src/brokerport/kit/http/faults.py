"""What went wrong without an answer, in errors of ours."""

from __future__ import annotations

from urllib.parse import urlsplit
from urllib.request import getproxies_environment

from brokerport.errors import BrokerportError, ConnectError, ConnectionLostError, InvalidRequestError
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
    advice = f"; {hint}{_proxies(url)}" if kind is ConnectError else ""
    return kind(f"{url}: {said}: {words(error)}{advice}")


def words(error: Exception) -> str:
    """What it says, or what it is."""
    return clean(str(error)) or type(error).__name__


def _proxies(url: str) -> str:
    """What else to look at, where the environment has a proxy for ``url``."""
    named = {urlsplit(url).scheme, "all"} & {*getproxies_environment()}
    variables = ", ".join(f"{each.upper()}_PROXY" for each in sorted(named))
    return f", and at {variables} and NO_PROXY: the environment names a proxy" if named else ""
