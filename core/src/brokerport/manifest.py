"""What a plugin says of itself before anything of it is imported: the file ``brokerport.toml`` in its package.

::

    api = ">=1.0,<2"              # the versions of the plugin API that it works with
    about = "Acme, by its own files"
    same_as = "acme_protocol"     # or: what the manifest of that package says, for brands of one protocol

    [capabilities.short_volume]   # each is optional in it, and is what Capability says
    markets = ["US"]
    quota = { requests = 30, seconds = 30 }
    page_size = 50
    since = 2018-08-01

A plugin without one works too. What it answers is then known only when it is loaded.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

import attrs
from attrs import field, frozen

from brokerport.errors import PluginError
from brokerport.models import Market
from brokerport.providers import QUESTIONS, Capability
from brokerport.quota import Quota

T = TypeVar("T")

NAME = "brokerport.toml"
API = "1.0"  #: the version of the plugin API that this core has: the hooks, the providers, the errors and the models


@frozen
class Manifest:
    """One plugin's word on itself; None where it says nothing."""

    api: str | None = None  #: versions of the plugin API, as Python packages write them: ``>=1.0,<2``
    about: str | None = None  #: one line for people
    same_as: str | None = None  #: the package whose manifest tells the rest
    capabilities: dict[str, Capability] | None = field(default=None, hash=False)  #: by question

    def works_here(self) -> bool:
        """Whether this core has a plugin API that the plugin works with; one that says nothing is believed to."""
        if self.api is None:
            return True
        from packaging.specifiers import SpecifierSet  # costs as much as the rest of a manifest

        return SpecifierSet(self.api).contains(API)


def read(module: str) -> Manifest:
    """The manifest of the package that ``module`` is or is in; imports neither.

    Raises:
        PluginError: There is one, and it cannot be read.
    """
    own = _own(module)
    if own.same_as is None:
        return own
    shared = _own(own.same_as)
    return Manifest(own.api or shared.api, own.about or shared.about, own.same_as, own.capabilities or shared.capabilities)


def _own(module: str) -> Manifest:
    path = _path(module)
    if path is None:
        return Manifest()
    try:
        return _told(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:  # ValueError: also of a range that is none, and of what is no TOML
        raise PluginError(f"{path} is no manifest: {error}") from error


def _path(module: str) -> Path | None:
    """Where the manifest is; nothing is imported to find it, so it is looked for in the topmost package."""
    try:
        spec = find_spec(module.partition(".")[0])
    except (ImportError, ValueError):
        return None
    folders = spec.submodule_search_locations if spec else None
    return next((path for folder in folders or () if (path := Path(folder) / NAME).is_file()), None)


def _told(table: dict[str, Any]) -> Manifest:
    _refuse_unknown("the manifest", table, attrs.fields_dict(Manifest))
    capabilities = _typed("capabilities", table.get("capabilities", {}), dict)
    texts = {name: _typed(name, table[name], str) for name in ("api", "about", "same_as") if name in table}
    told = Manifest(**texts, capabilities={question: _capability(question, each) for question, each in capabilities.items()} or None)
    told.works_here()  # whether the range is one
    return told


def _capability(question: str, each: object) -> Capability:
    where = f"[capabilities.{question}]"
    _refuse_unknown("capabilities", {question: each}, QUESTIONS)
    table = _typed(where, each, dict)
    _refuse_unknown(where, table, _KINDS)
    values: dict[str, Any] = {name: _typed(f"{where} {name}", value, _KINDS[name]) for name, value in table.items()}
    if "markets" in values:
        values["markets"] = frozenset(map(Market, values["markets"]))
    if "quota" in values:
        values["quota"] = Quota(**values["quota"])
    return Capability(question, **values)


#: what a capability's table may hold, and as what TOML gives it
_KINDS: dict[str, type] = {"markets": list, "quota": dict, "page_size": int, "since": date}


def _typed(name: str, value: object, kind: type[T]) -> T:
    if type(value) is kind:
        return value
    raise TypeError(f"{name} = {value!r} must be a {_WORDS[kind]}")


_WORDS = {str: "text", list: "list", dict: "table", int: "whole number", date: "day, such as 2018-08-01 without quotes"}


def _refuse_unknown(where: str, table: Mapping[str, object], known: Collection[str]) -> None:
    if strangers := table.keys() - {*known}:
        raise ValueError(f"{where} has {', '.join(sorted(strangers))}; there are only {', '.join(known)}")
