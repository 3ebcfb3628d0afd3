"""On which addresses the sandbox listens, and what it says when it cannot."""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from brokerport_opend.sandbox import Sandbox
from brokerport_opend.sandbox.__main__ import main
from brokerport_opend.sandbox.address import advice, bind_address, warn_if_exposed
from keys import write

ELSEWHERE = "192.0.2.1"  # of documentation: no machine has it


@pytest.mark.parametrize("host", ["0.0.0.0", "::", ELSEWHERE, "example.com", ""])
def test_told_once_it_listens_on_the_loopback_interface_only(host: str) -> None:
    with pytest.raises(ValueError, match="loopback interface only"):
        bind_address(host, exposed=False, has_key=True)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", ELSEWHERE])
def test_told_twice_it_listens_anywhere_but_not_without_a_key(host: str) -> None:
    assert bind_address(host, exposed=True, has_key=True) == host
    with pytest.raises(ValueError, match="needs an RSA key"):
        bind_address(host, exposed=True, has_key=False)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_the_loopback_interface_takes_no_key_however_often_it_is_told(host: str) -> None:
    assert bind_address(host, exposed=True, has_key=False) in {"127.0.0.1", "::1"}


@pytest.mark.parametrize("host", ["example.com", "", "1.2.3", "0.0.0.0:80"])
def test_a_name_is_no_address_to_listen_on(host: str) -> None:
    with pytest.raises(ValueError, match="an IP address of this machine"):
        bind_address(host, exposed=True, has_key=True)


def test_websockets_are_not_for_other_machines() -> None:
    with pytest.raises(ValueError, match="leave websocket_port out"):
        bind_address("0.0.0.0", exposed=True, has_key=True, has_websockets=True)
    assert bind_address("::1", exposed=True, has_key=True, has_websockets=True) == "::1"


@pytest.mark.parametrize(("host", "warns"), [("0.0.0.0", True), ("::", True), ("127.0.0.1", False), ("::1", False)])
def test_it_warns_where_other_machines_reach_it(host: str, warns: bool, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "brokerport"):
        warn_if_exposed(host, 11111)
    assert ("other machines can reach the sandbox on" in caplog.text) is warns


async def test_the_socket_is_where_it_says() -> None:
    async with Sandbox() as sandbox:
        assert sandbox._server is not None
        assert [each.getsockname() for each in sandbox._server.sockets] == [("127.0.0.1", sandbox.port)]


async def test_an_address_of_another_machine_is_the_systems_error(tmp_path: Path) -> None:
    with pytest.raises(OSError) as raised:  # noqa: PT011  # its number is looked at
        await Sandbox(host=ELSEWHERE, exposed=True, rsa_key=write(tmp_path)).start()
    assert raised.value.errno in {errno.EADDRNOTAVAIL, None}  # from Python 3.13 on, asyncio tells of it in words alone


async def test_a_kind_of_address_that_the_machine_does_not_speak_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where the system was built without IPv6."""
    make = socket.socket

    def without_ipv6(family: int = -1, *arguments: Any, **more: Any) -> socket.socket:
        if family == socket.AF_INET6:
            raise OSError(errno.EAFNOSUPPORT, "Address family not supported by protocol")
        return make(family, *arguments, **more)

    monkeypatch.setattr(socket, "socket", without_ipv6)
    sandbox = Sandbox(host="::1")
    with pytest.raises(OSError) as raised:  # noqa: PT011  # as above; newer asyncio says it without a number
        await sandbox.start()
    assert "::1" in str(raised.value)
    assert raised.value.errno in {errno.EAFNOSUPPORT, None}
    assert asyncio.all_tasks() == {asyncio.current_task()}


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.EADDRINUSE, "choose another --port, 0 takes a free one"),
        (errno.EACCES, "those below 1024 are the system's"),
        (errno.EADDRNOTAVAIL, "this machine has no such address"),
        (errno.EAFNOSUPPORT, "does not speak IPv6"),
        (errno.EIO, "choose another --host or --port"),
    ],
)
def test_every_failure_has_an_advice(number: int, words: str) -> None:
    assert words in advice(OSError(number, "so"))


def test_the_program_says_what_to_do_and_exits_with_1(tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--listen", ELSEWHERE, "--exposed", "--port", "0", "--rsa-key", str(write(tmp_path))])
    assert f"cannot listen on {ELSEWHERE}:0: " in str(end.value)
    assert "this machine has no such address" in str(end.value)


def test_the_program_has_to_be_told_twice_and_takes_a_key(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, words in ((["--listen", "0.0.0.0"], "loopback interface only"), (["--listen", "0.0.0.0", "--exposed"], "RSA key")):
        with pytest.raises(SystemExit) as end:
            main(arguments)
        assert end.value.code == 2
        assert words in capsys.readouterr().err


WRITES_NOTHING = """
import sys
def watch(event, arguments):
    if event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+") or event in ("os.mkdir", "os.rename"):
        print("wrote", event, arguments, flush=True)
sys.addaudithook(watch)
import asyncio
from brokerport_opend.sandbox import Sandbox
async def work():
    async with Sandbox() as sandbox:
        await asyncio.open_connection(*sandbox.address)
asyncio.run(work())
"""


@pytest.mark.timeout(20)
def test_a_disk_that_cannot_be_written_to_is_no_matter() -> None:
    """Nothing is written."""
    program = subprocess.run([sys.executable, "-B", "-c", WRITES_NOTHING], timeout=15, check=True, capture_output=True, text=True)
    assert program.stdout == ""
