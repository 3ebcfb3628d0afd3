"""Settings that are text, or what TOML has for it, into values of their types."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from types import SimpleNamespace
from typing import Any

import attrs
from attrs import frozen

from brokerport.blaming.strangers import is_strangers
from brokerport.errors import InvalidRequestError
from brokerport.reading import shown
from brokerport.settings import environment
from brokerport.settings.profile import Profile
from brokerport.settings.secret import is_secret
from brokerport.settings.settings import Settings, Text

#: what is wrong with a text that cannot be read as this type
_NOT = {
    int: "is no whole number",
    float: "is no number",
    bool: "must be true or false; 1 and 0, yes and no, on and off count too",
}


@frozen
class Written:
    """One setting as somebody wrote it."""

    where: str  #: the name of the variable; or the table, its file and the key; or whose keyword argument
    value: object


def written(said: Profile, known: Iterable[str], given: Mapping[str, object]) -> dict[str, Written]:
    """What the file, the environment and texts among the keyword arguments say, and nothing else that is ``given`` beats."""
    variables = {key: environment.variable(said.name, key) for key in known}
    texts = {key: Written(f"{said.table}: {key}", value) for key, value in said.values.items()}
    texts |= {key: Written(variable, os.environ[variable]) for key, variable in variables.items() if variable in os.environ}
    keywords = {key: Written(f"settings of {said.name}: {key}", str(value)) for key, value in given.items() if isinstance(value, Text)}
    return {key: text for key, text in texts.items() if key not in given} | keywords


def read(kind: type[Settings], texts: Mapping[str, Written]) -> dict[str, Any]:
    """Their values, of the types that ``kind`` has.

    Raises:
        InvalidRequestError: One cannot be read; the text says where it stands.
    """
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
        except BaseException as error:  # a stranger's type may raise anything
            if not is_strangers(error):
                raise
            raise InvalidRequestError(_unreadable(fields[key], text)) from error
    return values


def placed(where: str, key: str, text: str) -> str:
    """A validator's text about ``key``, with where the value is from."""
    return where + (text.removeprefix(key) if text.startswith(f"{key}=") else f": {text}")


def _unreadable(setting: attrs.Attribute[Any], text: Written) -> str:
    """What is wrong with a text, in the words of the setting's own validator where that has some for people."""
    if setting.validator and setting.type is not bool:
        try:
            setting.validator(SimpleNamespace(), setting, text.value)
        except InvalidRequestError as error:
            return placed(text.where, setting.name, str(error))
        except BaseException as error:  # it was not made for text
            if not is_strangers(error):
                raise
    if setting.type in _NOT:
        return f"{text.where}={shown.value(text.value)} {_NOT[setting.type]}"
    return f"{text.where} cannot be read as {getattr(setting.type, '__name__', setting.type)}"  # it may be a secret
