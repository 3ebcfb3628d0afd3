"""Finds the plugins that are installed, and imports one when its broker is first asked for.

Names, versions, manifests and who claims what are read from package metadata: no plugin can break that. Each is loaded by itself, so one
that fails, or leaves, or is for another core, hurts only those who ask for it.
"""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from enum import StrEnum
from importlib.metadata import EntryPoint, entry_points
from threading import RLock

from attrs import define, field, frozen

from brokerport import hooks, manifest, settings
from brokerport.errors import BrokerportError, PluginError, UnknownBrokerError
from brokerport.hookspecs import Factory
from brokerport.logs import log
from brokerport.manifest import Manifest
from brokerport.observers import Observers
from brokerport.providers import Provider
from brokerport.settings import Settings

GROUP = "brokerport"
ALLOWED = "BROKERPORT_PLUGINS"  #: in the environment: the names of the plugins to use, with commas between; empty for none
SLOW = 0.2  # seconds; an import that takes longer is told of


class PluginState(StrEnum):
    """How far a plugin has come."""

    FOUND = "found"  #: installed, not imported yet
    LOADED = "loaded"  #: imported, its hook was called
    FAILED = "failed"  #: it did not load; see the error
    SKIPPED = "skipped"  #: it is not used; the error says why, and what to do


@frozen
class Plugin:
    """One broker's name, where it comes from, and what its manifest says."""

    name: str
    distribution: str | None  #: None for what an application registered itself
    version: str | None
    state: PluginState
    error: PluginError | None = None
    manifest: Manifest = field(factory=Manifest)


@frozen
class Offer:
    """What was registered under one name."""

    origin: str  #: who registered it, for people
    factory: Factory
    settings: type[Settings] = field()
    observers: Observers = field(eq=False, factory=Observers)  #: the plugin's own

    @settings.validator
    def _check_settings(self, _: object, settings: object) -> None:
        if not (isinstance(settings, type) and issubclass(settings, Settings)):
            raise TypeError(f"settings={settings!r} is no subclass of brokerport.Settings")

    def provider(self, chosen: Settings) -> Provider:
        """A new, unconnected provider."""
        with stranger(self.origin, "made no provider"):
            provider: object = self.factory(chosen)
        if isinstance(provider, Provider):
            return provider
        raise PluginError(f"{self.origin} made {provider!r}, which is no Provider; tell its author")


@define(eq=False)
class Plugins:
    """The plugins of this environment, and those of them that were loaded."""

    _loaded: dict[str, Offer] = field(init=False, factory=dict)
    _failures: dict[str, PluginError] = field(init=False, factory=dict)
    _lock: RLock = field(init=False, factory=RLock)

    def names(self) -> tuple[str, ...]:
        """The names that may be asked for, in alphabetical order."""
        return tuple(sorted(name for name in _claims() if _allowed(name)))

    def each(self) -> Iterator[Plugin]:
        """All that are installed, those that are not used too, in alphabetical order."""
        for _, claims in sorted(_claims().items()):
            for claim in claims:
                yield self._record(claim, claims)

    def installed(self, name: str) -> bool:
        """Whether a plugin has that name."""
        return name in self._loaded or find(name) is not None

    def manifest(self, name: str) -> Manifest:
        """What the manifest of an installed plugin says; imports it not.

        Raises:
            PluginError: As ``offer``, as far as that can be known without importing it.
        """
        self._raise_again(name)
        return _usable(_chosen(name, list(entry_points(group=GROUP, name=name))))

    def offer(self, name: str) -> Offer:
        """What an installed plugin registers under its name; imports it when it was not yet.

        Raises:
            PluginError: It does not load, is switched off, is for another core, or is one of two of that name.
        """
        with self._lock:
            self._raise_again(name)
            if name not in self._loaded:
                self._load(name)
            return self._loaded[name]

    def _load(self, name: str) -> None:
        claim = _chosen(name, list(entry_points(group=GROUP, name=name)))
        _usable(claim)
        try:
            self._loaded[name] = _offer_of(claim)
        except PluginError as error:  # for good: what half of it did is done
            self._failures[name] = error
            log().warning("%s", error)
            raise

    def _raise_again(self, name: str) -> None:
        if name in self._failures:
            raise self._failures[name].with_traceback(None)  # else it would hold the frames of all who asked before

    def _record(self, claim: EntryPoint, claims: list[EntryPoint]) -> Plugin:
        try:
            said = _usable(_chosen(claim.name, claims, claim))
        except PluginError as error:
            return Plugin(claim.name, *_release(claim), PluginState.SKIPPED, error)
        failure = self._failures.get(claim.name)
        state = PluginState.FAILED if failure else PluginState.LOADED if claim.name in self._loaded else PluginState.FOUND
        return Plugin(claim.name, *_release(claim), state, failure, said)


def find(name: str) -> EntryPoint | None:
    """The entry point of that name, whether or not it is used."""
    return next(iter(entry_points(group=GROUP, name=name)), None)


def origin(claim: EntryPoint) -> str:
    """Whose a plugin is, for people."""
    return f"plugin {claim.name!r} of {' '.join(_release(claim))}"


def unknown(name: str, names: tuple[str, ...]) -> UnknownBrokerError:
    """The error of a name that nothing has."""
    installed = f"installed are {', '.join(names)}" if names else "no broker is installed"
    near = get_close_matches(name, names, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"perhaps: pip install brokerport-{name}"
    return UnknownBrokerError(f"no broker {name!r}; {installed}; {hint}")


@contextmanager
def stranger(whose: str, failure: str) -> Iterator[None]:
    """Around a stranger's code: what it raises, other than our own errors, is a PluginError."""
    try:
        yield
    except BrokerportError:
        raise
    except (Exception, SystemExit) as error:
        raise PluginError(f"{whose} {failure}: {type(error).__name__}: {error}; tell its author") from error


def _claims() -> dict[str, list[EntryPoint]]:
    """Who claims which name."""
    claims = defaultdict(list)
    for claim in entry_points(group=GROUP):
        claims[claim.name].append(claim)
    return claims


def _chosen(name: str, claims: list[EntryPoint], expected: EntryPoint | None = None) -> EntryPoint:
    """The one of these plugins to use for ``name``, or why it is none of them, or not the one that is ``expected``."""
    if not _allowed(name):
        raise PluginError(f"{origin(claims[0])} is switched off: {ALLOWED}={os.environ[ALLOWED]!r} does not name it")
    wanted = settings.profile(name).distribution
    fitting = [claim for claim in claims if wanted in (None, _release(claim)[0])]
    if not fitting:
        raise PluginError(f"the settings of {name} choose the distribution {wanted!r}; there are only {_rivals(claims)}")
    if len(fitting) > 1:
        hint = f"uninstall all but one, or choose: [brokers.{name}] distribution = {_release(fitting[0])[0]!r}"
        raise PluginError(f"{_rivals(fitting)} have one name; {hint}")
    if expected is not None and _release(expected) != _release(fitting[0]):
        raise PluginError(f"{origin(expected)} is not used: the settings choose {origin(fitting[0])}")
    return fitting[0]


def _rivals(claims: list[EntryPoint]) -> str:
    return " and ".join(map(origin, claims))


def _allowed(name: str) -> bool:
    listed = os.environ.get(ALLOWED)
    return listed is None or name in {each.strip() for each in listed.split(",")}


def _usable(claim: EntryPoint) -> Manifest:
    """The manifest of a plugin that works with this core."""
    said = manifest.read(_module(claim))
    if said.works_here():
        return said
    text = f"{origin(claim)} works with the plugin API {said.api}, and this brokerport has {manifest.API}"
    raise PluginError(f"{text}: pip install --upgrade brokerport {_release(claim)[0]}")


def _offer_of(claim: EntryPoint) -> Offer:
    """Import a plugin and call its hook.

    Each plugin has a manager of its own: what one does wrong stays with it.
    """
    offers: dict[str, Offer] = {}
    observers = Observers()

    def register(name: str, factory: Factory, *, settings: type[Settings] = Settings) -> None:
        offers[name] = Offer(origin(claim), factory, settings, observers)

    try:
        manager = hooks.manager(_imported(claim))
        observers.add(*hooks.observers(manager))
        manager.hook.register_providers(register=register)
    except (Exception, SystemExit) as error:  # a stranger's code: whatever it does must not end the application
        raise PluginError(f"{origin(claim)} did not load: {type(error).__name__}: {error}") from error
    if claim.name not in offers:
        raise PluginError(f"{origin(claim)} registered {', '.join(offers) or 'no broker'}, not {claim.name!r}; tell its author")
    return offers[claim.name]


def _imported(claim: EntryPoint) -> object:
    began = time.monotonic()
    module: object = claim.load()
    if (seconds := time.monotonic() - began) > SLOW:
        log().warning("%s took %.1f s to import; its author can import what is heavy when it is first used", origin(claim), seconds)
    return module


def _release(claim: EntryPoint) -> tuple[str, str]:
    """The name and version of the distribution that brings the plugin."""
    told = (claim.dist.name, claim.dist.version) if claim.dist else (None, None)
    return told[0] or "unnamed distribution", told[1] or "unknown"


def _module(claim: EntryPoint) -> str:
    return claim.value.partition(":")[0].strip()
