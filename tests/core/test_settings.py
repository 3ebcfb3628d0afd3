"""Settings: a default, then the file, the environment and the caller, each beating those before."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attrs import field, frozen
from attrs.validators import ge, instance_of

from brokerport import InvalidRequestError, Settings, settings

RunPython = Callable[..., subprocess.CompletedProcess[str]]


def _no_reason(_: object, __: object, value: str) -> None:
    if value == "forbidden":
        raise ValueError


@frozen(kw_only=True)
class DeskSettings(Settings):
    """What a toy plugin has."""

    host: str = field(default="127.0.0.1", validator=[instance_of(str), _no_reason])
    port: int = field(default=1, validator=[instance_of(int), ge(1)])
    ratio: float = 0.5
    sandbox: bool = field(default=False, validator=instance_of(bool))
    key: Path | None = None
    symbols: tuple[str, ...] = ()


@frozen(kw_only=True)
class TokenSettings(Settings):
    """One that has no default."""

    token: str


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Put text into the file that BROKERPORT_CONFIG names."""

    def write(text: str) -> Path:
        path = tmp_path / "brokerport.toml"
        path.write_text(text, encoding="utf-8")
        monkeypatch.setenv("BROKERPORT_CONFIG", str(path))
        return path

    return write


def desk(**given: Any) -> DeskSettings:
    return settings.load(DeskSettings, settings.profile("desk"), given)


def test_with_nothing_said_it_is_the_defaults() -> None:
    assert desk() == DeskSettings()
    assert (desk().timeout, desk().port, desk().sandbox) == (60.0, 1, False)


def test_each_source_beats_those_before(write: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    write('[brokers.desk]\nport = 2\nhost = "file"\nratio = 0.2\n')
    assert (desk().port, desk().host, desk().ratio) == (2, "file", 0.2)
    monkeypatch.setenv("BROKERPORT_DESK_PORT", "3")
    monkeypatch.setenv("BROKERPORT_DESK_HOST", "environment")
    assert (desk().port, desk().host, desk().ratio) == (3, "environment", 0.2)
    assert desk(port=4) == DeskSettings(port=4, host="environment", ratio=0.2)


def test_the_environment_alone_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in {"PORT": "3", "TIMEOUT": "2.5", "SANDBOX": "true", "KEY": "/keys/a.pem", "RATIO": "1"}.items():
        monkeypatch.setenv(f"BROKERPORT_DESK_{name}", text)
    assert desk() == DeskSettings(port=3, timeout=2.5, sandbox=True, key=Path("/keys/a.pem"), ratio=1.0)


@pytest.mark.parametrize(("text", "value"), [("1", True), ("true", True), ("yes", True), ("0", False), ("false", False), ("no", False)])
def test_a_switch_in_the_environment_reads_as_people_write_it(text: str, value: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROKERPORT_DESK_SANDBOX", text)
    assert desk().sandbox is value


def test_a_hyphen_in_a_name_is_an_underscore_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROKERPORT_MY_DESK_PORT", "7")
    assert settings.load(DeskSettings, settings.profile("my-desk"), {}).port == 7


def test_a_wrong_value_that_is_beaten_does_no_harm(write: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    write('[brokers.desk]\nport = "many"\n')
    assert desk(port=4).port == 4
    monkeypatch.setenv("BROKERPORT_DESK_PORT", "3")
    assert desk().port == 3


def test_a_setting_without_a_default_may_come_from_anywhere(write: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    def load(**given: Any) -> TokenSettings:
        return settings.load(TokenSettings, settings.profile("desk"), given)

    with pytest.raises(InvalidRequestError, match=r"settings of desk: .*'token'"):
        load()
    write("[brokers.desk]\ntimeout = 5\n")
    with pytest.raises(InvalidRequestError, match="No value set for required option 'token'"):
        load()
    assert load(token="given") == TokenSettings(token="given", timeout=5.0)
    monkeypatch.setenv("BROKERPORT_DESK_TOKEN", "environment")
    assert load() == TokenSettings(token="environment", timeout=5.0)


def test_a_profile_is_another_name_for_a_plugin(write: Callable[[str], Path]) -> None:
    write('[brokers.desk]\nplugin = "futu"\nhost = "10.0.0.7"\n')
    said = settings.profile("desk")
    assert (said.name, said.plugin, said.values) == ("desk", "futu", {"host": "10.0.0.7"})
    assert settings.profile("futu") == settings.Profile("futu", "futu")


# What cannot be


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"port": "7"}, "settings of desk: 'port' must be <class 'int'>"),
        ({"port": 0}, "settings of desk: 'port' must be >= 1: 0"),
        ({"host": None}, "settings of desk: 'host' must be <class 'str'>"),
        ({"host": "forbidden"}, r"settings of desk: ValueError\(\)"),
        ({"timeout": -1}, "timeout=-1 is no time to wait"),
        ({"timeout": "5"}, "timeout='5' is no time to wait"),
        ({"timeout": True}, "timeout=True is no time to wait"),
        ({"symbols": ["US.TSLA"]}, "settings of desk: unhashable type: 'list'"),
    ],
)
def test_a_wrong_value_from_the_caller_is_refused(given: dict[str, Any], text: str) -> None:
    with pytest.raises(InvalidRequestError, match=text):
        desk(**given)


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", "many"), ("PORT", ""), ("PORT", "0"), ("SANDBOX", "maybe"), ("TIMEOUT", "nan"), ("TIMEOUT", "-1"), ("TIMEOUT", "soon")],
)
def test_a_wrong_value_from_the_environment_is_refused(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"BROKERPORT_DESK_{name}", value)
    with pytest.raises(InvalidRequestError, match=r"settings of desk, from .* and BROKERPORT_DESK_\*: ") as raised:
        desk()
    assert name.lower() in str(raised.value)


@pytest.mark.parametrize("line", ['port = "many"', "port = 0", "port = []", "sandbox = 2", 'timeout = "soon"', "timeout = {seconds = 5}"])
def test_a_wrong_value_from_the_file_is_refused(line: str, write: Callable[[str], Path]) -> None:
    path = write(f"[brokers.desk]\n{line}\n")
    with pytest.raises(InvalidRequestError, match=r"settings of desk, from .*brokerport\.toml") as raised:
        desk()
    assert str(path) in str(raised.value)
    assert line.split(maxsplit=1)[0] in str(raised.value)


def test_an_unknown_setting_is_answered_with_the_nearest_and_all(write: Callable[[str], Path]) -> None:
    known = "there are timeout, host, port, ratio, sandbox, key, symbols"
    with pytest.raises(InvalidRequestError) as by_caller:
        desk(prot=7)
    assert str(by_caller.value) == f"registry.get('desk', ...): there is no setting 'prot'; did you mean 'port'? {known}"
    path = write("[brokers.desk]\nsandbx = true\n")
    with pytest.raises(InvalidRequestError) as by_file:
        desk()
    assert str(by_file.value) == f"[brokers.desk] in {path}: there is no setting 'sandbx'; did you mean 'sandbox'? {known}"
    write("[brokers.desk]\nzzz = true\n")
    with pytest.raises(InvalidRequestError, match="there is no setting 'zzz'; there are timeout"):
        desk()


def test_a_name_in_the_environment_that_is_no_setting_is_somebody_elses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROKERPORT_DESK_PROT", "7")
    assert desk() == DeskSettings()


# The file


def test_a_file_that_was_named_has_to_be_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROKERPORT_CONFIG", str(tmp_path / "gone.toml"))
    with pytest.raises(InvalidRequestError, match=r"BROKERPORT_CONFIG names .*gone\.toml, which is not there"):
        desk()


def test_an_empty_name_of_a_file_names_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROKERPORT_CONFIG", "")
    assert desk() == DeskSettings()


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"[brokers.desk", "cannot be read as TOML: "),
        (b"[brokers.desk]\nport = \xff\n", "cannot be read as TOML: "),
        (b"[brokers]\ndesk = 7\n", r"brokers\.desk in .* is 7; it must be a table, \[brokers\.desk\]"),
        (b"brokers = 7\n", r"brokers in .* is 7; write a table for each broker, \[brokers\.NAME\]"),
        (b"[[brokers]]\nname = 'desk'\n", r"brokers in .* is \[\{'name': 'desk'\}\]; write a table for each broker"),
        (b"[brokers.desk]\nplugin = 7\n", r"\[brokers\.desk\] plugin = 7 in .*: write the name of a broker"),
    ],
)
def test_a_file_that_cannot_be_is_refused_and_named(content: bytes, text: str, write: Callable[[str], Path]) -> None:
    path = write("")
    path.write_bytes(content)
    with pytest.raises(InvalidRequestError, match=text) as raised:
        desk()
    assert str(path) in str(raised.value)


def test_a_folder_is_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROKERPORT_CONFIG", str(tmp_path))
    with pytest.raises(InvalidRequestError, match="cannot be read as TOML"):
        desk()


def test_other_tables_of_the_file_are_somebody_elses(write: Callable[[str], Path]) -> None:
    write("[brokers.other]\nnonsense = 1\n[tool.else]\nx = 1\n")
    assert desk() == DeskSettings()


@pytest.mark.parametrize(
    ("platform", "variable", "below"),
    [
        ("linux", None, ".config"),
        ("linux", "XDG_CONFIG_HOME", ""),
        ("freebsd14", None, ".config"),
        ("darwin", None, "Library/Application Support"),
        ("darwin", "XDG_CONFIG_HOME", ""),
        ("win32", None, "AppData/Roaming"),
        ("win32", "APPDATA", ""),
    ],
)
def test_without_a_name_it_is_in_the_users_folder_for_configurations(
    platform: str, variable: str | None, below: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.delenv("APPDATA", raising=False)
    monkeypatch.setenv(variable or "HOME", str(tmp_path))
    folder = tmp_path / below / "brokerport"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text("[brokers.desk]\nport = 9\n", encoding="utf-8")
    assert desk().port == 9


def test_a_home_that_is_no_folder_holds_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "home").touch()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert desk() == DeskSettings()


def test_reading_texts_is_not_loaded_where_there_are_none(run_python: RunPython) -> None:
    code = """
    import sys
    from brokerport import Settings, settings
    settings.load(Settings, settings.profile("desk"), {"timeout": 5})
    print("typed_settings" in sys.modules)
    """
    assert [run_python(code).stdout, run_python(code, BROKERPORT_OTHER_TIMEOUT="5").stdout] == ["False\n", "False\n"]
