"""How the sandbox listens: on this machine only, and until it is told to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from ipaddress import ip_address
from socket import socket

from brokerport.reading import shown


def loopback(host: str) -> str:
    """The address of a host that is one of the loopback interface; ValueError for any other."""
    address = "127.0.0.1" if host == "localhost" else host
    with suppress(ValueError):
        if ip_address(address).is_loopback:
            return address
    raise ValueError(
        f"the sandbox listens on the loopback interface only (127.0.0.1 or ::1), not on {shown.value(host)}: it lets every client in"
    )


async def refuse_further(sockets: Iterable[socket]) -> None:
    """Accept nobody new, and wait until those just accepted are connected.

    A server that is closed between the two forgets the socket it has accepted.
    """
    loop = asyncio.get_running_loop()
    # Windows' own loop cannot; there, accepting and connecting is one step.
    with suppress(NotImplementedError):
        for each in sockets:
            loop.remove_reader(each.fileno())
    for _ in ("the transport is made", "connection_made is called"):
        await asyncio.sleep(0)
