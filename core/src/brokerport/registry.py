"""Finds the brokers that are installed, loads only the one asked for, and opens clients.

Names come from package metadata alone. A plugin is imported when its broker is first asked for; one that does not load hurts
nobody else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from difflib import get_close_matches
from enum import StrEnum
from importlib.metadata import EntryPoint, entry_points
from threading import RLock

from attrs import field, frozen

from brokerport import hooks, settings
from brokerport.client import AsyncClient, Client
from brokerport.errors import BrokerportError, InvalidRequestError, PluginError, UnknownBrokerError
from brokerport.hookspecs import Factory
from brokerport.observers import Observers
from brokerport.providers import Capability, Provider
from brokerport.settings import Settings

GROUP = "brokerport"


class PluginState(StrEnum):
    """How far a plugin has come."""

    FOUND = "found"  #: installed, not imported yet
    LOADED = "loaded"  #: imported, its hook was called
    FAILED = "failed"  #: it did not load; see the error


@frozen
class Plugin:
    """One broker's name, and where it comes from."""

    name: str
    distribution: str | None  #: None for what an application registered itself
    version: str | None
    state: PluginState
    error: PluginError | None = None


@frozen
class _Offer:
    """What a plugin registered under one name."""

    origin: str  # who registered it, for people
    factory: Factory
    settings: type[Settings] = field()
    observers: Observers = field(eq=False, factory=Observers)  # the plugin's own

    @settings.validator
    def _check_settings(self, _: object, settings: object) -> None:
        if not (isinstance(settings, type) and issubclass(settings, Settings)):
            raise TypeError(f"settings={settings!r} is no subclass of brokerport.Settings")


@frozen
class _Choice:
    """A name, what answers to it, and with which settings: what clients are shared by."""

    name: str
    offer: _Offer
    settings: Settings

    def provider(self) -> Provider:
        """A new, unconnected provider."""
        with _stranger(self.offer.origin, "made no provider"):
            provider: object = self.offer.factory(self.settings)
        if isinstance(provider, Provider):
            return provider
        raise PluginError(f"{self.offer.origin} made {provider!r}, which is no Provider; tell its author")

    def capabilities(self) -> tuple[Capability, ...]:
        """What a provider says that it answers."""
        provider = self.provider()
        with _stranger(self.offer.origin, "told no capabilities"):
            return provider.capabilities()


@frozen(eq=False)
class Registry:
    """The brokers of this environment."""

    _own: dict[str, _Offer] = field(init=False, factory=dict)  # registered by the application
    _loaded: dict[str, _Offer] = field(init=False, factory=dict)  # by plugins
    _failures: dict[str, PluginError] = field(init=False, factory=dict)
    _clients: dict[_Choice, Client] = field(init=False, factory=dict)
    _observers: Observers = field(init=False, factory=Observers)  # of every broker
    _lock: RLock = field(init=False, factory=RLock)

    def names(self) -> tuple[str, ...]:
        """The brokers that can be asked for, in alphabetical order; imports no plugin."""
        return tuple(sorted({*self._own, *_entry_points()}))

    def plugins(self) -> tuple[Plugin, ...]:
        """Every broker's name, distribution, version, state and error; imports no plugin."""
        found = _entry_points()
        return tuple(self._plugin(name, found.get(name)) for name in self.names())

    def capabilities(self, name: str) -> tuple[Capability, ...]:
        """The questions that a broker answers; loads its plugin and connects to nothing."""
        return self._choose(name, {}).capabilities()

    def get(self, name: str, **given: object) -> Client:
        """A blocking client, shared by all who ask for the same name and settings; it connects on first use.

        Raises:
            UnknownBrokerError: No installed plugin has that name.
            PluginError: The plugin is there and did not load.
            InvalidRequestError: A setting is unknown or cannot be.
        """
        with self._lock:
            chosen = self._choose(name, given)
            client = self._clients.get(chosen)
            if client is None or client.closed:
                client = Client(chosen.provider, broker=name, timeout=chosen.settings.timeout, observers=self._heard_by(chosen))
                self._clients[chosen] = client
            return client

    def get_async(self, name: str, **given: object) -> AsyncClient:
        """A client of its own for the caller's event loop. Raises what ``get`` raises."""
        chosen = self._choose(name, given)
        return AsyncClient(chosen.provider, broker=name, timeout=chosen.settings.timeout, observers=self._heard_by(chosen))

    def register(self, name: str, factory: Factory, *, settings: type[Settings] = Settings) -> None:
        """Offer an application's own provider under ``name``; a second time replaces the first.

        Raises:
            InvalidRequestError: An installed plugin has that name.
        """
        if taken := _entry_points().get(name):
            raise InvalidRequestError(f"the name {name!r} belongs to {_origin(taken)}; register another")
        with self._lock:
            self._own[name] = _Offer(f"the application's {name!r}", factory, settings)

    def observe(self, observer: object) -> Callable[[], object]:
        """Have ``observer`` told of every event of every client that this registry gave or gives out; what is returned ends that.

        Args:
            observer: A function of one argument, the event, or an object or module with an ``on_event(event)`` marked with ``hookimpl``.

        Raises:
            InvalidRequestError: It is neither.
        """
        return self._observers.add(*hooks.observing(observer))

    def close(self) -> None:
        """Close every client that ``get`` gave out."""
        with self._lock:
            clients = list(self._clients.values())
            self._clients.clear()
        with ExitStack() as each:  # closes the rest when one cannot be
            for client in clients:
                each.callback(client.close)

    def _heard_by(self, chosen: _Choice) -> tuple[Observers, ...]:
        return self._observers, chosen.offer.observers

    def _choose(self, name: str, given: Mapping[str, object]) -> _Choice:
        profile = settings.profile(name)
        offer = self._offer(profile.plugin)
        return _Choice(name, offer, settings.load(offer.settings, profile, given))

    def _offer(self, name: str) -> _Offer:
        with self._lock:
            if name in self._failures:
                raise self._failures[name].with_traceback(None)  # else it would hold the frames of all who asked before
            offer = self._own.get(name) or self._loaded.get(name)
            return offer or self._load(name)

    def _load(self, name: str) -> _Offer:
        claims = entry_points(group=GROUP, name=name)
        if not claims:
            raise UnknownBrokerError(_unknown(name, self.names()))
        try:
            offer = self._loaded[name] = _offer_of(*claims)
        except PluginError as error:
            self._failures[name] = error
            raise
        return offer

    def _plugin(self, name: str, entry_point: EntryPoint | None) -> Plugin:
        if entry_point is None:
            return Plugin(name, None, None, PluginState.LOADED)
        error = self._failures.get(name)
        state = PluginState.FAILED if error else PluginState.LOADED if name in self._loaded else PluginState.FOUND
        return Plugin(name, *_release(entry_point), state, error)


def _entry_points() -> dict[str, EntryPoint]:
    return {entry_point.name: entry_point for entry_point in entry_points(group=GROUP)}


def _offer_of(entry_point: EntryPoint, *rivals: EntryPoint) -> _Offer:
    """Import a plugin and call its hook.

    Each plugin has a manager of its own: what one does wrong stays with it.
    """
    origin = _origin(entry_point)
    if rivals:
        raise PluginError(f"{' and '.join((origin, *map(_origin, rivals)))} have one name; uninstall all but one")
    offers: dict[str, _Offer] = {}
    observers = Observers()

    def register(name: str, factory: Factory, *, settings: type[Settings] = Settings) -> None:
        offers[name] = _Offer(origin, factory, settings, observers)

    try:
        manager = hooks.manager(entry_point.load())
        observers.add(*hooks.observers(manager))
        manager.hook.register_providers(register=register)
    except (Exception, SystemExit) as error:  # a stranger's code: whatever it does must not end the application
        raise PluginError(f"{origin} did not load: {type(error).__name__}: {error}") from error
    if entry_point.name not in offers:
        raise PluginError(f"{origin} registered {', '.join(offers) or 'no broker'}, not {entry_point.name!r}; tell its author")
    return offers[entry_point.name]


@contextmanager
def _stranger(origin: str, failure: str) -> Iterator[None]:
    """Around a stranger's code: what it raises, other than our own errors, is a PluginError."""
    try:
        yield
    except BrokerportError:
        raise
    except (Exception, SystemExit) as error:
        raise PluginError(f"{origin} {failure}: {type(error).__name__}: {error}; tell its author") from error


def _release(entry_point: EntryPoint) -> tuple[str, str]:
    """The name and version of the distribution that brings the plugin."""
    return (entry_point.dist.name, entry_point.dist.version) if entry_point.dist else ("unnamed distribution", "unknown")


def _origin(entry_point: EntryPoint) -> str:
    return f"plugin {entry_point.name!r} of {' '.join(_release(entry_point))}"


def _unknown(name: str, names: tuple[str, ...]) -> str:
    installed = f"installed are {', '.join(names)}" if names else "no broker is installed"
    near = get_close_matches(name, names, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"perhaps: pip install brokerport-{name}"
    return f"no broker {name!r}; {installed}; {hint}"


registry = Registry()
