"""A token is got once, by whoever comes first, and kept where nobody else can read it."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from brokerport import ConnectionLostError, HandshakeError
from brokerport.kit import token_store
from brokerport.kit.token_store import EARLY, LONGEST, Token, TokenStore
from brokerport.settings.secret import Secret
from brokerport.testing import run_in_virtual_time
from core.toy import until

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)

posix = pytest.mark.skipif(sys.platform == "win32", reason="there, the user's profile is closed to others")


class Server:
    """Gives ``first-1``, ``first-2`` and so on, each for an hour; waits where it is held."""

    def __init__(self, name: str = "first", *, lasts: timedelta | None = HOUR, held: asyncio.Event | None = None) -> None:
        self.name = name
        self.lasts = lasts
        self.asked: list[Token | None] = []
        self.held = held
        self.error: Exception | None = None

    async def log_in(self, before: Token | None) -> Token:
        self.asked.append(before)
        number = len(self.asked)
        if self.held is not None:
            await self.held.wait()
        if self.error is not None:
            raise self.error
        return Token(Secret(f"{self.name}-{number}"), None if self.lasts is None else NOW + self.lasts, Secret(f"again-{number}"))


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for the tokens."""
    for variable in ("XDG_STATE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(variable, str(tmp_path))
    return tmp_path / "brokerport" / "tokens"


def store(server: Server, now: datetime = NOW, account: str = "mine") -> TokenStore:
    return TokenStore("acme", account, server.log_in, now=lambda: now)


def only(folder: Path) -> Path:
    """The one file there."""
    (file,) = (path for path in folder.rglob("*") if path.is_file() or path.is_symlink())
    return file


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def text(tokens: TokenStore) -> str:
    return (await tokens.token()).secret.reveal()


# One login


async def test_a_token_is_got_once_and_used_until_it_expires() -> None:
    server, moment = Server(), [NOW]
    tokens = TokenStore("acme", "mine", server.log_in, now=lambda: moment[0])
    assert [await text(tokens), await text(tokens)] == ["first-1", "first-1"]
    moment[0] = NOW + HOUR - EARLY
    server.lasts = 2 * HOUR
    assert [await text(tokens), await text(tokens)] == ["first-2", "first-2"]
    assert server.asked == [None, Token(Secret("first-1"), NOW + HOUR, Secret("again-1"))]


async def test_a_token_of_which_only_the_server_knows_the_end_lasts() -> None:
    assert await text(store(Server(lasts=None))) == "first-1"
    assert await text(store(Server("second"), NOW + 1000 * HOUR)) == "first-1"


async def test_all_who_need_it_at_the_same_time_share_one_login() -> None:
    server = Server()
    tokens = store(server)
    assert {*await asyncio.gather(*(text(tokens) for _ in range(20)))} == {"first-1"}
    assert len(server.asked) == 1


async def test_a_login_goes_on_when_its_caller_leaves() -> None:
    held = asyncio.Event()
    server = Server(held=held)
    tokens = store(server)
    call = asyncio.create_task(tokens.token())
    await until(lambda: bool(server.asked))
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)
    held.set()
    assert await text(tokens) == "first-1"
    assert len(server.asked) == 1


async def test_a_failure_reaches_all_who_wait_and_the_next_tries_again() -> None:
    server = Server()
    server.error = HandshakeError("wrong key")
    tokens = store(server)
    outcome = await asyncio.gather(*(tokens.token() for _ in range(3)), return_exceptions=True)
    assert [str(each) for each in outcome] == ["wrong key"] * 3
    server.error = None
    assert await text(tokens) == "first-2"


def test_a_login_that_does_not_end_is_a_lost_connection() -> None:
    async def ask() -> None:
        server = Server(held=asyncio.Event())
        with pytest.raises(ConnectionLostError, match=f"acme: the login did not end within {LONGEST:g} s"):
            await store(server).token()

    run_in_virtual_time(ask())


async def test_a_time_out_of_the_authors_own_is_his() -> None:
    server = Server()
    server.error = TimeoutError("mine")
    with pytest.raises(TimeoutError, match="mine"):
        await store(server).token()


async def test_closing_ends_a_login_under_way() -> None:
    server = Server(held=asyncio.Event())
    tokens = store(server)
    call = asyncio.create_task(tokens.token())
    await until(lambda: bool(server.asked))
    await tokens.aclose()
    assert isinstance((await asyncio.gather(call, return_exceptions=True))[0], asyncio.CancelledError)
    assert asyncio.all_tasks() == {asyncio.current_task()}


# A token that the server does not take


async def test_a_token_that_was_refused_is_replaced_once_for_all() -> None:
    server = Server()
    tokens = store(server)
    refused = await tokens.token()
    others = await asyncio.gather(*(tokens.after(refused) for _ in range(5)))
    assert {each.secret.reveal() for each in others} == {"first-2"}
    assert (await tokens.after(refused)).secret.reveal() == "first-2"
    assert server.asked == [None, refused]


async def test_one_that_another_process_replaced_already_is_taken_from_it() -> None:
    first, second = store(Server("first")), store(Server("second"))
    refused = await first.token()
    assert await text(second) == "first-1"
    assert (await second.after(refused)).secret.reveal() == "second-1"
    assert (await first.after(refused)).secret.reveal() == "second-1"


# The file


async def test_another_store_finds_it_and_another_account_does_not() -> None:
    first = Server()
    assert await text(store(first)) == "first-1"
    assert await text(store(Server("second"))) == "first-1"
    assert await text(store(Server("second"), account="other")) == "second-1"
    assert await text(store(Server("second"), NOW + HOUR)) == "second-1"


@posix
async def test_file_and_folder_are_the_users_alone(state: Path) -> None:
    previous = os.umask(0)
    try:
        await text(store(Server()))
    finally:
        os.umask(previous)
    file = only(state)
    assert (mode(state), mode(file)) == (0o700, 0o600)
    assert json.loads(file.read_bytes()) == {"secret": "first-1", "expires_at": "2026-11-20T13:00:00+00:00", "refresh": "again-1"}
    assert "mine" not in file.name


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"{",
        b"[]",
        b'{"secret": "x"}',
        b'{"secret": 7, "expires_at": null, "refresh": null}',
        b'{"secret": "x", "expires_at": "2027-01-01T00:00:00", "refresh": null}',
        b"\xff",
        b'{"a":' * 10_000,
        b'{"secret": "x", "expires_at": ' + b"1" * 5000 + b', "refresh": null}',
    ],
)
async def test_a_damaged_file_is_written_anew(state: Path, damage: bytes) -> None:
    await text(store(Server()))
    file = only(state)
    file.write_bytes(damage)
    assert await text(store(Server("second"))) == "second-1"
    assert await text(store(Server("third"))) == "second-1"


def _link(file: Path, elsewhere: Path) -> None:
    elsewhere.write_bytes(file.read_bytes())
    elsewhere.chmod(0o600)
    file.unlink()
    file.symlink_to(elsewhere)


def _open_to_all(file: Path, _: Path) -> None:
    file.chmod(0o644)


@posix
@pytest.mark.parametrize("spoil", [_link, _open_to_all])
async def test_a_file_that_may_be_anothers_is_not_used_and_costs_no_call(
    state: Path, tmp_path: Path, spoil: Callable[[Path, Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    await text(store(Server()))
    file = only(state)
    spoil(file, tmp_path / "elsewhere")
    before = file.read_bytes()
    with caplog.at_level(logging.WARNING, "brokerport"):
        assert await text(store(Server("second"))) == "second-1"
    assert "acme: the token is not kept, as the file for it cannot be used" in caplog.text
    assert file.read_bytes() == before


@posix
async def test_a_file_of_somebody_elses_is_not_used(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await text(store(Server()))
    stranger = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: stranger)
    assert await text(store(Server("second"))) == "second-1"


@posix
async def test_a_folder_that_cannot_be_made_costs_no_call(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "brokerport").write_text("no folder")
    with caplog.at_level(logging.WARNING, "brokerport"):
        assert await text(store(Server())) == "first-1"
    assert "the token is not kept" in caplog.text


@posix
async def test_without_a_file_a_token_that_was_refused_is_replaced_once_too(tmp_path: Path) -> None:
    (tmp_path / "brokerport").write_text("no folder")
    server = Server()
    tokens = store(server)
    refused = await tokens.token()
    assert await tokens.after(refused) == await tokens.after(refused)
    assert len(server.asked) == 2


async def test_without_a_folder_of_its_own_it_is_below_the_home_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for variable, home in (("XDG_STATE_HOME", "relative"), ("LOCALAPPDATA", ""), ("HOME", str(tmp_path)), ("USERPROFILE", str(tmp_path))):
        monkeypatch.setenv(variable, home)
    await text(store(Server()))
    assert only(tmp_path).parent.name == "tokens"


async def test_a_home_folder_that_is_no_whole_path_keeps_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.chdir(tmp_path)
    for variable, home in (("XDG_STATE_HOME", ""), ("LOCALAPPDATA", ""), ("HOME", "relative"), ("USERPROFILE", "relative")):
        monkeypatch.setenv(variable, home)
    with caplog.at_level(logging.WARNING, "brokerport"):
        assert await text(store(Server()))
    assert "nobody knows your home folder: set HOME to its whole path" in caplog.text
    assert [*tmp_path.iterdir()] == []  # noqa: ASYNC240  # nothing waits for it


async def test_nothing_is_told_of_it(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        tokens = store(Server())
        token = await tokens.token()
    assert "first-1" not in caplog.text + repr(token) + repr(tokens)
    assert "again-1" not in repr(token)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="is in no time zone"):
        Token(Secret("text"), datetime(2026, 1, 1))  # noqa: DTZ001  # that is the fault


# Processes


OTHER = """
import asyncio, sys
from pathlib import Path
from brokerport.kit.token_store import Token, TokenStore
from brokerport.settings.secret import Secret

async def log_in(before):
    print("logging in", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    return Token(Secret("another process's"))

print(asyncio.run(TokenStore("acme", "mine", log_in).token()).secret.reveal(), flush=True)
"""


async def test_one_process_logs_in_and_the_others_wait_for_its_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(token_store, "BUSY", 0.02)
    server = Server()
    other = await asyncio.create_subprocess_exec(sys.executable, "-c", OTHER, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert other.stdin is not None
    assert other.stdout is not None
    assert await other.stdout.readline() == b"logging in\n"
    call = asyncio.create_task(text(store(server)))
    await asyncio.sleep(0)
    assert (await other.communicate(b"\n"))[0] == b"another process's\n"
    assert (await call, server.asked) == ("another process's", [])
