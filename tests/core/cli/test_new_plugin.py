"""The command that writes the package of a new broker: where it is on stdout, what to do next on stderr."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from core.cli.running import AddPlugin, Run


def test_the_folder_is_data_and_what_to_do_next_is_words(run: Run, tmp_path: Path) -> None:
    into = tmp_path / "my plugins"
    ended = run("new-plugin", "acme", "--into", str(into))
    assert (ended.code, ended.data) == (0, f"{into / 'brokerport-acme'}\n")
    assert ended.words.splitlines() == [
        f"next: cd {shlex.quote(str(into / 'brokerport-acme'))}",
        "      python -m pip install --editable '.[test]'",
        "      brokerport short-volume US.TSLA --broker acme; python -m pytest",
    ]
    assert (into / "brokerport-acme/src/brokerport_acme/provider.py").is_file()


def test_by_default_it_is_written_here(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("new-plugin", "acme").data == "brokerport-acme\n"
    assert (tmp_path / "brokerport-acme/pyproject.toml").is_file()


def test_a_name_that_cannot_be_is_wrong_use(run: Run, tmp_path: Path) -> None:
    ended = run("new-plugin", "Acme", "--into", str(tmp_path / "new"))
    assert (ended.code, ended.data) == (2, "")
    assert ended.words.startswith("error: 'Acme' cannot be the name of a broker; write lowercase letters")
    assert not (tmp_path / "new").exists()


def test_an_installed_broker_keeps_its_name(run: Run, add_plugin: AddPlugin, tmp_path: Path) -> None:
    add_plugin("acme", "")
    ended = run("new-plugin", "acme", "--into", str(tmp_path))
    assert ended.code == 2
    assert "the name 'acme' belongs to plugin 'acme' of brokerport-acme 1.2" in ended.words


def test_a_second_time_nothing_is_overwritten(run: Run, tmp_path: Path) -> None:
    into = ("--into", str(tmp_path))
    assert run("new-plugin", "acme", *into).code == 0
    ended = run("new-plugin", "acme", *into)
    assert (ended.code, ended.data) == (2, "")
    assert "nothing is overwritten" in ended.words


def test_where_no_folder_can_be_it_says_so(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    ended = run("new-plugin", "acme", "--into", str(tmp_path / "file" / "in"))
    assert (ended.code, ended.data) == (2, "")
    assert "cannot be made: Not a directory" in ended.words
