"""Where the sandbox may listen: on this machine for this machine, unless it is told twice."""

from __future__ import annotations

import errno
from contextlib import suppress
from ipaddress import ip_address

from brokerport.reading import shown
from brokerport_opend.sandbox.listening import loopback
from brokerport_opend.sandbox.log import log

_NO_SUCH_ADDRESS = "choose another --host: this machine has no such address, as ::1 where IPv6 is off"
_ADVICE = {
    errno.EADDRINUSE: "choose another --port, 0 takes a free one",
    errno.EACCES: "choose another --port: those below 1024 are the system's",
    errno.EADDRNOTAVAIL: _NO_SUCH_ADDRESS,
    None: _NO_SUCH_ADDRESS,  # asyncio, from Python 3.13 on, tells of it in words alone
    errno.EAFNOSUPPORT: "choose another --host: this machine does not speak IPv6",
}


def bind_address(host: str, *, exposed: bool, has_key: bool, has_websockets: bool = False) -> str:
    """The address to listen on.

    Raises:
        ValueError: It is not the loopback interface's; or it was wanted twice, and strangers would not be kept out.
    """
    if not exposed:
        return loopback(host)
    with suppress(ValueError):
        return loopback(host)
    try:
        ip_address(host)
    except ValueError as error:
        raise ValueError(f"the sandbox listens on an IP address of this machine, not on {shown.value(host)}") from error
    if not has_key:
        raise ValueError(f"on {host} other machines reach the sandbox: it needs an RSA key, so that only those are let in that have it too")
    if has_websockets:
        raise ValueError(f"on {host} other machines reach the sandbox, and its WebSockets are not encrypted: leave websocket_port out")
    return host


def warn_if_exposed(host: str, port: int) -> None:
    """Say so where others may reach it, each time it listens."""
    if not ip_address(host).is_loopback:
        log().warning("other machines can reach the sandbox on %s:%d, and whoever has its RSA key is let in", host, port)


def advice(error: OSError) -> str:
    """What to do when an address cannot be listened on."""
    return _ADVICE.get(error.errno, "choose another --host or --port")
