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

import os
import tomllib
from collections.abc import Collection, Mapping
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

import attrs
from attrs import field, frozen

from brokerport.models import Market
from brokerport.models.quota import Quota
from brokerport.questions import QUESTIONS, Capability

T = TypeVar("T")

NAME = "brokerport.toml"
API = "1.0"  #: the version of the plugin API that this core has: the hooks, the providers, the errors and the models
USUAL = ">=1.0,<2"  # holds API, which needs no library to know; reading another range costs a tenth of a start

#: what a capability's table may hold, and a quota's, and as what TOML gives it
CAPABILITY: dict[str, type] = {"markets": list, "quota": dict, "page_size": int, "since": date}
QUOTA: dict[str, type] = {"requests": int, "seconds": int}


class ManifestError(ValueError):
    """What is there is no manifest; the text says where and why."""


@frozen
class Manifest:
    """One plugin's word on itself; None where it says nothing."""

    api: str | None = None  #: versions of the plugin API, as Python packages write them: ``>=1.0,<2``
    about: str | None = None  #: one line for people
    same_as: str | None = None  #: the package whose manifest tells the rest
    capabilities: dict[str, Capability] | None = field(default=None, hash=False)  #: by question

    def works_here(self) -> bool:
        """Whether this core has a plugin API that the plugin works with; one that says nothing is believed to."""
        if self.api in (None, USUAL):
            return True
        from packaging.specifiers import SpecifierSet  # costs as much as the rest of a manifest

        return SpecifierSet(self.api).contains(API)


def read(module: str) -> Manifest:
    """The manifest of the package that ``module`` is or is in; imports neither. One that is in a zip is not seen.

    Raises:
        ManifestError: There is one, and it cannot be read.
    """
    own = _own(module) or Manifest()
    if own.same_as is None:
        return own
    shared = _own(own.same_as)
    if shared is None or shared.same_as is not None:
        raise ManifestError(f"same_as = {own.same_as!r}, and {'no manifest is there' if shared is None else 'that says same_as itself'}")
    return Manifest(own.api or shared.api, own.about or shared.about, own.same_as, own.capabilities or shared.capabilities)


def _own(module: str) -> Manifest | None:
    path = _path(module)
    if path is None:
        return None
    try:
        if not path.is_file():
            raise ValueError("it is no file")  # noqa: TRY301  # nor is what a link leads to; a pipe would be waited for
        return _told(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, RecursionError) as error:  # ValueError: also of a range that is none, and of what is no TOML
        raise ManifestError(f"{path} is no manifest: {error}") from error


def _path(module: str) -> Path | None:
    """Where the manifest is: in the package, else in one that it is in; nothing is imported to find it."""
    top, *inner = module.split(".")
    try:
        spec = find_spec(top)
    except (ImportError, ValueError):
        return None
    folders = (spec.submodule_search_locations if spec else None) or ()
    paths = (Path(folder, *inner[:depth], NAME) for depth in range(len(inner), -1, -1) for folder in folders)
    return next(filter(os.path.lexists, paths), None)


def _told(table: dict[str, Any]) -> Manifest:
    _refuse_unknown("the manifest", table, attrs.fields_dict(Manifest))
    capabilities = _typed("capabilities", table.get("capabilities", {}), dict)
    texts = {name: _typed(name, table[name], str) for name in ("api", "about", "same_as") if name in table}
    told = Manifest(**texts, capabilities={question: _capability(question, each) for question, each in capabilities.items()} or None)
    told.works_here()  # whether the range is one
    return told


def _capability(question: str, each: object) -> Capability:
    where = f"[capabilities.{question}]"
    _refuse_unknown("capabilities", [question], QUESTIONS)
    table = _table(where, each, CAPABILITY)
    values: dict[str, Any] = {**table}
    if "markets" in table:
        values["markets"] = frozenset(Market(market) for market in table["markets"])
    if "quota" in table:
        values["quota"] = Quota(**_table(f"{where} quota", table["quota"], QUOTA, needed=QUOTA))
    return Capability(question, **values)


def _table(where: str, value: object, kinds: Mapping[str, type], *, needed: Collection[str] = ()) -> dict[str, Any]:
    table = _typed(where, value, dict)
    _refuse_unknown(where, table, kinds)
    if missing := [name for name in needed if name not in table]:
        raise ValueError(f"{where} lacks {', '.join(missing)}")
    return {name: _typed(f"{where} {name}", each, kinds[name]) for name, each in table.items()}


def _typed(name: str, value: object, kind: type[T]) -> T:
    if type(value) is not kind:
        raise TypeError(f"{name} = {value!r} must be {_WORDS[kind]}")
    if isinstance(value, int) and value < 1:
        raise ValueError(f"{name} = {value} must be 1 or more")
    return value


_WORDS = {str: "a text", list: "a list", dict: "a table", int: "a whole number", date: "a day, such as 2018-08-01 without quotes"}


def _refuse_unknown(where: str, told: Collection[str], known: Collection[str]) -> None:
    if strangers := {*told} - {*known}:
        raise ValueError(f"{where} has {', '.join(sorted(strangers))}; there are only {', '.join(known)}")
