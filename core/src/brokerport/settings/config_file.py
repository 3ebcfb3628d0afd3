"""The TOML file of the user's settings: ``$BROKERPORT_CONFIG``, or ``brokerport/config.toml`` in the folder for configurations."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from attrs import field, frozen

from brokerport.errors import InvalidRequestError
from brokerport.reading import documents, files, shown
from brokerport.settings.environment import LONGEST_NAME

_FOLDERS = {  # where each platform keeps a user's configurations, below the home folder
    "win32": ("APPDATA", "AppData/Roaming"),
    "darwin": ("XDG_CONFIG_HOME", "Library/Application Support"),
}
_ELSEWHERE = ("XDG_CONFIG_HOME", ".config")


@frozen
class ConfigFile:
    """What the file holds; where there is no file, nothing."""

    path: Path  #: where it is, or would be
    tables: dict[str, dict[str, Any]] = field(factory=dict)  #: that of each name

    def table(self, name: str) -> str:
        """The table of ``name``, for people."""
        return f"[brokers.{name}] in {self.path}"


def read() -> ConfigFile:
    """What it holds now.

    Raises:
        InvalidRequestError: It cannot be read, or holds something else than such tables.
    """
    where = path()
    try:
        told = documents.toml(files.text(where.expanduser()))
    except (FileNotFoundError, NotADirectoryError, RuntimeError) as error:  # RuntimeError: this user has no home folder
        if os.environ.get("BROKERPORT_CONFIG"):
            raise InvalidRequestError(f"BROKERPORT_CONFIG names {where}, which is not there") from error
        return ConfigFile(where)
    except (OSError, ValueError) as error:
        raise InvalidRequestError(f"{where} cannot be read as TOML: {error}") from error
    return ConfigFile(where, _tables(where, told))


def path() -> Path:
    """Where the file is, or would be; begins with ``~`` where nobody knows the user's home folder."""
    if named := os.environ.get("BROKERPORT_CONFIG"):
        return Path(named)
    variable, below_home = _FOLDERS.get(sys.platform, _ELSEWHERE)
    folder = os.environ.get(variable)
    return (Path(folder) if folder else _home() / below_home) / "brokerport" / "config.toml"


def _home() -> Path:
    try:
        return Path.home()
    except RuntimeError:  # no HOME, and no such user in the system's list, as in some containers
        return Path("~")


def _tables(where: Path, told: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Those of [brokers.NAME]; there is nothing else in the file."""
    brokers = told.pop("brokers", {})
    for key, value in told.items():
        raise InvalidRequestError(f"{where} has {_outside(key, value)} settings are in tables [brokers.NAME]")
    if not isinstance(brokers, dict):
        raise InvalidRequestError(f"brokers in {where} is {shown.value(brokers)}; write a table for each broker, [brokers.NAME]")
    for name, value in brokers.items():
        each = shown.name(name)
        if not isinstance(value, dict):
            raise InvalidRequestError(f"brokers.{each} in {where} is {shown.value(value)}; it must be a table, [brokers.{each}]")
        if not 0 < len(name) <= LONGEST_NAME:
            raise InvalidRequestError(f"[brokers.{shown.value(name)}] in {where}: write the name of a broker")
    return brokers


def _outside(key: str, value: object) -> str:
    """What is beside [brokers.NAME], and what it may be meant for."""
    if not isinstance(value, dict):
        return f"{shown.value(key)} in no table;"
    inner = [name for name in value if isinstance(value[name], dict)]
    path = [shown.name(each) for each in (key, *inner[:1])]
    return f"a table [{'.'.join(path)}]; did you mean [brokers.{path[-1]}]?"
