"""Where a distribution of this project can be installed from, as long as no package index has it: the clone that this one came from."""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

OURS = "brokerport"  #: the distribution whose folder is in the clone
GROUP = "brokerport"  #: of the entry points of plugins


def folders(wanted: str) -> list[str]:
    """What to install for ``wanted``, as a shell takes it: what is not there of its needs, then itself; nothing where it is in no clone."""
    projects = _projects()
    return [shlex.quote(str(projects[each])) for each in _with_needs(wanted, projects)] if wanted in projects else []


def of_plugin(name: str) -> list[str]:
    """The same for the distribution that brings the plugin of that name."""
    projects = _projects()
    return next((folders(each) for each, folder in projects.items() if name in _plugins(folder)), [])


def _plugins(folder: Path) -> dict[str, str]:
    told = _read(folder / "pyproject.toml").get("entry-points", {})
    return told.get(GROUP, {}) if isinstance(told, dict) else {}


def _projects() -> dict[str, Path]:
    """The folders of the clone by the distribution that each holds."""
    root = _root()
    files = [] if root is None else [*root.glob("*/pyproject.toml"), *root.glob("plugins/*/pyproject.toml")]
    return {name: file.parent for file in files if (name := _read(file).get("name"))}


def _root() -> Path | None:
    """The clone, as pip wrote down where it installed from."""
    try:
        told = json.loads(distribution(OURS).read_text("direct_url.json") or "{}")
        where = urlsplit(told.get("url", ""))
    except (PackageNotFoundError, ValueError, AttributeError, OSError):
        return None
    return Path(url2pathname(where.path)).parent if where.scheme == "file" and "dir_info" in told else None


def _read(file: Path) -> dict[str, Any]:
    try:
        project = tomllib.loads(file.read_text("utf-8")).get("project")
    except (OSError, ValueError):
        return {}
    return project if isinstance(project, dict) else {}


def _with_needs(wanted: str, projects: dict[str, Path]) -> Iterator[str]:
    """What it needs first, and itself last."""
    told = _read(projects[wanted] / "pyproject.toml").get("dependencies", [])
    for need in [re.split(r"[^\w.-]", text, maxsplit=1)[0] for text in told]:
        if need in projects and need != wanted and not _is_there(need):
            yield from _with_needs(need, projects)
    yield wanted


def _is_there(name: str) -> bool:
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True
