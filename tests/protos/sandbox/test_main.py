from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from brokerport import HandshakeError, registry
from brokerport.calls.retry import ATTEMPTS
from brokerport_opend.sandbox import SANDBOX_MARK, Sandbox
from brokerport_opend.sandbox.__main__ import _serve, main
from keys import write
from protos.sandbox.raw_client import RawClient


@pytest.fixture
def handlers() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.usefixtures("handlers")
async def test_it_serves_until_a_signal(number: signal.Signals, capsys: pytest.CaptureFixture[str]) -> None:
    sandbox = Sandbox()
    serving = asyncio.create_task(_serve(sandbox))
    while not sandbox.port:  # noqa: ASYNC110  # it has no event to tell by, and needs none but here
        await asyncio.sleep(0)
    client = await RawClient.greet(sandbox)
    signal.raise_signal(number)
    await serving
    await client.close()
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == f"brokerport sandbox listens on 127.0.0.1:{sandbox.port}; all its data are synthetic\n"


@pytest.mark.usefixtures("handlers")
def test_a_port_in_use_is_said_so(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other, pytest.raises(SystemExit) as end:
        main(["--port", str(port := other.getsockname()[1])])
    assert str(end.value).startswith(f"the sandbox cannot listen on 127.0.0.1:{port}: ")
    assert "in use" in str(end.value)


RECORD = ["--record", "out", "--upstream"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--port", "65536"], "port = 65536 must be a whole number from 0 to 65535"),
        (["--port", "-1"], "port = -1 must be a whole number from 0 to 65535"),
        (["--port", "\uff11\uff12"], "argument --port: '\uff11\uff12' is no whole number; write one such as 11111"),
        (["--port", "9" * 5000], f"argument --port: '{'9' * 63}… is no whole number"),
        (["--websocket-port", "65536"], "websocket_port = 65536 must be a whole number from 0 to 65535"),
        (["--websocket-port", "1e3"], "argument --websocket-port: '1e3' is no whole number"),
        (["--seed", "f" * 5000], f"argument --seed: '{'f' * 63}… is no whole number"),
        (["--seed", "9" * 5000], f"argument --seed: '{'9' * 63}… is no whole number"),
        (["--seed", str(2**64)], "seed = a number of 65 bits must be a whole number from -9223372036854775808 to 18446744073709551615"),
        (["--max-connections", "0"], "max_connections = 0 must be a whole number from 1 to 2147483647"),
        (["--max-connections", "1_000"], "argument --max-connections: '1_000' is no whole number"),
        (["--host", "1" * 100_000], f"the loopback interface only (127.0.0.1 or ::1), not on '{'1' * 63}…"),
        (["--scenario", "gone.toml"], "gone.toml: there is no such file"),
        (["--replay", "."], "replay: . holds no recording"),
        (["--websocket-port", "0", "--websocket-key-file", "."], "--websocket-key-file: . cannot be read: it is a folder"),
        ([*RECORD, "host"], "upstream: 'host' is no address; it takes HOST:PORT"),
        ([*RECORD, "host:\uff11"], "upstream: 'host:\uff11' is no address"),
        ([*RECORD, "host:" + "9" * 100_000], f"upstream: 'host:{'9' * 58}… is no address"),
        ([*RECORD, "host:65536"], "upstream: 'host:65536' is no address"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, list) else "",
)
def test_what_an_option_cannot_be_is_said_with_its_name_and_what_is_right(
    options: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as end:
        main(options)
    told = capsys.readouterr().err
    assert (end.value.code, said in told, len(told) < 2000) == (2, True, True), told


def test_another_interface_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--host", "0.0.0.0"])
    assert end.value.code == 2
    assert "loopback interface only" in capsys.readouterr().err


@pytest.mark.timeout(20)
@pytest.mark.skipif(sys.platform != "linux", reason="a limit is set from outside")
def test_more_clients_than_the_system_has_files_are_a_line_and_no_traceback() -> None:
    import resource

    command = [sys.executable, "-m", "brokerport_opend.sandbox", "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as program:
        assert program.stderr
        port = int(program.stderr.readline().split(";")[0].rpartition(":")[2])
        resource.prlimit(program.pid, resource.RLIMIT_NOFILE, (20, 20))
        clients = [socket.create_connection(("127.0.0.1", port)) for _ in range(40)]
        line = program.stderr.readline()
        for each in clients:
            each.close()
        program.send_signal(signal.SIGTERM)
        _, rest = program.communicate(timeout=10)
    assert line.startswith("the system refuses: socket.accept() out of system resource: [Errno 24]")
    assert "Traceback" not in rest
    assert program.returncode == 0


@pytest.mark.timeout(20)
@pytest.mark.skipif(sys.platform == "win32", reason="has no such signals")
def test_the_program_ends_in_peace() -> None:
    command = [sys.executable, "-W", "error", "-m", "brokerport_opend.sandbox", "--port", "0", "--no-quotas"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as program:
        assert program.stderr
        line = program.stderr.readline()
        host, port = line.split(";")[0].split()[-1].split(":")
        with socket.create_connection((host, int(port))) as client:
            program.send_signal(signal.SIGTERM)
            assert client.recv(1) == b""
        output, errors = program.communicate(timeout=10)
    assert (program.returncode, output, errors) == (0, "", "")


def test_a_key_that_others_can_read_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--rsa-key", str(write(tmp_path, mode=0o644))])
    assert end.value.code == 2
    assert "run: chmod 600" in capsys.readouterr().err


@pytest.mark.timeout(20)
@pytest.mark.skipif(sys.platform == "win32", reason="has no such signals")
def test_the_program_encrypts_with_a_key(tmp_path: Path) -> None:
    key = str(write(tmp_path))
    command = [sys.executable, "-W", "error", "-m", "brokerport_opend.sandbox", "--port", "0", "--rsa-key", key]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as program:
        assert program.stderr
        port = int(program.stderr.readline().split(";")[0].rpartition(":")[2])
        with registry.get("moomoo", port=port, rsa_key=key) as moomoo:
            assert moomoo.ark_dynamic("US.TSLA").source.sandbox
        with registry.get("moomoo", port=port) as moomoo, pytest.raises(HandshakeError, match="rsa_key"):
            moomoo.ark_dynamic("US.TSLA")
        program.send_signal(signal.SIGTERM)
        _, errors = program.communicate(timeout=10)
    assert program.returncode == 0
    assert errors.count("closing a connection: the body of protocol 1001") + errors.count("closing a connection: a body came") == ATTEMPTS


def test_a_client_knows_the_mark_without_the_sandbox() -> None:
    code = "import sys, brokerport_opend.provider; print([name for name in sys.modules if 'sandbox' in name])"
    assert subprocess.run([sys.executable, "-c", code], timeout=4, check=True, capture_output=True, text=True).stdout == "[]\n"
    assert SANDBOX_MARK == "brokerport sandbox"
