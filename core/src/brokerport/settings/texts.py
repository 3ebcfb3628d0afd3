"""Settings that are text, or what TOML has for it, into values of their types."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from enum import IntEnum
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import attrs
from attrs import frozen

from brokerport.blaming.strangers import is_strangers
from brokerport.errors import InvalidRequestError
from brokerport.reading import shown
from brokerport.settings import environment
from brokerport.settings.profile import Profile
from brokerport.settings.secret import is_secret
from brokerport.settings.settings import Settings, Text

if TYPE_CHECKING:
    from typed_settings.converters import Converter

_PATH = re.compile(r"(?:\w+\.)*(?:Path|Optional\[(?:\w+\.)*Path\])(?: \| None)?")  # an annotation that is not evaluated yet

#: what is wrong with a text that cannot be read as this type
_NOT = {
    int: "is no whole number",
    float: "is no number",
    bool: "must be true or false; 1 and 0, yes and no, on and off count too",
}


class Rank(IntEnum):
    """How near to the call a setting was said: the nearer beats the further."""

    FILE = 0
    ENVIRONMENT = 1
    KEYWORD = 2


@frozen
class Written:
    """One setting as somebody wrote it."""

    where: str  #: the name of the variable; or the table, its file and the key; or whose keyword argument
    value: object
    rank: Rank


def written(said: Profile, kind: type[Settings], given: Mapping[str, object]) -> dict[str, Written]:
    """What the file, the environment and texts among the keyword arguments say, and nothing else that is ``given`` beats."""
    names = {each.name: environment.variable(said.name, each.name) for each in attrs.fields(kind)}
    variables = {key: variable for key, variable in names.items() if variable in os.environ}
    paths = {each.name for each in attrs.fields(kind) if is_path(each.type)}
    texts = {key: Written(f"{said.table}: {key}", value, Rank.FILE) for key, value in said.values.items()}
    texts |= {key: Written(variable, os.environ[variable], Rank.ENVIRONMENT) for key, variable in variables.items()}
    plain = {key for key, value in given.items() if isinstance(value, Text) or (key in paths and isinstance(value, str))}
    keywords = {key: Written(f"settings of {said.name}: {key}", str(given[key]), Rank.KEYWORD) for key in plain}
    return {key: text for key, text in texts.items() if key not in given} | keywords


def read(kind: type[Settings], texts: Mapping[str, Written]) -> dict[str, Any]:
    """Their values, of the types that ``kind`` has.

    Raises:
        InvalidRequestError: One cannot be read; the text says where it stands.
    """
    if not texts:
        return {}
    fields = attrs.fields_dict(attrs.resolve_types(kind))
    values = {}
    for key, text in texts.items():
        try:
            values[key] = _value(fields[key].type, text.value)
        except BaseException as error:  # a stranger's type may raise anything
            if not is_strangers(error):
                raise
            raise InvalidRequestError(_unreadable(fields[key], text)) from error
    return values


def is_path(kind: object) -> bool:
    """Whether a setting of this type, or written so, holds a path: ``Path``, or ``Path | None``."""
    return bool(_PATH.fullmatch(kind)) if isinstance(kind, str) else kind in (Path, Path | None)


def _value(kind: Any, value: object) -> object:
    if is_secret(kind):
        return value
    if is_path(kind) and isinstance(value, str):
        return _path(value)
    return _converter().structure(value, kind or Any)


@cache
def _converter() -> Converter:
    from typed_settings.converters import default_converter  # costs more than all the rest of a start, and only text needs it

    return default_converter(resolve_paths=False)


def _path(text: str) -> Path:
    """As it was written, whoever gave it: resolved, it would no longer show that it is a symbolic link."""
    if not text.strip():
        raise ValueError("nothing is no path; it would be the folder that the program works in")
    return Path(text)


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
