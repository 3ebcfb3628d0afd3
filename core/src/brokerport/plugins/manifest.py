"""What a plugin says of itself before anything of it is imported: the file ``brokerport.toml`` in its package.

::

    api = ">=1.0,<2"              # the versions of the plugin API that it works with
    about = "Acme, by its own files"
    same_as = "acme_protocol"     # or: what the manifest of that package says, for brands of one protocol
    questions = ["borrow_fee"]    # that it brings
    markets = ["UK"]              # that it registers

    [capabilities.short_volume]   # each is optional in it, and is what Capability says
    markets = ["US"]
    quota = { requests = 30, seconds = 30 }
    page_size = 50
    since = 2018-08-01
    example = "US.TSLA"

A plugin without one works too. What it answers is then known only when it is loaded. What this core does not know in it is kept: a plugin
of a later API may still work here.
"""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from attrs import evolve, field, frozen

from brokerport.blaming.shadows import hidden
from brokerport.plugins import manifest_toml
from brokerport.questions import Capability
from brokerport.reading import documents, files

NAME = "brokerport.toml"
API = "1.0"  #: the version of the plugin API that this core has: the hooks, the providers, the errors and the models
USUAL = ">=1.0,<2"  # holds API, which needs no library to know; reading another range costs a tenth of a start


class ManifestError(ValueError):
    """What is there is no manifest; the text says where and why."""

    remedy: str | None = None  #: what to rename, where a file of the user's hides the one that has the manifest


@frozen
class Manifest:
    """One plugin's word on itself; None or empty where it says nothing."""

    api: str | None = None  #: versions of the plugin API, as Python packages write them: ``>=1.0,<2``
    about: str | None = None  #: one line for people
    same_as: str | None = None  #: the package whose manifest tells the rest
    questions: tuple[str, ...] = ()  #: the names of those that it brings
    markets: tuple[str, ...] = ()  #: the codes of those that it registers
    capabilities: dict[str, Capability] | None = field(default=None, hash=False)  #: by question
    unknown: dict[str, Any] = field(factory=dict, hash=False)  #: what this core does not know, as it stands there, by where it does

    def works_here(self) -> bool:
        """Whether this core has a plugin API that the plugin works with; one that says nothing is believed to."""
        if self.api in (None, USUAL):
            return True
        from packaging.specifiers import SpecifierSet  # costs as much as the rest of a manifest

        return SpecifierSet(self.api).contains(API)

    def named(self) -> frozenset[str]:
        """The questions that it names: those that it brings, and those that it answers."""
        return frozenset((*self.questions, *(self.capabilities or ())))

    def places(self) -> frozenset[str]:
        """The codes of the markets that it names: those that it registers, and those that it has data of."""
        return frozenset((*self.markets, *(each for told in (self.capabilities or {}).values() for each in told.markets or ())))

    def is_silent(self) -> bool:
        """Whether it says nothing of what it brings and answers: only loading the plugin tells."""
        return self.capabilities is None and not self.questions and not self.markets

    def has_broker(self) -> bool:
        """Whether a broker answers to its name: it says what that answers, or is silent. What only brings questions or markets has none."""
        return self.capabilities is not None or self.is_silent()


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
        error = ManifestError(f"same_as = {own.same_as!r}, and {'no manifest is there' if shared is None else 'that says same_as itself'}")
        error.remedy = hidden(own.same_as.partition(".")[0])
        raise error
    return _with(own, shared)


def _with(own: Manifest, shared: Manifest) -> Manifest:
    """What ``own`` says, and ``shared`` where it says nothing."""
    told = {name: getattr(shared, name) for name in ("api", "about", "questions", "markets", "capabilities") if not getattr(own, name)}
    return evolve(own, **told, unknown={**shared.unknown, **own.unknown})


def _own(module: str) -> Manifest | None:
    path = _path(module)
    if path is None:
        return None
    try:
        told = Manifest(**manifest_toml.read(documents.toml(files.text(path))))
        told.works_here()  # whether the range is one
    except (OSError, ValueError, TypeError) as error:  # ValueError: also of a range that is none, and of what is no TOML
        raise ManifestError(f"{path} is no manifest: {error}") from error
    return told


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
