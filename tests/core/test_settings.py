"""Settings: a default, then the file, the environment and the caller, each beating those before."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attrs import field, frozen
from attrs.validators import ge, instance_of

from brokerport import InvalidRequestError, Market, Settings
from brokerport.questions import arguments
from brokerport.settings import config_file, profile, sources
from brokerport.settings.config_file import ConfigFile
from brokerport.settings.profile import Profile
from brokerport.settings.settings import Text

RunPython = Callable[..., subprocess.CompletedProcess[str]]


def _no_reason(_: object, __: object, value: str) -> None:
    if value == "forbidden":
        raise ValueError


def _true_or_false(_: object, __: object, value: bool) -> None:
    arguments.switch("quotas", value)


@frozen(kw_only=True)
class DeskSettings(Settings):
    """What a toy plugin has."""

    host: str = field(default="127.0.0.1", validator=[instance_of(str), _no_reason])
    port: int = field(default=1, validator=[instance_of(int), ge(1)])
    ratio: float = 0.5
    sandbox: bool = field(default=False, validator=instance_of(bool))
    quotas: bool = field(default=True, validator=_true_or_false)
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


def said(name: str) -> Profile:
    return profile.read(name, config_file.read())


def desk(**given: Any) -> DeskSettings:
    return sources.load(DeskSettings, said("desk"), given)


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
    assert sources.load(DeskSettings, said("my-desk"), {}).port == 7


def test_a_wrong_value_that_is_beaten_does_no_harm(write: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    write('[brokers.desk]\nport = "many"\n')
    assert desk(port=4).port == 4
    monkeypatch.setenv("BROKERPORT_DESK_PORT", "3")
    assert desk().port == 3


def test_a_setting_without_a_default_may_come_from_anywhere(write: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    def load(**given: Any) -> TokenSettings:
        return sources.load(TokenSettings, said("desk"), given)

    text = r"settings of desk: 'token' is missing and has no default; set BROKERPORT_DESK_TOKEN, or write it in \[brokers\.desk\] of "
    with pytest.raises(InvalidRequestError, match=text):
        load()
    write("[brokers.desk]\ntimeout = 5\n")
    with pytest.raises(InvalidRequestError, match=text):
        load()
    assert load(token="given") == TokenSettings(token="given", timeout=5.0)
    monkeypatch.setenv("BROKERPORT_DESK_TOKEN", "environment")
    assert load() == TokenSettings(token="environment", timeout=5.0)


def test_a_profile_is_another_name_for_a_plugin(write: Callable[[str], Path]) -> None:
    write('[brokers.desk]\nplugin = "futu"\nhost = "10.0.0.7"\n')
    desk = said("desk")
    assert (desk.name, desk.plugin, desk.values) == ("desk", "futu", {"host": "10.0.0.7"})
    assert said("futu") == Profile("futu", "futu")


def test_every_broker_keeps_quotas_and_shares_requests_unless_it_is_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (Settings().quotas, Settings().share) == (True, True)
    monkeypatch.setenv("BROKERPORT_TOY_QUOTAS", "no")
    assert sources.load(Settings, said("toy"), {"share": False}) == Settings(quotas=False, share=False)
    with pytest.raises(InvalidRequestError, match=r"settings of toy: share='no' must be True or False$"):
        sources.load(Settings, said("toy"), {"share": "no"})


def test_a_keyword_that_is_text_is_read_as_the_environment_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROKERPORT_DESK_PORT", "3")
    told = desk(port=Text("7"), sandbox=Text("yes"), key=Text("a.pem"), host=Text("there"), timeout=Text("2"), ratio=0.1)
    assert told == DeskSettings(port=7, sandbox=True, key=Path("a.pem"), host="there", timeout=2.0, ratio=0.1)
    assert type(told.host) is str


@pytest.mark.parametrize(
    ("key", "text", "wrong"),
    [
        ("port", "many", "='many' is no whole number"),
        ("port", "0", ": 'port' must be >= 1: 0"),
        ("timeout", "0", "=0.0 is no time to wait"),
    ],
)
def test_a_keyword_that_is_text_and_cannot_be_read_is_refused(key: str, text: str, wrong: str) -> None:
    with pytest.raises(InvalidRequestError) as raised:
        desk(**{key: Text(text)})
    assert str(raised.value).startswith(f"settings of desk: {key}{wrong}")


#: the keyword arguments by which a path is given, each way that it may be
GIVEN: dict[str, Callable[[str], dict[str, Any]]] = {
    "keyword": lambda text: {"key": text},
    "Text": lambda text: {"key": Text(text)},
    "Path": lambda text: {"key": Path(text)},
    "file": lambda _: {},
    "environment": lambda _: {},
}


@pytest.mark.parametrize("text", ["keys/a.pem", "~/a.pem", "/keys/a.pem"])
@pytest.mark.parametrize("way", GIVEN)
def test_a_path_is_one_whoever_gives_it_as_it_was_written(
    text: str, way: str, write: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    if way == "file":
        write(f"[brokers.desk]\nkey = {text!r}\n")
    if way == "environment":
        monkeypatch.setenv("BROKERPORT_DESK_KEY", text)
    found = desk(**GIVEN[way](text))
    assert (found, type(found.key)) == (DeskSettings(key=Path(text)), type(Path()))


@pytest.mark.parametrize("way", ["keyword", "Text", "file", "environment"])
@pytest.mark.parametrize("text", ["", "  "])
def test_nothing_is_no_path(text: str, way: str, write: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Else it would be the folder that the program works in."""
    if way == "file":
        write(f'[brokers.desk]\nkey = "{text}"\n')
    if way == "environment":
        monkeypatch.setenv("BROKERPORT_DESK_KEY", text)
    with pytest.raises(InvalidRequestError, match=r"(settings of desk: key|DESK_KEY|\[brokers\.desk\] in .*: key) cannot be read as"):
        desk(**GIVEN[way](text))


def test_a_setting_may_be_a_market(monkeypatch: pytest.MonkeyPatch) -> None:
    @frozen(kw_only=True)
    class OfMarkets(Settings):
        home: Market = Market.HK
        others: tuple[Market, ...] = ()

    monkeypatch.setenv("BROKERPORT_TOY_HOME", "US")
    assert sources.load(OfMarkets, said("toy"), {}).home is Market.US
    monkeypatch.setenv("BROKERPORT_TOY_HOME", "XX")
    with pytest.raises(InvalidRequestError, match="BROKERPORT_TOY_HOME cannot be read as Market"):
        sources.load(OfMarkets, said("toy"), {})


# What cannot be


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"port": "7"}, "settings of desk: port: 'port' must be <class 'int'>"),
        ({"port": 0}, "settings of desk: port: 'port' must be >= 1: 0"),
        ({"host": None}, "settings of desk: host: 'host' must be <class 'str'>"),
        ({"host": "forbidden"}, r"settings of desk: host: ValueError\(\)"),
        ({"timeout": -1}, "settings of desk: timeout=-1 is no time to wait"),
        ({"quotas": "yes"}, "settings of desk: quotas='yes' must be True or False$"),
        ({"timeout": "5"}, "timeout='5' is no time to wait"),
        ({"timeout": True}, "timeout=True is no time to wait"),
        ({"symbols": ["US.TSLA"]}, "settings of desk: unhashable type: 'list'"),
    ],
)
def test_a_wrong_value_from_the_caller_is_refused(given: dict[str, Any], text: str) -> None:
    with pytest.raises(InvalidRequestError, match=text):
        desk(**given)


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("PORT", "many", "='many' is no whole number"),
        ("PORT", "", "='' is no whole number"),
        ("PORT", "0", ": 'port' must be >= 1: 0"),
        ("SANDBOX", "maybe", "='maybe' must be true or false; 1 and 0, yes and no, on and off count too"),
        ("QUOTAS", "maybe", "='maybe' must be true or false; 1 and 0, yes and no, on and off count too"),
        ("TIMEOUT", "nan", "=nan is no time to wait; pass seconds above 0, such as 2.5"),
        ("TIMEOUT", "-1", "=-1.0 is no time to wait; pass seconds above 0, such as 2.5"),
        ("TIMEOUT", "soon", "='soon' is no time to wait; pass seconds above 0, such as 2.5"),
        ("RATIO", "half", "='half' is no number"),
    ],
)
def test_a_wrong_value_from_the_environment_is_refused_by_the_name_of_its_variable(
    name: str, value: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"BROKERPORT_DESK_{name}", value)
    with pytest.raises(InvalidRequestError) as raised:
        desk()
    assert str(raised.value) == f"BROKERPORT_DESK_{name}{text}"


def test_a_text_that_may_be_a_secret_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    @frozen(kw_only=True)
    class Secretive(Settings):
        pin: frozenset[int] = frozenset()

    monkeypatch.setenv("BROKERPORT_DESK_PIN", "canary")
    with pytest.raises(InvalidRequestError) as raised:
        sources.load(Secretive, said("desk"), {})
    assert str(raised.value) == "BROKERPORT_DESK_PIN cannot be read as frozenset"


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ('port = "many"', "port='many' is no whole number"),
        ("port = 0", "port: 'port' must be >= 1: 0"),
        ("port = []", "port=[] is no whole number"),
        ("sandbox = 2", "sandbox=2 must be true or false; 1 and 0, yes and no, on and off count too"),
        ('timeout = "soon"', "timeout='soon' is no time to wait; pass seconds above 0, such as 2.5"),
        ("timeout = {seconds = 5}", "timeout={'seconds': 5} is no time to wait; pass seconds above 0, such as 2.5"),
    ],
)
def test_a_wrong_value_from_the_file_is_refused_by_its_table_and_key(line: str, text: str, write: Callable[[str], Path]) -> None:
    path = write(f"[brokers.desk]\n{line}\n")
    with pytest.raises(InvalidRequestError) as raised:
        desk()
    assert str(raised.value) == f"[brokers.desk] in {path}: {text}"


def test_an_unknown_setting_is_answered_with_the_nearest_and_all(write: Callable[[str], Path]) -> None:
    known = "there are timeout, share, host, port, ratio, sandbox, quotas, key, symbols"
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


def test_an_unknown_setting_in_the_environment_is_refused_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROKERPORT_DESK_PROT", "7")
    with pytest.raises(InvalidRequestError) as raised:
        desk()
    known = "TIMEOUT, SHARE, HOST, PORT, RATIO, SANDBOX, QUOTAS, KEY, SYMBOLS"
    assert str(raised.value) == f"BROKERPORT_DESK_PROT: there is no setting 'PROT'; did you mean 'PORT'? there are {known}"


@pytest.mark.parametrize(
    "name", ["BROKERPORT_CONFIG_X", "BROKERPORT_BROKER", "BROKERPORT_PLUGINS", "BROKERPORT_DESKTOP_PORT", "BROKERPORT_DESK"]
)
def test_what_does_not_begin_like_the_name_is_not_the_names(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "7")
    assert desk() == DeskSettings()


def test_a_variable_of_a_longer_name_is_no_setting_of_the_shorter(write: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROKERPORT_DESK_TWO_HOST", "there")
    with pytest.raises(InvalidRequestError, match="BROKERPORT_DESK_TWO_HOST: there is no setting 'TWO_HOST'"):
        desk()
    assert sources.load(DeskSettings, said("desk"), {}, lambda: ["desk-two"]) == DeskSettings()  # a broker
    write('[brokers.desk-two]\nplugin = "futu"\n')
    assert desk() == DeskSettings()
    assert sources.load(DeskSettings, said("desk-two"), {}).host == "there"
    write("")
    monkeypatch.setenv("BROKERPORT_DESK_TWO_PLUGIN", "futu")
    assert desk() == DeskSettings()


def test_what_a_profile_says_beside_settings_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROKERPORT_DESK_PLUGIN", "futu")
    monkeypatch.setenv("BROKERPORT_DESK_PORT", "7")
    assert desk().port == 7


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
        (b"[brokers]\nhost = 'x'\n", r"brokers\.host in .* is 'x'; it must be a table, \[brokers\.host\]"),
        (
            b"[broker.desk]\nport = 7\n",
            r"has a table \[broker\.desk\]; did you mean \[brokers\.desk\]\? settings are in tables \[brokers\.NAME\]",
        ),
        (b"[desk]\nport = 7\n", r"has a table \[desk\]; did you mean \[brokers\.desk\]\? settings are in tables"),
        (b"port = 7\n", r"has 'port' in no table; settings are in tables \[brokers\.NAME\]"),
        (b"x = " + b"[" * 100_000, r"cannot be read as TOML: line 1: tables or lists are more than 32 deep"),
        (b"[brokers.desk]\n" + b"a." * 100_000 + b"a = 1", r"cannot be read as TOML: line 2: a key has more than 16 parts"),
        (b"[brokers.desk]\nport = " + b"1" * 5000, r"cannot be read as TOML: line 2: '1+… cannot be counted with; whole numbers go from"),
        (b"[brokers.desk]\ntimeout = 1e999\n", r"cannot be read as TOML: line 2: '1e999' cannot be counted with; write a finite"),
        (b"[brokers.desk]\nport = 11112\n" * 100_000, r"cannot be read as TOML: it is larger than 262,144 bytes"),
        (b"[brokers.desk]\nhost = 'a\0b'\n", r"cannot be read as TOML: .* character '.*x00' \(at line 2, column 10\)"),
        (b"[brokers." + b"a" * 101 + b"]\n", r"\[brokers\.'a{63}…\] in .*: write the name of a broker"),
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
    with pytest.raises(InvalidRequestError, match="cannot be read as TOML: it is a folder; name the file in it"):
        desk()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="has no pipes with names")
def test_a_pipe_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.setenv("BROKERPORT_CONFIG", str(tmp_path / "pipe"))
    with pytest.raises(InvalidRequestError, match="cannot be read as TOML: it is no plain file, but a pipe or a device"):
        desk()


def test_the_mark_that_windows_begins_a_file_with_is_passed_over(write: Callable[[str], Path]) -> None:
    write("\ufeff[brokers.desk]\r\nport = 9\r\n")
    assert desk().port == 9


@pytest.mark.parametrize("number", ["1" * 5000, "1e999", "nan", "x" * 100_000])
def test_a_text_that_is_no_such_number_is_refused_and_cut(number: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for setting in ("PORT", "TIMEOUT"):
        monkeypatch.setenv(f"BROKERPORT_DESK_{setting}", number)
        with pytest.raises(InvalidRequestError, match=f"^BROKERPORT_DESK_{setting}") as raised:
            desk()
        assert len(str(raised.value)) < 200
        monkeypatch.delenv(f"BROKERPORT_DESK_{setting}")


def test_a_table_of_nobody_is_told_of_once(write: Callable[[str], Path], caplog: pytest.LogCaptureFixture) -> None:
    path = write('[brokers.dask]\nport = 1\n[brokers.other]\nx = 1\n[brokers.den]\nplugin = "gone"\n')

    def load() -> DeskSettings:
        return sources.load(DeskSettings, said("desk"), {}, lambda: ["other"])

    with caplog.at_level(logging.WARNING, "brokerport"):
        assert load() == load() == DeskSettings()
    text = "is of no broker that is installed, and is not used; did you mean 'desk'? a profile says plugin = \"NAME\""
    assert caplog.messages == [f"[brokers.dask] in {path} {text}"]


@pytest.mark.parametrize("name", ["Desk", "DESK"])
def test_a_table_that_is_meant_for_the_name_is_refused(name: str, write: Callable[[str], Path]) -> None:
    path = write(f"[brokers.{name}]\nport = 7\n")
    with pytest.raises(InvalidRequestError) as raised:
        desk()
    assert str(raised.value) == f"[brokers.{name}] in {path} is of no broker; did you mean [brokers.desk]?"
    assert sources.load(DeskSettings, said("desk"), {}, lambda: [name]) == DeskSettings()  # a broker's own


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


def test_without_a_home_there_is_no_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def unknown(_: int) -> object:
        raise KeyError("uid not found")

    monkeypatch.delenv("HOME")
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setattr("pwd.getpwuid", unknown)
    monkeypatch.chdir(tmp_path)
    Path("~/.config/brokerport").mkdir(parents=True)  # a folder of that name is nobody's home
    Path("~/.config/brokerport/config.toml").write_text("nonsense", "utf-8")
    assert desk() == DeskSettings()
    assert config_file.read() == ConfigFile(Path("~/.config/brokerport/config.toml"))


@pytest.mark.parametrize("variable", ["XDG_CONFIG_HOME", "HOME"])
@pytest.mark.parametrize("folder", ["relative", "./relative", "~nobody-of-this-name/relative"])
def test_a_folder_that_is_no_whole_path_holds_no_file(variable: str, folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(variable, folder)
    for below in (".config/brokerport", "brokerport"):
        (tmp_path / folder / below).mkdir(parents=True, exist_ok=True)
        (tmp_path / folder / below / "config.toml").write_text("[brokers.desk]\nport = 9\n", "utf-8")
    assert desk() == DeskSettings()


def test_a_named_file_in_a_home_that_nobody_knows_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROKERPORT_CONFIG", "~nobody-of-this-name/config.toml")
    whole = "nobody knows your home folder: set HOME to its whole path, or name the file by its whole path"
    with pytest.raises(InvalidRequestError, match=f"^BROKERPORT_CONFIG names ~nobody-of-this-name/config.toml, and {whole}$"):
        desk()


CLOSED = """
import logging, os
from brokerport import Settings
from brokerport.settings import config_file, profile, sources
logging.basicConfig(format="%(message)s")
if os.geteuid() == 0:  # to whom nothing is closed
    os.setuid(4242)
for _ in range(2):
    print(sources.load(Settings, profile.read("desk", config_file.read()), {}).timeout)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="modes are POSIX's")
def test_a_home_folder_that_is_closed_to_this_user_holds_no_file_and_the_log_says_it_once(tmp_path: Path, run_python: RunPython) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700 if os.geteuid() == 0 else 0)
    done = run_python(CLOSED, HOME=str(home))
    folder = home / ".config" / "brokerport"
    advice = "whatever settings are there are not used; set HOME, or BROKERPORT_CONFIG to a file"
    assert (done.stdout, done.stderr) == ("60.0\n60.0\n", f"{folder} is closed to you, and {advice}\n")
    named = run_python(CLOSED, BROKERPORT_CONFIG=str(home / "config.toml"))
    assert f"{home / 'config.toml'} cannot be read as TOML: Permission denied" in named.stderr
    home.chmod(0o700)


def test_reading_texts_is_not_loaded_where_there_are_none(run_python: RunPython) -> None:
    code = """
    import sys
    from brokerport import Settings
    from brokerport.settings import config_file, profile, sources
    sources.load(Settings, profile.read("desk", config_file.read()), {"timeout": 5})
    print("typed_settings" in sys.modules)
    """
    assert [run_python(code).stdout, run_python(code, BROKERPORT_OTHER_TIMEOUT="5").stdout] == ["False\n", "False\n"]
