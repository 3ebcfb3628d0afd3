"""What is installed, at one look: the plugins, and what the manifest of each says, both read once for all that one operation asks."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from attrs import define, field

from brokerport.blaming.strangers import AUTHOR
from brokerport.errors import PluginError
from brokerport.logs import clean
from brokerport.plugins import manifest
from brokerport.plugins.claims import NAME, Claim, claims
from brokerport.plugins.manifest import Manifest, ManifestError

ALLOWED = "BROKERPORT_PLUGINS"  #: in the environment: the names of the plugins to use, with commas between; empty for none

PATIENCE = 10.0  # seconds that an operation waits for imports that do not end, or fail, all together


def allowed(name: str) -> bool:
    """Whether the environment lets a plugin of that name be used."""
    listed = os.environ.get(ALLOWED)
    return listed is None or name in {each.strip() for each in listed.split(",")}


@define(eq=False)
class Look:
    """The plugins as they were found."""

    claims: Sequence[Claim] = field(factory=claims)  #: in alphabetical order
    patience: float = field(init=False, factory=lambda: PATIENCE)  #: what is left of it
    over: bool = field(init=False, default=False)  #: the operation has ended: what goes on behind it looks for itself
    _by_name: dict[str, list[Claim]] = field(init=False, factory=dict)
    _told: dict[Claim, Manifest | PluginError] = field(init=False, factory=dict)
    _brought: frozenset[str] | None = field(init=False, default=None)

    def __attrs_post_init__(self) -> None:
        for claim in self.claims:
            self._by_name.setdefault(claim.name, []).append(claim)

    def of(self, name: str) -> list[Claim]:
        """Those of one name."""
        return self._by_name.get(name, [])

    def names(self) -> Iterator[str]:
        """Each name that a broker can have."""
        return filter(NAME.fullmatch, self._by_name)

    def manifests(self) -> Iterator[tuple[Claim, Manifest]]:
        """Each plugin that may be used, and what it says; without those that are for another core or say nothing that can be read."""
        for claim in self.claims:
            if allowed(claim.name):
                try:
                    yield claim, self.usable(claim)
                except PluginError:  # whoever asks for it, is told
                    continue

    def brought(self) -> frozenset[str]:
        """The names of the questions, and the codes of the markets, that they say they bring."""
        if self._brought is None:
            self._brought = frozenset(each for _, told in self.manifests() for each in (*told.questions, *told.markets))
        return self._brought

    def usable(self, claim: Claim) -> Manifest:
        """The manifest of a plugin that works with this core.

        Raises:
            PluginError: It does not, or its entry point is faulty, or its manifest cannot be read.
        """
        told = self._told.get(claim)
        if told is None:
            told = self._told[claim] = _read(claim)
        if isinstance(told, PluginError):
            raise told.with_traceback(None)
        return told


_running: ContextVar[Look | None] = ContextVar("look", default=None)


def now() -> Look:
    """That of the running operation, else a new one."""
    look = _running.get()
    return Look() if look is None or look.over else look


@contextmanager
def once() -> Iterator[Look]:
    """Everything inside is answered by one look."""
    look = _running.get()
    if look is not None and not look.over:
        yield look
        return
    look = Look()
    token = _running.set(look)
    try:
        yield look
    finally:
        look.over = True
        _running.reset(token)


def _read(claim: Claim) -> Manifest | PluginError:
    try:
        return _usable(claim)
    except PluginError as error:
        return error


def _usable(claim: Claim) -> Manifest:
    try:
        told = manifest.read(claim.module)
    except ManifestError as error:
        failure = PluginError(f"{claim} says nothing that can be read: {clean(str(error))}; {error.remedy or AUTHOR}")
        failure.remedy = error.remedy
        raise failure from error
    if not told.works_here():
        text = f"{claim} works with the plugin API {clean(told.api or '')}, and this brokerport has {manifest.API}"
        raise PluginError(f"{text}; upgrade the older of brokerport and {claim.distribution}")
    return told
