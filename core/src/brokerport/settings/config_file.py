"""The TOML file of the user's settings: ``$BROKERPORT_CONFIG``, or ``brokerport/config.toml`` in the folder for configurations.

Who can change it can send the user to another broker, so nobody else may; and where it holds a secret, nobody else may read it.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

from attrs import field, frozen

from brokerport.errors import InvalidRequestError
from brokerport.logs import log
from brokerport.reading import documents, files, shown
from brokerport.settings import home, others
from brokerport.settings.environment import LONGEST_NAME

NAMED = "BROKERPORT_CONFIG"
MOUNTED = "BROKERPORT_CONFIG_MOUNTED"  # true: a container's runtime mounts it, and others in the container may read its secrets

_FOLDERS = {  # where each platform keeps a user's configurations
    "win32": ("APPDATA", "AppData/Roaming"),
    "darwin": ("XDG_CONFIG_HOME", "Library/Application Support"),
    "": ("XDG_CONFIG_HOME", ".config"),
}


@frozen
class ConfigFile:
    """What the file holds; where there is no file, nothing."""

    path: Path  #: where it is, or would be
    tables: dict[str, dict[str, Any]] = field(factory=dict)  #: that of each name
    exposed: str | None = None  #: how others can read it, and what to do, where they can

    def table(self, name: str) -> str:
        """The table of ``name``, for people."""
        return f"[brokers.{name}] in {self.path}"


def read() -> ConfigFile:
    """What it holds now.

    Raises:
        InvalidRequestError: It cannot be read, holds something else than such tables, or others can change it.
    """
    where = path()
    if not os.environ.get(NAMED) and not where.is_absolute():
        return ConfigFile(where)
    try:
        text, exposed = _opened(where)
        told = documents.toml(text)
    except (FileNotFoundError, NotADirectoryError) as error:
        return _none(where, "which is not there", error)
    except RuntimeError as error:
        return _none(where, f"and {home.UNKNOWN}, or name the file by its whole path", error)
    except OSError as error:
        if not os.environ.get(NAMED) and _closed(where):
            return ConfigFile(where)
        raise InvalidRequestError(f"{where} cannot be read as TOML: {error.strerror}") from error
    except InvalidRequestError:
        raise
    except ValueError as error:
        raise InvalidRequestError(f"{where} cannot be read as TOML: {error}") from error
    return ConfigFile(where, _tables(where, told), exposed)


def _none(where: Path, why: str, error: Exception) -> ConfigFile:
    """An empty one, where none has to be there."""
    if os.environ.get(NAMED):
        raise InvalidRequestError(f"{NAMED} names {where}, {why}") from error
    return ConfigFile(where)


def path() -> Path:
    """Where the file is, or would be; begins with ``~`` where nobody knows the user's home folder."""
    if named := os.environ.get(NAMED):
        return Path(named)
    return (home.folder(_FOLDERS) or Path("~/.config")) / "brokerport" / "config.toml"


def _opened(where: Path) -> tuple[str, str | None]:
    """What is in it, and how others can read it."""
    with files.plain(where.expanduser()) as opened:
        if fault := others.may_write(where, opened.fileno()):
            raise InvalidRequestError(f"{where} {fault}")
        return files.decoded(opened), others.may_read(where, opened.fileno(), mounted=MOUNTED)


def _closed(where: Path) -> bool:
    """Whether the folder, which nobody named, is closed to this user: it is that of another, by a HOME that was left over."""
    try:
        where.stat()
    except PermissionError:
        _tell_once(where.parent)
        return True
    except OSError:
        pass
    return False


@cache
def _tell_once(folder: Path) -> None:
    log().warning("%s is closed to you, and whatever settings are there are not used; set HOME, or %s to a file", folder, NAMED)


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
