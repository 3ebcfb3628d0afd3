"""Settings of a broker: defaults, then the TOML file, the environment and keyword arguments, each beating those before.

The file is ``$BROKERPORT_CONFIG``, or ``brokerport/config.toml`` in the user's folder for configurations; a table
``[brokers.NAME]`` holds the settings of one broker. With ``plugin = "OTHER"`` in it, NAME is a profile: another gateway of that
plugin's. Where two installed distributions have one name, ``distribution = "brokerport-other"`` says which to use. In the environment a
setting is ``BROKERPORT_NAME_SETTING``, in capitals.

What is there and means nothing is an error, for a misspelt setting would otherwise be a default in disguise.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeVar

import attrs
from attrs import field, frozen

from brokerport.errors import InvalidRequestError
from brokerport.logs import harmless, log
from brokerport.questions import arguments
from brokerport.settings import config_file
from brokerport.settings.secret import concealed, is_secret

S = TypeVar("S", bound="Settings")

#: what the table of a name holds beside settings, and what it names
_CHOICES = {"plugin": "broker", "distribution": "distribution"}
_PROFILE = re.compile(r"BROKERPORT_(.+)_PLUGIN")

#: what is wrong with a text that cannot be read as this type
_NOT = {
    int: "is no whole number",
    float: "is no number",
    bool: "must be true or false; 1 and 0, yes and no, on and off count too",
}

_seen: set[tuple[Path, frozenset[str]]] = set()  # the tables that were looked through for those of nobody


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
    _prefix(name)  # refuses what is no name
    table = config_file.tables().get(name, {})
    chosen = {key: _choice(name, key, table) for key in _CHOICES}
    if chosen["distribution"] and chosen["plugin"] not in (None, name):
        hint = f"which distribution the plugin is of is said in [brokers.{chosen['plugin']}], for all its profiles"
        raise InvalidRequestError(f"[brokers.{name}] in {config_file.path()} has a plugin and a distribution: {hint}")
    return Profile(name, chosen["plugin"] or name, chosen["distribution"], {key: table[key] for key in table if key not in _CHOICES})


def profiles() -> tuple[Profile, ...]:
    """Every name that stands for a broker of another name, in alphabetical order.

    Raises:
        InvalidRequestError: The file cannot be read.
    """
    return tuple(each for name in sorted({*config_file.tables(), *_named()}) if (each := profile(name)).plugin != name)


def profile_names() -> tuple[str, ...]:
    """The names that say which plugin they are of, whatever plugin that is, in alphabetical order."""
    return tuple(sorted({*_named(), *(name for name, table in config_file.tables().items() if "plugin" in table)}))


def table(name: str) -> str | None:
    """Where the file speaks of ``name``, for people; None where it does not."""
    return f"[brokers.{name}] in {config_file.path()}" if name in config_file.tables() else None


def _named() -> set[str]:
    """The names that the environment has a plugin for."""
    return {match[1].lower().replace("_", "-") for variable in os.environ if (match := _PROFILE.fullmatch(variable))}


def _choice(name: str, key: str, table: Mapping[str, object]) -> str | None:
    """The name that ``key`` has in the environment, else in the file."""
    value = os.environ.get(_prefix(name) + key.upper(), table.get(key))
    if value is None or (isinstance(value, str) and value):
        return value
    raise InvalidRequestError(f"[brokers.{name}] {key} = {value!r} in {config_file.path()}: write the name of a {_CHOICES[key]}")


def load(kind: type[S], said: Profile, given: Mapping[str, object], others: Callable[[], Iterable[str]] = tuple) -> S:
    """The settings by the file, the environment and the keyword arguments ``given``.

    Args:
        kind: The settings class.
        said: What the file says, by ``profile``.
        given: The keyword arguments.
        others: Tells the names of all brokers that are installed or registered; asked only where something may be theirs.

    Raises:
        InvalidRequestError: There is no such setting, a value cannot be, or one is missing.
    """
    known = [attribute.name for attribute in attrs.fields(kind)]
    refuse_unknown(f"[brokers.{said.name}] in {config_file.path()}", said.values, known)
    refuse_unknown(f"registry.get({said.name!r}, ...)", given, known)
    _refuse_unknown_variables(said.name, known, others)
    _look_for_nobodys(said.name, others)
    texts = _texts(said, known, given)
    told = {**_read(kind, texts), **given}
    if missing := [each.name for each in attrs.fields(kind) if each.default is attrs.NOTHING and each.name not in told]:
        hint = f"set {_prefix(said.name)}{missing[0].upper()}, or write it in [brokers.{said.name}] of {config_file.path()}"
        raise InvalidRequestError(f"settings of {said.name}: {missing[0]!r} is missing and has no default; {hint}")
    try:
        told = concealed(kind, told)
        settings = kind(**told)
        hash(settings)  # clients are shared by name and settings
    except (TypeError, ValueError) as error:
        where = {key: f"settings of {said.name}: {key}" for key in given} | {key: text.where for key, text in texts.items()}
        raise InvalidRequestError(_placed(error, _culprit(kind, told), where, said.name)) from harmless(error)
    return settings


def refuse_unknown(where: str, given: Iterable[str], known: Iterable[str]) -> None:
    """Raise InvalidRequestError for the first that is not among the ``known``."""
    for key in given:
        if key not in (names := [*known]):
            raise InvalidRequestError(f"{where}: there is no setting {key!r}; {arguments.near(key, names)}there are {', '.join(names)}")


# Text into values


@frozen
class _Text:
    """One setting as the file or the environment has it."""

    where: str  #: the name of the variable, or the table, its file and the key
    value: object


def _texts(said: Profile, known: list[str], given: Mapping[str, object]) -> dict[str, _Text]:
    """The settings that the file and the environment hold and nobody ``given`` beats."""
    variables = {key: _prefix(said.name) + key.upper() for key in known}
    texts = {key: _Text(f"[brokers.{said.name}] in {config_file.path()}: {key}", value) for key, value in said.values.items()}
    texts |= {key: _Text(variable, os.environ[variable]) for key, variable in variables.items() if variable in os.environ}
    return {key: text for key, text in texts.items() if key not in given}


def _read(kind: type[S], texts: Mapping[str, _Text]) -> dict[str, Any]:
    """Their values, of the types that ``kind`` has."""
    if not texts:
        return {}
    from typed_settings.converters import default_converter  # costs more than all the rest of a start, and only text needs it

    # A path stays as it was written, whoever gave it: resolved, it would no longer show that it is a symbolic link.
    structure = default_converter(resolve_paths=False).structure
    fields = attrs.fields_dict(attrs.resolve_types(kind))
    values = {}
    for key, text in texts.items():
        try:
            values[key] = text.value if is_secret(fields[key].type) else structure(text.value, fields[key].type or Any)
        except Exception as error:  # a stranger's type may raise anything
            raise InvalidRequestError(_unreadable(fields[key], text)) from error
    return values


def _unreadable(setting: attrs.Attribute[Any], text: _Text) -> str:
    """What is wrong with a text, in the words of the setting's own validator where that has some for people."""
    if setting.validator and setting.type is not bool:
        try:
            setting.validator(SimpleNamespace(), setting, text.value)
        except InvalidRequestError as error:
            return _with(text.where, setting.name, str(error))
        except Exception:  # noqa: BLE001, S110  # it was not made for text
            pass
    if setting.type in _NOT:
        return f"{text.where}={text.value!r} {_NOT[setting.type]}"
    return f"{text.where} cannot be read as {getattr(setting.type, '__name__', setting.type)}"  # it may be a secret


def _culprit(kind: type[S], told: Mapping[str, Any]) -> str | None:
    """The first setting that its validator refuses."""
    for setting in attrs.fields(kind):
        if setting.validator and setting.name in told:
            try:
                setting.validator(SimpleNamespace(**told), setting, told[setting.name])
            except Exception:  # noqa: BLE001  # whatever it is, the settings class raised it first
                return str(setting.name)
    return None


def _placed(error: Exception, key: str | None, where: Mapping[str, str], name: str) -> str:
    text = str(error.args[0]) if error.args else repr(error)
    return f"settings of {name}: {text}" if key is None else _with(where[key], key, text)


def _with(where: str, key: str, text: str) -> str:
    """A validator's text about ``key``, with where the value is from."""
    return where + (text.removeprefix(key) if text.startswith(f"{key}=") else f": {text}")


# What means nothing


def _refuse_unknown_variables(name: str, known: list[str], others: Callable[[], Iterable[str]]) -> None:
    """Every variable of the environment that begins like this name's is a setting, or begins like a longer name's."""
    prefix = _prefix(name)
    keys = [key.upper() for key in known]
    strange = [
        each for each in os.environ if each.startswith(prefix) and each.removeprefix(prefix) not in (*keys, *map(str.upper, _CHOICES))
    ]
    if strange:
        longer = tuple(
            each for each in map(_prefix, {*config_file.tables(), *_named(), *others()}) if each != prefix and each.startswith(prefix)
        )
        for variable in strange:
            if not variable.startswith(longer):
                refuse_unknown(variable, [variable.removeprefix(prefix)], keys)


def _look_for_nobodys(name: str, others: Callable[[], Iterable[str]]) -> None:
    """Refuse a table that is meant for ``name`` and spelt otherwise; tell the log once of those that are of no broker and no profile."""
    loose = {each for each, table in config_file.tables().items() if each != name and "plugin" not in table} - _named()
    twins = {each for each in loose if _prefix(each) == _prefix(name)}
    for each in sorted(twins - {*others()} if twins else ()):
        raise InvalidRequestError(f"[brokers.{each}] in {config_file.path()} is of no broker; did you mean [brokers.{name}]?")
    look = config_file.path(), frozenset(loose)
    if loose and look not in _seen:
        _seen.add(look)
        for each in sorted(loose - (names := {*others()})):
            hint = f'{arguments.near(each, {name, *names})}a profile says plugin = "NAME"'
            log().warning("[brokers.%s] in %s is of no broker that is installed, and is not used; %s", each, config_file.path(), hint)


def _prefix(name: str) -> str:
    """What the variables of a name begin with."""
    if not isinstance(name, str) or not name:
        raise InvalidRequestError(f"{name!r} is no name; write the name of a broker")
    return f"BROKERPORT_{name.upper().replace('-', '_')}_"
