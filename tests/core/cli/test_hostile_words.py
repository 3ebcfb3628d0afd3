"""Whatever a broker, a plugin or a user writes: nothing that a terminal would obey reaches one, and data stay data."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from brokerport import PluginError, QuotaError, Registry
from brokerport.cli import main
from brokerport.logs import log
from brokerport.questions import QUESTIONS
from brokerport.terminal import obeyed, visible
from core.cli.evil import FAILURE, FAILURES, HOSTILE, WRONG
from core.cli.running import Run

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")

COLOUR = re.compile(r"\x1b\[[\d;]*m")  # of titles and of the help; the hostile texts have other sequences
ASK = ("US.TSLA", "--broker", "evil")
FORMATS = ("table", "csv", "json")
COMMANDS = [
    *(((name.replace("_", "-")), *ASK) for name in (*QUESTIONS, "gossip")),
    ("brokers",),
    ("brokers", "--load"),
    ("capabilities",),
    ("doctor", "evil"),
    ("doctor", "evil", "ill"),
    ("compare", "evil", "twin", "broker-ranking", "US.TSLA"),
    ("compare", "evil", "twin", "gossip", "US.TSLA"),
]
TYPED = HOSTILE.replace("\0", "").replace("\ud83d", "")  # an argument can have neither
WITHOUT_FORMAT = [
    ("demo", "evil"),
    ("schema", "gossip"),
    ("gossip", "--help"),
    ("compare", "evil", "evil", "gossip", "--help"),
    ("--help",),
    ("capabilities", "ill"),
    ("ark-dynamic", "US.TSLA", "--broker", "ill"),
    ("ark-dynamic", "US.TSLA", "--broker", "evil,ill"),
    # a user's own words, as of a script that hands on what it was told
    ("short-volume", TYPED),
    ("short-volume", *ASK, "--after", TYPED),
    ("short-volume", *ASK, "--limit", TYPED),
    ("short-volume", *ASK, "--set", TYPED),
    ("short-volume", *ASK, "--set", f"{TYPED}=1"),
    ("short-volume", *ASK, "--format", TYPED),
    ("short-volume", "US.TSLA", "--broker", TYPED),
    ("schema", TYPED),
    ("doctor", TYPED),
    ("doctor", "evil", "--symbol", TYPED),
    ("demo", TYPED),
    ("compare", "evil", "twin", "gossip", "US.TSLA", "--tolerance", TYPED),
    ("new-plugin", TYPED),
    (TYPED,),
    (f"--{TYPED}",),
]


@pytest.fixture(autouse=True)
def evil(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The hostile plugin, one that does not load, and one whose metadata are hostile, installed."""
    enlist(tmp_path, "brokerport-evil", "1.2", "evil = core.cli.evil")
    (tmp_path / "ill.py").write_text(f"raise ImportError({HOSTILE!a})")
    enlist(tmp_path, "brokerport-ill", "1.0\x1b[2J\x9b\u202e", "ill = ill")
    (tmp_path / "about").mkdir()
    (tmp_path / "about" / "__init__.py").touch()
    toml = json.dumps(HOSTILE.encode("utf-8", "ignore").decode())
    (tmp_path / "about" / "brokerport.toml").write_text(f"api = '>=1.0,<2'\nabout = {toml}\n[capabilities.ark_dynamic]\n", "utf-8")
    enlist(tmp_path, "brokerport-strange", "2.0", "str\x1b[2Jange\u202e\x9b = about")
    monkeypatch.syspath_prepend(tmp_path)
    _forget_afterwards(monkeypatch)
    monkeypatch.setenv("BROKERPORT_TWIN_PLUGIN", "evil")
    monkeypatch.setenv("COLUMNS", "9999")  # a line that begins with what is forged shall not be one that was folded
    return tmp_path


def _forget_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    """A registry and commands of its own: what the plugin teaches them is for no other test."""
    from brokerport.cli import app  # noqa: F401  # all that it imports is there to be told

    own = Registry()
    for name, module in [*sys.modules.items()]:
        if name == "brokerport.registry" or (name.startswith("brokerport.cli") and hasattr(module, "registry")):
            monkeypatch.setattr(module, "registry", own)
    monkeypatch.delitem(sys.modules, "brokerport.cli.app")


def enlist(site: Path, distribution: str, version: str, entry: str) -> None:
    info = site / f"{distribution.replace('-', '_')}-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n", "utf-8")
    (info / "entry_points.txt").write_text(f"[brokerport]\n{entry}\n", "utf-8")


@contextmanager
def terminal() -> Iterator[tuple[Any, list[str]]]:
    """A real one: a file to write to, and what it was sent, once it is closed."""
    import termios
    import tty

    ours, theirs = os.openpty()
    tty.setraw(theirs, termios.TCSANOW)  # it adds nothing of its own
    screen: list[str] = []

    def look() -> None:
        sent = b""
        with os.fdopen(ours, "rb", buffering=0) as file:
            try:
                while more := file.read(2**16):
                    sent += more
            except OSError:  # how Linux tells that the other end was closed
                pass
        screen.append(sent.decode("utf-8", "backslashreplace"))

    reader = Thread(target=look)
    reader.start()
    try:
        with os.fdopen(theirs, "w", encoding="utf-8", errors="backslashreplace") as file:
            yield file, screen
    finally:
        reader.join()


def shown(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> str:
    """What a terminal is sent, which stdout and stderr both are."""
    with terminal() as (file, screen), monkeypatch.context() as patch:
        assert file.isatty()
        patch.setattr(sys, "stdout", file)
        patch.setattr(sys, "stderr", file)
        assert main(arguments) in range(12)
    return screen[0]


def assert_harmless(sent: str) -> None:
    assert sent.strip()
    left = COLOUR.sub("", sent)
    assert {letter for letter in left if obeyed(letter)} <= {"\n"}
    assert not [line for line in left.splitlines() if line.strip("'\" ").startswith("forged")]


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_field_of_a_broker_reaches_a_terminal_as_it_is(command: tuple[str, ...], form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = shown(monkeypatch, *command, "--format", form)
    assert_harmless(sent)
    assert "[2J" in sent or command[0] not in ("gossip", "broker-ranking", "brokers", "doctor", "compare")  # it was there to be shown


@pytest.mark.parametrize("command", WITHOUT_FORMAT, ids=range(len(WITHOUT_FORMAT)))
def test_nor_does_what_a_user_or_a_plugin_says(command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    assert_harmless(shown(monkeypatch, *command))


@pytest.mark.parametrize("command", [("ark-dynamic", *ASK), ("gossip", *ASK), ("doctor", "evil"), ("demo", "evil")], ids=" ".join)
@pytest.mark.parametrize("failure", FAILURES)
def test_nor_does_any_error_of_a_plugin(command: tuple[str, ...], failure: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FAILURE, failure)
    monkeypatch.setenv("BROKERPORT_EVIL_TIMEOUT", "0.3")
    monkeypatch.setenv("BROKERPORT_EVIL_QUOTAS", "false")
    assert_harmless(shown(monkeypatch, *command))


def test_nor_does_an_answer_that_is_not_as_promised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(WRONG, "1")
    sent = shown(monkeypatch, "ark-dynamic", *ASK)
    assert_harmless(sent)
    assert "evil broke a promise: ark_dynamic.transactions is" in sent


def test_nor_does_a_printed_explanation(monkeypatch: pytest.MonkeyPatch) -> None:
    for failure in (None, *FAILURES):
        monkeypatch.setenv(FAILURE, failure or "")
        told = str(Registry().explain("evil", "gossip", "US.TSLA", probe=False))
        assert {letter for letter in told if obeyed(letter)} == {"\n"}
        assert "[2J" in told


def test_the_program_itself_does_as_main_does(evil: Path) -> None:
    path = os.pathsep.join(map(str, (evil, Path(__file__).parents[2])))
    with terminal() as (file, screen):
        command = [sys.executable, "-m", "brokerport.cli", "gossip", *ASK]
        ended = subprocess.run(command, stdout=file, stderr=file, env={**os.environ, "PYTHONPATH": path}, check=False)
    assert ended.returncode == 0
    assert_harmless(screen[0])
    assert screen[0].startswith("\x1b[1mA\\x1b[2J\\x1b]0;pwn\\x07\\x08\\x00\\x7f\\x85\\x9b31m")


def test_a_file_gets_the_data_as_they_are(run: Run) -> None:
    told = json.loads(run("gossip", *ASK, "--format", "json").data)
    row = told["rows"][0]
    assert (row["teller"], row["mood"], told["source"]["broker"]) == (HOSTILE,) * 3
    row, *_ = csv.DictReader(StringIO(run("gossip", *ASK, "--format", "csv").data, newline=""))
    exact = HOSTILE.encode("utf-8", "backslashreplace").decode()  # a lone surrogate is no text
    assert (row["teller"], row["said"][: len(exact) + 5]) == (exact, f"'=1+1{exact}")


@pytest.mark.parametrize(
    ("command", "note"),
    [
        ("short-volume", 'more rows: their cursor is not fit for a command line; it is "cursor" of --format json, for programs'),
        ("gossip", 'more rows: their cursor is not fit for a command line; it is "cursor" of --format json, for programs'),
        ("short-interest", r"more rows: --after='--set='\"'\"'x'\"'\"' \d+'"),
    ],
)
def test_a_cursor_is_handed_on_for_pasting_only_where_a_shell_gets_it_whole(run: Run, command: str, note: str) -> None:
    assert re.fullmatch(note, run(command, *ASK).words.splitlines()[-1])


def test_nor_does_a_log_have_it(evil: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FAILURE, "quota")
    own = Registry()
    with own.get("evil") as client, pytest.raises(QuotaError):
        client.ark_dynamic("US.TSLA", timeout=0.3)
    with pytest.raises(PluginError):
        own.get("ill")
    log().error("it failed", exc_info=RuntimeError(HOSTILE))
    *messages, _ = caplog.messages
    assert len(messages) >= 2
    assert all("[2J" in each and each.isprintable() for each in messages)
    assert {letter for letter in caplog.text if obeyed(letter)} == {"\n"}  # those of the traceback


def test_what_is_made_visible_is_all_that_a_terminal_would_obey() -> None:
    assert visible("中银国际 a\u3000b\xa0c") == "中银国际 a b c"
    assert visible("\x1b\n\t\x9b\u202e\udc80\U000e0041\\") == r"\x1b\n\t\x9b\u202e\udc80\U000e0041" + "\\"
    for letter in map(chr, (*range(0x3400), *range(0xD7F0, 0xE010), *range(0xFE00, 0x10000), *range(0xE0000, 0xE0100))):
        if not letter.isprintable():
            assert visible(letter).isprintable()
