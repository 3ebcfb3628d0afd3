"""The file of settings: nobody else may change it, and where it holds a secret, nobody else may read it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from attrs import frozen

from brokerport import InvalidRequestError, Secret, Settings
from brokerport.settings import config_file, profile, sources
from mounts import in_memory, secret

pytestmark = pytest.mark.skipif(os.name != "posix", reason="modes and owners are POSIX's")

PLAIN = "[brokers.desk]\ntimeout = 7\n"
WITH_SECRET = '[brokers.desk]\ntoken = "canary"\n'


@frozen(kw_only=True)
class DeskSettings(Settings):
    token: Secret | None = None


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    there = tmp_path / "configuration"
    there.mkdir()
    return there


def desk(file: Path, monkeypatch: pytest.MonkeyPatch) -> DeskSettings:
    monkeypatch.setenv("BROKERPORT_CONFIG", str(file))
    return sources.load(DeskSettings, profile.read("desk", config_file.read()), {})


def written(folder: Path, text: str, mode: int) -> Path:
    file = folder / "config.toml"
    file.write_text(text, "utf-8")
    file.chmod(mode)
    return file


def refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    with pytest.raises(InvalidRequestError) as raised:
        desk(file, monkeypatch)
    assert "canary" not in str(raised.value)
    return str(raised.value)


@pytest.mark.parametrize("mode", [0o400, 0o600, 0o640, 0o644, 0o444, 0o755])
def test_without_a_secret_others_may_read_it(mode: int, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert desk(written(folder, PLAIN, mode), monkeypatch).timeout == 7


@pytest.mark.parametrize("text", [PLAIN, WITH_SECRET, "", "nonsense"])
@pytest.mark.parametrize("mode", [0o666, 0o664, 0o646, 0o620, 0o602, 0o777])
def test_one_that_others_can_change_is_refused_whatever_it_holds(
    mode: int, text: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = written(folder, text, mode)
    assert refused(file, monkeypatch) == f"{file} can be changed by others (mode {mode:o}); run: chmod go-w {file}"


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o444, 0o755])
def test_with_a_secret_others_may_not_read_it(mode: int, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = written(folder, WITH_SECRET, mode)
    told = f"[brokers.desk] in {file} holds a secret, token, and the file can be read by others (mode {mode:o}); run: chmod 600 {file}"
    assert refused(file, monkeypatch) == told
    monkeypatch.setenv("BROKERPORT_CONFIG_MOUNTED", "true")  # which it is not
    assert refused(file, monkeypatch) == told
    file.chmod(0o600)
    assert desk(file, monkeypatch).token == Secret("canary")


def test_a_secret_of_another_broker_hurts_only_who_asks_for_that(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert desk(written(folder, PLAIN + '[brokers.other]\nplugin = "acme"\ntoken = "canary"\n', 0o644), monkeypatch).timeout == 7


def test_one_of_another_user_is_refused_and_one_of_roots_is_not(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, me = written(folder, PLAIN, 0o644), os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: me + 1)
    if me == 0:
        assert desk(file, monkeypatch).timeout == 7
        os.chown(file, 4243, 4243)
    told = f"{file} belongs to another user (number {me or 4243}), who can change it; use a copy that is yours, or mount it read-only"
    assert refused(file, monkeypatch) == told


def test_a_link_to_it_may_be_used(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    link = folder / "link.toml"
    link.symlink_to(written(folder, WITH_SECRET, 0o600))
    assert desk(link, monkeypatch).token == Secret("canary")


@pytest.mark.parametrize("mode", [0o444, 0o644, 0o440])
def test_a_secret_of_kubernetes_is_read_where_a_variable_says_that_it_is_one(
    mode: int, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with in_memory(folder) as seal:
        file = secret(folder, "config.toml", WITH_SECRET.encode(), mode)
        seal()
        advice = "if that mount is a secret of this container, set BROKERPORT_CONFIG_MOUNTED=true, else mount it with mode 400"
        assert refused(file, monkeypatch).endswith(f"the file can be read by others (mode {mode:o}); {advice}")
        monkeypatch.setenv("BROKERPORT_CONFIG_MOUNTED", "true")
        assert desk(file, monkeypatch).token == Secret("canary")


def test_on_a_read_only_mount_it_may_be_whose_it_is(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with in_memory(folder) as seal:
        file = written(folder, PLAIN, 0o664)
        os.chown(file, 4243, 4243)
        seal()
        assert desk(file, monkeypatch).timeout == 7
