"""Finds the plugins that are installed, and imports one when its broker is first asked for.

Names, versions, manifests and who claims what are read from package metadata: no plugin can break that. Each is loaded by itself, so one
that fails, or leaves, or is for another core, hurts only those who ask for it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from itertools import groupby

from attrs import define, field, frozen

from brokerport.errors import BrokerportError, PluginError, UnknownBrokerError
from brokerport.events.observers import Observers
from brokerport.logs import harmless, log, said
from brokerport.plugins import hooks, manifest
from brokerport.plugins.claims import Claim, canonical, claims
from brokerport.plugins.hookspecs import Factory
from brokerport.plugins.manifest import Manifest, ManifestError
from brokerport.plugins.turns import NoTurnError, Turns
from brokerport.questions import arguments
from brokerport.questions.providers import Provider
from brokerport.settings import settings
from brokerport.settings.settings import Settings

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
    entry_point: str | None = None  #: its value: the module that holds the hook


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
    _turns: dict[int, Turns] = field(init=False, factory=dict)  # by process: a child that is forked off would never get what a thread holds

    def names(self) -> tuple[str, ...]:
        """The names that may be asked for, in alphabetical order."""
        return tuple({claim.name: claim for claim in claims() if _allowed(claim.name)})

    def each(self) -> Iterator[Plugin]:
        """All that are installed, those that are not used too, in alphabetical order."""
        for _, same in groupby(claims(), key=lambda claim: claim.name):
            rivals = list(same)
            for claim in rivals:
                yield self._record(claim, rivals)

    def installed(self, name: str) -> bool:
        """Whether a plugin has that name."""
        return name in self._loaded or find(name) is not None

    def manifest(self, name: str) -> Manifest:
        """What the manifest of an installed plugin says; imports it not.

        Raises:
            PluginError: As ``offer``, as far as that can be known without importing it.
        """
        self._raise_again(name)
        return _usable(_chosen(name, claims(name)))

    def offer(self, name: str) -> Offer:
        """What an installed plugin registers under its name; imports it when it was not yet.

        Raises:
            PluginError: It does not load, is switched off, is for another core, or is one of two of that name.
        """
        if name not in self._loaded:
            self._raise_again(name)
            with self._turn(name):
                self._raise_again(name)
                if name not in self._loaded:
                    self._load(name)
        return self._loaded[name]

    @contextmanager
    def _turn(self, name: str) -> Iterator[None]:
        """Load it alone; the others that are loaded meanwhile are not held up."""
        here = self._turns.setdefault(os.getpid(), Turns())
        if any(turns.taken(name) for turns in [*self._turns.values()] if turns is not here):  # Python holds its half of the import for good
            raise PluginError(f"plugin {name!r} was being imported when this process was forked; load it before the fork, or spawn")
        try:
            with here.of(name):
                yield
        except NoTurnError as error:
            text = f"plugin {name!r} is asked for while its own import waits for the answer"
            raise PluginError(f"{text}; its author can ask when it is first used") from error

    def _load(self, name: str) -> None:
        claim = _chosen(name, claims(name))
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

    def _record(self, claim: Claim, rivals: list[Claim]) -> Plugin:
        try:
            told = _usable(_chosen(claim.name, rivals, claim))
        except PluginError as error:
            return Plugin(claim.name, claim.distribution, claim.version, PluginState.SKIPPED, error, entry_point=claim.value)
        failure = self._failures.get(claim.name)
        state = PluginState.FAILED if failure else PluginState.LOADED if claim.name in self._loaded else PluginState.FOUND
        return Plugin(claim.name, claim.distribution, claim.version, state, failure, told, claim.value)


def find(name: str) -> Claim | None:
    """The plugin of that name, whether or not it is used; as text, whose it is."""
    return next(iter(claims(name)), None)


def unknown(name: str, names: tuple[str, ...], asked: str | None = None) -> UnknownBrokerError:
    """The error of a name that nothing has, perhaps one that the profile ``asked`` for names."""
    installed = f"installed are {', '.join(names)}" if names else "no broker is installed"
    profiles = settings.profile_names() if asked in (None, name) else ()  # what a profile names is never another profile
    there = f"; profiles are {', '.join(profiles)}" if profiles else ""
    profile = "" if asked in (None, name) else f"the profile {asked!r} has plugin = {name!r}, and there is "
    return UnknownBrokerError(f"{profile}no broker {name!r}; {installed}{there}; {_hint(name, (*names, *profiles))}")


def _hint(name: str, there: tuple[str, ...]) -> str:
    if table := settings.table(name):
        return f'perhaps: pip install brokerport-{name}, or write plugin = "NAME", of the broker that it is a profile of, in {table}'
    return arguments.near(name, there).strip() or f"perhaps: pip install brokerport-{name}"


@contextmanager
def stranger(whose: str, failure: str) -> Iterator[None]:
    """Around a stranger's code: what it raises, other than our own errors, is a PluginError."""
    try:
        yield
    except BrokerportError:
        raise
    except (Exception, SystemExit) as error:  # noqa: BLE001  # a stranger's code, and its error is told
        raise PluginError(f"{whose} {failure}: {said(error)}; tell its author") from harmless(error)


def _chosen(name: str, rivals: list[Claim], expected: Claim | None = None) -> Claim:
    """The one of these plugins to use for ``name``, or why it is none of them, or not the one that is ``expected``."""
    if not _allowed(name):
        raise PluginError(f"{rivals[0]} is switched off: {ALLOWED}={os.environ[ALLOWED]!r} does not name it; add it there")
    wanted = settings.profile(name).distribution
    fitting = [claim for claim in rivals if wanted is None or canonical(wanted) == canonical(claim.distribution)]
    if not fitting:
        raise PluginError(f"the settings of {name} choose the distribution {wanted!r}; there is only {_listed(rivals)}")
    if len(fitting) > 1:
        hint = f"uninstall all but one, or choose: [brokers.{name}] distribution = {fitting[0].distribution!r}"
        raise PluginError(f"{_listed(fitting)} have one name; {hint}")
    if expected not in (None, fitting[0]):
        raise PluginError(f"{expected} is not used: the settings choose {fitting[0]}")
    return fitting[0]


def _listed(rivals: list[Claim]) -> str:
    return " and ".join(map(str, rivals))


def _allowed(name: str) -> bool:
    listed = os.environ.get(ALLOWED)
    return listed is None or name in {each.strip() for each in listed.split(",")}


def _usable(claim: Claim) -> Manifest:
    """The manifest of a plugin that works with this core."""
    try:
        told = manifest.read(claim.module)
    except ManifestError as error:
        raise PluginError(f"{claim} says nothing that can be read: {error}; tell its author") from error
    if told.works_here():
        return told
    text = f"{claim} works with the plugin API {told.api}, and this brokerport has {manifest.API}"
    raise PluginError(f"{text}: pip install --upgrade brokerport {claim.distribution}")


def _offer_of(claim: Claim) -> Offer:
    """Import a plugin and call its hook.

    Each plugin has a manager of its own: what one does wrong stays with it.
    """
    offers: dict[str, Offer] = {}
    observers = Observers()

    def register(name: str, factory: Factory, *, settings: type[Settings] = Settings) -> None:
        offers[name] = Offer(str(claim), factory, settings, observers)

    try:
        manager = hooks.manager(_imported(claim))
        observers.add(*hooks.observers(manager))
        manager.hook.register_providers(register=register)
    except (Exception, SystemExit) as error:  # noqa: BLE001  # a stranger's code: whatever it does must not end the application
        raise PluginError(f"{claim} did not load: {said(error)}") from harmless(error)
    if claim.name not in offers:
        raise PluginError(f"{claim} registered {', '.join(offers) or 'no broker'}, not {claim.name!r}; tell its author")
    return offers[claim.name]


def _imported(claim: Claim) -> object:
    began = time.monotonic()
    module: object = claim.load()
    if (seconds := time.monotonic() - began) > SLOW:
        log().warning("%s took %.1f s to import; its author can import what is heavy when it is first used", claim, seconds)
    return module
