"""Whatever ends a command: a number and one line, and no traceback."""

from __future__ import annotations

import os
import runpy
import signal
import socket
import subprocess
import sys
from contextlib import closing
from io import StringIO
from pathlib import Path

import pytest

from brokerport.cli import exit_codes, main
from brokerport_opend.messages import short_volume_pb2
from core.cli.running import AddPlugin, Run, Serve
from protos.gateway import Script, answering, hangs_up, silent

MOOMOO = ("--broker", "moomoo")
ASK = ("short-volume", "HK.00700", *MOOMOO)
SANDBOX = (*ASK, "--sandbox")


def refusing(text: str) -> Script:
    return answering({3248: short_volume_pb2.Response(retType=-1, retMsg=text)})


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["short-volume", "00700", *MOOMOO], "'00700'"),
        (["short-volume", "HK.00700", "--broker", "acme"], "'acme'"),
        (["short-volume", "HK.00700"], "--broker"),
        (["short-volume"], "SYMBOL"),
        (["short-volume", "HK.00700", "US.TSLA"], "US.TSLA"),
        (["long-volume", "HK.00700"], "long-volume"),
        ([*SANDBOX, "--limit", "0"], '"0" for --limit'),
        ([*SANDBOX, "--limit", "many"], "many"),
        (["compare", "futu", "moomoo", "short-volume", "US.TSLA", "--limit", "0"], '"0" for --limit'),
        (["compare", "moomoo", "finra", "short-volume", "US.TSLA", "--sandbox"], "finra has no sandbox; leave out --sandbox"),
        (["short-volume", "US.TSLA", "--broker", "finra", "--host", "::1"], "finra has no host; leave out --host"),
        (["short-volume", "HK.00700", "--broker", "moomoo,"], "'moomoo,' has a comma with no name beside it"),
        ([*SANDBOX, "--limit", "3", "--all"], "--all"),
        ([*SANDBOX, "--format", "xml"], "xml"),
        ([*SANDBOX, "--timeout", "nan"], "nan"),
        ([*ASK, "--port", "70000"], "70000"),
        ([*SANDBOX, "--after", ""], "cursor"),
        (["broker-ranking", "HK.00700", *MOOMOO, "--sandbox", "--days-before", "-1"], '"-1" for --days-before'),
        (["capabilities", "acme"], "'acme'"),
    ],
)
def test_wrong_use_is_2_and_names_what_is_wrong(run: Run, arguments: list[str], word: str) -> None:
    ended = run(*arguments)
    assert ended.code == 2
    error, *others = ended.words.splitlines()
    assert error.startswith("error: ")
    assert word in error
    assert not others


def test_nobody_listening_is_3(run: Run) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    ended = run(*ASK, "--port", str(port))
    assert ended.code == 3
    assert f"127.0.0.1:{port}" in ended.words


def test_a_gateway_that_hangs_up_is_3(run: Run, serve: Serve) -> None:
    assert run(*ASK, *serve(hangs_up)).code == 3


def test_time_up_is_4(run: Run, serve: Serve) -> None:
    ended = run(*ASK, *serve(silent), "--timeout", "0.05")
    assert ended.code == 4
    assert "0.05 s" in ended.words


def test_quota_used_up_is_5(run: Run, serve: Serve) -> None:
    ended = run(*ASK, *serve(refusing("获取每日卖空量频率太高，请求失败，每30秒最多30次。")), "--timeout", "20")
    assert ended.code == 5
    assert "wait 30 s" in ended.words


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["short-volume", "SH.600000", *MOOMOO, "--sandbox"], "HK, US"),
        (["short-volume", "HK.UNKNOWN", *MOOMOO, "--sandbox"], "HK.UNKNOWN"),
    ],
)
def test_no_such_data_is_6(run: Run, arguments: list[str], word: str) -> None:
    ended = run(*arguments)
    assert ended.code == 6
    assert word in ended.words


def test_not_entitled_is_6(run: Run, serve: Serve) -> None:
    assert run(*ASK, *serve(refusing("no permission"))).code == 6


def test_a_reply_without_sense_is_7(run: Run, serve: Serve) -> None:
    ended = run(*ASK, *serve(answering({3248: short_volume_pb2.Response(retType=0)})))
    assert ended.code == 7
    assert "holds no data" in ended.words


def test_a_plugin_that_does_not_load_is_8(run: Run, add_plugin: AddPlugin) -> None:
    add_plugin("broken", "import no_such_module")
    ended = run("ark-dynamic", "US.TSLA", "--broker", "broken")
    assert ended.code == 8
    assert "brokerport-broken 1.2" in ended.words
    assert "no_such_module" in ended.words


def test_errors_leave_stdout_empty(run: Run) -> None:
    assert run("short-volume", "00700", *MOOMOO).data == ""


def test_help_tells_every_exit_code(run: Run) -> None:
    ended = run("--help")
    assert ended.code == 0
    for code in exit_codes.EXIT_CODES:
        assert f"{code.number:>5}  {code.meaning}" in ended.data.splitlines()


def test_version_is_the_distributions(run: Run) -> None:
    assert run("--version").data.startswith("brokerport 0.")


def test_without_the_extra_it_says_what_to_install(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cyclopts", None)
    monkeypatch.delitem(sys.modules, "brokerport.cli.app", raising=False)
    ended = run("brokers")
    assert ended.code == 2
    assert ended.words == "error: the command line needs cyclopts: pip install 'brokerport[cli]', or only 'cyclopts>=4.2' 'rich>=13.7'\n"


def test_another_module_that_is_missing_is_not_hidden(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "brokerport.cli.app", raising=False)
    monkeypatch.setitem(sys.modules, "brokerport.cli.demo", None)
    monkeypatch.delattr("brokerport.cli.demo", raising=False)
    with pytest.raises(ModuleNotFoundError):
        run("brokers")


@pytest.mark.parametrize("arguments", [["brokers"], ["brokers", "--format", "csv"], ["--help"]])
def test_a_reader_that_has_seen_enough_ends_it_quietly(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as stdout:
        monkeypatch.setattr(sys, "stdout", stdout)
        assert main(arguments) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(("arguments", "code"), [(["brokers"], 1), (["short-volume", "00700", *MOOMOO], 2)])
def test_streams_may_be_closed_and_data_that_are_lost_are_a_failure(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], code: int
) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    assert main(arguments) == code
    sys.stderr.close()


def test_data_that_are_lost_are_told_of(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    assert main(["brokers"]) == 1
    assert capsys.readouterr().err == "error: stdout is closed: the data are lost\n"


def test_a_list_that_goes_on_keeps_its_dots(run: Run) -> None:
    assert "compare, ...; see brokerport --help" in run("long-volume").words
    assert " --all; see brokerport short-volume --help" in run(*SANDBOX, "--limit", "3", "--all").words.replace("}", "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
def test_a_full_disk_is_1(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with Path("/dev/full").open("w") as stdout:
        monkeypatch.setattr(sys, "stdout", stdout)
        assert main(["brokers"]) == 1
    assert "No space left" in capsys.readouterr().err


def test_stdout_of_another_kind_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    stdout = StringIO()
    monkeypatch.setattr(sys, "stdout", stdout)
    assert main(["brokers", "--format", "csv"]) == 0
    assert stdout.getvalue().startswith("broker,")


def test_it_runs_as_a_module(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["brokerport", "short-volume", "00700", *MOOMOO])
    with pytest.raises(SystemExit, match="2"):
        runpy.run_module("brokerport.cli", run_name="__main__")
    assert "'00700'" in capsys.readouterr().err


def test_an_interrupt_is_130_and_no_traceback() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gateway:
        command = [sys.executable, "-m", "brokerport.cli", *ASK, "--port", str(gateway.getsockname()[1])]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process, gateway.accept()[0]:
            process.send_signal(signal.SIGINT)
            _, words = process.communicate()
    assert process.returncode == 130
    assert words == "error: interrupted\n"


def test_help_loads_neither_plugins_nor_what_asking_needs() -> None:
    heavy = {"asyncio", "ssl", "urllib.request", "typed_settings", "google.protobuf", "brokerport_opend"}
    program = f"import sys; from brokerport.cli import main; main(['--help']); sys.exit(sorted({heavy} & sys.modules.keys()) or 0)"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
