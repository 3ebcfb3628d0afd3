"""Settings of a broker: defaults, then the TOML file, the environment and keyword arguments, each beating those before.

What is there and means nothing is an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, TypeVar

import attrs

from brokerport.blaming.strangers import blamed, is_strangers
from brokerport.errors import BrokerportError, InvalidRequestError
from brokerport.logs import harmless
from brokerport.settings import environment, moot, strays, texts
from brokerport.settings.profile import Profile
from brokerport.settings.secret import concealed, secrets
from brokerport.settings.settings import Settings
from brokerport.settings.strays import Names
from brokerport.settings.texts import Rank

S = TypeVar("S", bound=Settings)


def load(kind: type[S], said: Profile, given: Mapping[str, object], others: Names = tuple) -> S:
    """The settings by the file, the environment and the keyword arguments ``given``.

    Args:
        kind: The settings class.
        said: What the file says.
        given: The keyword arguments; those of type ``Text``, and texts for paths, are read as those of the environment are.
        others: Tells the names of all brokers that are installed or registered; asked only where something may be theirs.

    Raises:
        InvalidRequestError: There is no such setting, a value cannot be, or one is missing; or others can read a secret in the file.
        PluginError: The plugin's own settings class failed otherwise.
    """
    known = [attribute.name for attribute in attrs.fields(kind)]
    strays.refuse(said.table, said.values, known)
    _refuse_exposed(kind, said)
    strays.refuse(f"registry.get({said.name!r}, ...)", given, known)
    strays.refuse_variables(said, known, others)
    strays.look_through(said.name, said.file, others)
    written = texts.written(said, kind, given)
    told = {**given, **texts.read(kind, written)}
    _refuse_missing(kind, said, told)
    where = {key: f"settings of {said.name}: {key}" for key in given} | {key: text.where for key, text in written.items()}
    ranks = {key: text.rank for key, text in written.items()} | dict.fromkeys(given, Rank.KEYWORD)
    return _made(kind, moot.dropped(kind, told, ranks, where), where, said.name)


def _refuse_exposed(kind: type[Settings], said: Profile) -> None:
    if said.file.exposed and (secret := next((name for name in secrets(kind) if name in said.values), None)):
        raise InvalidRequestError(f"{said.table} holds a secret, {secret}, and the file {said.file.exposed}")


def _refuse_missing(kind: type[Settings], said: Profile, told: Mapping[str, object]) -> None:
    if missing := [each.name for each in attrs.fields(kind) if each.default is attrs.NOTHING and each.name not in told]:
        hint = f"set {environment.variable(said.name, missing[0])}, or write it in [brokers.{said.name}] of {said.file.path}"
        raise InvalidRequestError(f"settings of {said.name}: {missing[0]!r} is missing and has no default; {hint}")


def _made(kind: type[S], told: Mapping[str, Any], where: Mapping[str, str], name: str) -> S:
    try:
        told = concealed(kind, told)
        settings = kind(**told)
        hash(settings)  # clients are shared by name and settings
    except (TypeError, ValueError) as error:
        raise InvalidRequestError(_refusal(kind, told, error, where, name)) from harmless(error)
    except BrokerportError:
        raise
    except BaseException as error:  # a stranger's default or validator, such as one that looks for a home folder
        if not is_strangers(error):
            raise
        raise blamed(f"settings of {name} cannot be made:", error) from harmless(error)
    return settings


def _refusal(kind: type[Settings], told: Mapping[str, Any], error: Exception, where: Mapping[str, str], name: str) -> str:
    text = str(error.args[0]) if error.args else repr(error)
    key = _culprit(kind, told)
    return f"settings of {name}: {text}" if key is None else texts.placed(where[key], key, text)


def _culprit(kind: type[Settings], told: Mapping[str, Any]) -> str | None:
    """The first setting that its validator refuses."""
    for setting in attrs.fields(kind):
        if setting.validator and setting.name in told:
            try:
                setting.validator(SimpleNamespace(**told), setting, told[setting.name])
            except BaseException as error:  # whatever it is, the settings class raised it first
                if not is_strangers(error):
                    raise
                return str(setting.name)
    return None
