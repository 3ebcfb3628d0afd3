"""Names become addresses, and one that hangs is in nobody's way, not even that of the program's end."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import threading

import pytest

from brokerport_opend.connecting.resolve import addresses


async def test_a_name_becomes_the_addresses_that_the_system_gives() -> None:
    told = [str(where[0]) for *_, where in socket.getaddrinfo("localhost", None, type=socket.SOCK_STREAM)]
    assert await addresses("localhost") == list(dict.fromkeys(told))


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "fe80::1%eth0"])
async def test_an_address_is_asked_of_nobody(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(socket, "getaddrinfo")
    assert await addresses(host) == [host]


@pytest.mark.parametrize("host", ["zero\0byte", "x" * 70])
async def test_what_is_no_name_fails_as_it_does_in_the_socket_module(host: str) -> None:
    with pytest.raises((OSError, ValueError)):
        await addresses(host)


async def test_who_gives_up_leaves_a_thread_that_hurts_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, answered = threading.Event(), threading.Event()

    def hang(*_: object, **__: object) -> list[object]:
        asked.set()
        answered.wait()
        return []

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await addresses("gateway.example")
    assert asked.wait(1)
    answered.set()
    for thread in threading.enumerate():
        if thread.name == "brokerport resolves gateway.example":
            thread.join()
    await asyncio.sleep(0)


async def test_without_a_thread_it_is_an_error_of_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)
    with pytest.raises(OSError, match="no thread to ask for 'localhost': can't start new thread"):
        await addresses("localhost")


HANGS = """
import asyncio, socket, threading
socket.getaddrinfo = lambda *_, **__: threading.Event().wait()
from brokerport_opend.connecting.resolve import addresses
try:
    asyncio.run(asyncio.wait_for(addresses("gateway.example"), 0.05))
except TimeoutError:
    print("gave up")
"""


def test_a_resolver_that_hangs_does_not_keep_the_program_from_ending() -> None:
    done = subprocess.run([sys.executable, "-W", "error", "-c", HANGS], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr, done.returncode) == ("gave up\n", "", 0)
