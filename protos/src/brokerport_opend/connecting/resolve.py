"""Host names to addresses, on a daemon thread.

asyncio resolves on the threads of its executor, which Python waits for at its exit, however long a resolver hangs.
"""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from ipaddress import ip_address
from threading import Thread


async def addresses(host: str) -> list[str]:
    """What ``host`` stands for, in the order to try; an address stands for itself. Who gives up leaves the thread to itself.

    Raises:
        OSError, ValueError: The name does not resolve, is none, or no thread can be started to ask.
    """
    if _is_address(host):
        return [host]
    loop = asyncio.get_running_loop()
    found: asyncio.Future[list[str]] = loop.create_future()

    def ask() -> None:
        outcome: list[str] | Exception
        try:
            outcome = _resolved(host)
        except (OSError, ValueError) as error:
            outcome = error
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(_settle, found, outcome)

    try:
        Thread(target=ask, name=f"brokerport resolves {host}", daemon=True).start()
    except RuntimeError as error:
        raise OSError(f"no thread to ask for {host!r}: {error}") from error
    return await found


def _is_address(host: str) -> bool:
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def _resolved(host: str) -> list[str]:
    answers = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(where[0]) for *_, where in answers))


def _settle(found: asyncio.Future[list[str]], outcome: list[str] | Exception) -> None:
    if found.done():
        return
    if isinstance(outcome, Exception):
        found.set_exception(outcome)
    else:
        found.set_result(outcome)
