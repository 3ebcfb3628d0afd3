"""The proxies that the environment names: which is for an address, and why one cannot be used.

``HTTP_PROXY``, ``HTTPS_PROXY`` and ``ALL_PROXY``, in small letters too, name a proxy of one of the ``KINDS``. ``NO_PROXY`` names hosts that
are asked without: names, with all below them; addresses, those of IPv6 in brackets or without; ranges, such as ``10.0.0.0/8`` and
``fe80::/10``; each with a port or without; ``*`` for all.
"""

from __future__ import annotations

import os
import re
from fnmatch import fnmatchcase
from importlib.util import find_spec
from ipaddress import ip_address, ip_network
from urllib.parse import SplitResult, urlsplit
from urllib.request import getproxies

from attrs import field, frozen

from brokerport.errors import ConnectError

#: the kinds of proxy that can be used, and what httpx calls them; "socks" is how some desktops write it
KINDS = {"http": "http", "https": "https", "socks": "socks5", "socks5": "socks5", "socks5h": "socks5"}

_PORTS = {"http": 80, "https": 443}
_BRACKETED = re.compile(r"\[([^\]]*)\](/\d+)?(?::(\d+))?")  # the second is of a range, the third a port


@frozen
class Proxy:
    """One that can be used."""

    url: str = field(repr=False)  #: as httpx takes it, with a password where there is one
    variable: str  #: that names it

    def __str__(self) -> str:
        return urlsplit(self.url).netloc.rpartition("@")[2]


def proxy(scheme: str, host: str, port: int | None) -> Proxy | None:
    """The one that the environment has for this address; None for none.

    Raises:
        ConnectError: It cannot be used; the text names the variable and what to do.
    """
    named = getproxies()
    kind = next((each for each in (scheme, "all") if named.get(each)), None)
    if kind is None or _left_out(host.lower().rstrip("."), port or _PORTS.get(scheme), named.get("no", "")):
        return None
    return _usable(named[kind], _variable(kind))


def unusable(text: str) -> ConnectError:
    """The error of what the environment says and nobody can use; asking again does not help."""
    error = ConnectError(text)
    error.retryable = False
    return error


def _usable(text: str, variable: str) -> Proxy:
    mend = f"mend or unset {variable}"
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        _ = parts.port  # which is looked at only when it is asked for
    except ValueError as error:
        raise unusable(f"{variable} names a proxy whose address cannot be read; {mend}") from error
    if parts.scheme not in KINDS:
        known = "http, https and socks5 can be"
        raise unusable(f"{variable} names the proxy {_shown(parts)}, and one of the kind {parts.scheme!r} cannot be used, {known}; {mend}")
    if not parts.hostname:
        raise unusable(f"{variable} names a proxy without a host; {mend}")
    if KINDS[parts.scheme] == "socks5" and find_spec("socksio") is None:
        said = f"{variable} names the proxy {_shown(parts)}, and SOCKS needs a package more"
        raise unusable(f"{said}: pip install 'brokerport[socks]', or only 'httpx[socks]>=0.27'")
    return Proxy(parts._replace(scheme=KINDS[parts.scheme]).geturl(), variable)


def _variable(kind: str) -> str:
    """The variable that names it; that in small letters goes before."""
    found = (name for name in (f"{kind}_proxy", f"{kind.upper()}_PROXY") if os.environ.get(name))
    return next(found, "the system's configuration")


def _shown(parts: SplitResult) -> str:
    """Without a password."""
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _left_out(host: str, port: int | None, listed: str) -> bool:
    return any(_is(host, port, each) for each in re.split(r"[\s,]+", listed.lower()) if each)


def _is(host: str, port: int | None, listed: str) -> bool:
    """Whether an entry of NO_PROXY is of that address."""
    name, only = _name_and_port(listed.rpartition("://")[2])
    if only not in (None, port):
        return False
    try:
        return ip_address(host.partition("%")[0]) in ip_network(name.partition("%")[0], strict=False)
    except ValueError:  # one of them is a name
        below = name.removeprefix("*").lstrip(".")
        return name == "*" or (bool(below) and (host == below or host.endswith(f".{below}") or fnmatchcase(host, below)))


def _name_and_port(listed: str) -> tuple[str, int | None]:
    if found := _BRACKETED.fullmatch(listed):
        return found[1] + (found[2] or ""), int(found[3]) if found[3] else None
    name, _, port = listed.partition(":")
    return (name, int(port)) if port.isascii() and port.isdigit() else (listed, None)
