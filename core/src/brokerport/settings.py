"""Settings of a broker: defaults, then the TOML file, the environment and keyword arguments, each beating those before.

The file is ``$BROKERPORT_CONFIG``, or ``brokerport/config.toml`` in the user's folder for configurations; a table
``[brokers.NAME]`` holds the settings of one broker. With ``plugin = "OTHER"`` in it, NAME is a profile: another gateway of that
plugin's. Where two installed distributions have one name, ``distribution = "brokerport-other"`` says which to use. In the environment a
setting is ``BROKERPORT_NAME_SETTING``, in capitals.
"""

from __future__ import annotations

import os
import re
import sys
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

import attrs
from attrs import field, frozen

from brokerport import arguments
from brokerport.errors import InvalidRequestError

S = TypeVar("S", bound="Settings")

_FOLDERS = {  # where each platform keeps a user's configurations, below the home folder
    "win32": ("APPDATA", "AppData/Roaming"),
    "darwin": ("XDG_CONFIG_HOME", "Library/Application Support"),
}
_ELSEWHERE = ("XDG_CONFIG_HOME", ".config")

#: what the table of a name holds beside settings, and what it names
_CHOICES = {"plugin": "broker", "distribution": "distribution"}
_PROFILE = re.compile(r"BROKERPORT_(.+)_PLUGIN")


def _seconds(_: object, __: object, value: float) -> None:
    arguments.seconds(value)


@frozen(kw_only=True)
class Settings:
    """What every broker has; a plugin with more of its own subclasses it.

    Check a setting with a validator: a converter would get the text of the environment, not the value of its type.
    """

    #: seconds that a call may take, unless the call says otherwise
    timeout: float = field(default=60.0, validator=_seconds)


@frozen
class Profile:
    """What the TOML file and the environment say of one name, beside what the settings themselves do."""

    name: str
    plugin: str  #: the broker that answers: the name itself, unless another is named
    distribution: str | None = None  #: whose plugin, where several have the name
    values: dict[str, Any] = field(factory=dict)  #: the settings of the file


def profile(name: str) -> Profile:
    """What is said of ``name``; of one that nobody names, nothing.

    Raises:
        InvalidRequestError: The file or the table cannot be read.
    """
    table = _tables().get(name, {})
    if not isinstance(table, dict):
        raise InvalidRequestError(f"brokers.{name} in {_file()} is {table!r}; it must be a table, [brokers.{name}]")
    chosen = {key: _choice(name, key, table) for key in _CHOICES}
    if chosen["distribution"] and chosen["plugin"] not in (None, name):
        hint = f"which distribution the plugin is of is said in [brokers.{chosen['plugin']}], for all its profiles"
        raise InvalidRequestError(f"[brokers.{name}] in {_file()} has a plugin and a distribution: {hint}")
    return Profile(name, chosen["plugin"] or name, chosen["distribution"], {key: table[key] for key in table if key not in _CHOICES})


def profiles() -> tuple[Profile, ...]:
    """Every name that stands for a broker of another name, in alphabetical order.

    Raises:
        InvalidRequestError: The file cannot be read.
    """
    named = (match[1].lower().replace("_", "-") for variable in os.environ if (match := _PROFILE.fullmatch(variable)))
    return tuple(each for name in sorted({*_tables(), *named}) if (each := profile(name)).plugin != name)


def _choice(name: str, key: str, table: Mapping[str, object]) -> str | None:
    """The name that ``key`` has in the environment, else in the file."""
    value = os.environ.get(_prefix(name) + key.upper(), table.get(key))
    if value is None or (isinstance(value, str) and value):
        return value
    raise InvalidRequestError(f"[brokers.{name}] {key} = {value!r} in {_file()}: write the name of a {_CHOICES[key]}")


def load(kind: type[S], said: Profile, given: Mapping[str, object]) -> S:
    """The settings by the file, the environment and the keyword arguments ``given``.

    Raises:
        InvalidRequestError: There is no such setting, or a value cannot be.
    """
    known = [attribute.name for attribute in attrs.fields(kind)]
    _refuse_unknown(f"[brokers.{said.name}] in {_file()}", said.values, known)
    _refuse_unknown(f"registry.get({said.name!r}, ...)", given, known)
    told = {**_from_text(kind, said, given), **given}
    try:
        settings = kind(**told)
        hash(settings)  # clients are shared by name and settings
    except (TypeError, ValueError) as error:
        raise InvalidRequestError(f"settings of {said.name}: {error.args[0] if error.args else repr(error)}") from error
    return settings


def _from_text(kind: type[S], said: Profile, given: Mapping[str, object]) -> dict[str, Any]:
    """The settings that the file and the environment hold and nobody ``given`` beats, converted to their types."""
    prefix = _prefix(said.name)
    known = [attribute.name for attribute in attrs.fields(kind)]
    present = {*said.values, *(key for key in known if prefix + key.upper() in os.environ)} - {*given}
    if not present:
        return {}
    import typed_settings  # costs more than all the rest of a start, and only text needs it
    from typed_settings.converters import default_converter
    from typed_settings.exceptions import TsError
    from typed_settings.loaders import DictLoader

    try:
        loaded = typed_settings.load_settings(
            kind,
            [DictLoader(said.values), typed_settings.EnvLoader(prefix), DictLoader({**given})],
            # A path stays as it was written, whoever gave it: resolved, it would no longer show that it is a symbolic link.
            converter=default_converter(resolve_paths=False),
        )
    except (TsError, ValueError) as error:
        raise InvalidRequestError(f"settings of {said.name}, from {_file()} and {prefix}*: {_leaves(error)}") from error
    return {key: getattr(loaded, key) for key in present}


def _prefix(name: str) -> str:
    """What the variables of a name begin with."""
    if not isinstance(name, str):
        raise InvalidRequestError(f"{name!r} is no name; write the name of a broker")
    return f"BROKERPORT_{name.upper().replace('-', '_')}_"


def _leaves(error: BaseException) -> str:
    """The texts of an error that may be a group of them."""
    return "; ".join(map(_leaves, error.exceptions)) if isinstance(error, BaseExceptionGroup) else str(error)


def _tables() -> dict[str, Any]:
    path = _file()
    try:
        brokers = tomllib.loads(path.read_text(encoding="utf-8")).get("brokers", {})
    except (FileNotFoundError, NotADirectoryError) as error:
        if os.environ.get("BROKERPORT_CONFIG"):
            raise InvalidRequestError(f"BROKERPORT_CONFIG names {path}, which is not there") from error
        return {}
    except (OSError, ValueError) as error:
        raise InvalidRequestError(f"{path} cannot be read as TOML: {error}") from error
    if not isinstance(brokers, dict):
        raise InvalidRequestError(f"brokers in {path} is {brokers!r}; write a table for each broker, [brokers.NAME]")
    return brokers


def _file() -> Path:
    if named := os.environ.get("BROKERPORT_CONFIG"):
        return Path(named)
    variable, below_home = _FOLDERS.get(sys.platform, _ELSEWHERE)
    folder = os.environ.get(variable)
    return (Path(folder) if folder else Path.home() / below_home) / "brokerport" / "config.toml"


def _refuse_unknown(where: str, given: Mapping[str, object], known: list[str]) -> None:
    for key in given:
        if key not in known:
            near = get_close_matches(key, known, n=1)
            hint = f"did you mean {near[0]!r}? " if near else ""
            raise InvalidRequestError(f"{where}: there is no setting {key!r}; {hint}there are {', '.join(known)}")
