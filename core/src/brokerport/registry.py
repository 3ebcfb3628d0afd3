"""Opens clients of the brokers that are installed, and tells what each of them can be asked.

Names come from package metadata alone. A plugin is imported when its broker is first asked for; one that does not load hurts
nobody else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from threading import RLock
from typing import overload

from attrs import field, frozen

from brokerport import hooks, plugins, settings
from brokerport.client import AsyncClient, Client
from brokerport.errors import BrokerportError, InvalidRequestError
from brokerport.hookspecs import Factory
from brokerport.models import Symbol
from brokerport.observers import Observers
from brokerport.plugins import Offer, Plugin, Plugins, PluginState
from brokerport.providers import QUESTIONS, Capability, Provider
from brokerport.settings import Profile, Settings


@frozen
class _Choice:
    """A name, what answers to it, and with which settings: what clients are shared by."""

    name: str
    offer: Offer
    settings: Settings

    def provider(self) -> Provider:
        """A new, unconnected provider."""
        return self.offer.provider(self.settings)

    def capabilities(self) -> tuple[Capability, ...]:
        """What a provider says that it answers."""
        provider = self.provider()
        with plugins.stranger(self.offer.origin, "told no capabilities"):
            return tuple(provider.capabilities())


@frozen(eq=False)
class Registry:
    """The brokers of this environment."""

    _own: dict[str, Offer] = field(init=False, factory=dict)  # registered by the application
    _plugins: Plugins = field(init=False, factory=Plugins)
    _clients: dict[_Choice, Client] = field(init=False, factory=dict)
    _observers: Observers = field(init=False, factory=Observers)  # of every broker
    _lock: RLock = field(init=False, factory=RLock)

    def names(self) -> tuple[str, ...]:
        """The brokers that can be asked for, in alphabetical order; imports no plugin."""
        return tuple(sorted({*self._own, *self._plugins.names()}))

    def plugins(self) -> tuple[Plugin, ...]:
        """Every broker's name, distribution, version, state, error and manifest; imports no plugin."""
        own = (Plugin(name, None, None, PluginState.LOADED) for name in self._own)
        return tuple(sorted((*own, *self._plugins.each()), key=lambda plugin: plugin.name))

    def profiles(self) -> tuple[Profile, ...]:
        """The named connections of the TOML file and the environment, which ``get`` takes like the names of brokers."""
        return settings.profiles()

    @overload
    def capabilities(self, name: str) -> tuple[Capability, ...]: ...
    @overload
    def capabilities(self) -> dict[str, tuple[Capability, ...]]: ...
    def capabilities(self, name: str | None = None) -> tuple[Capability, ...] | dict[str, tuple[Capability, ...]]:
        """The questions that a broker answers, or that each does; connects to nothing.

        They are read from its manifest; a plugin without one is loaded. Among all brokers, those that cannot be are left out:
        ``plugins`` says why.

        Raises:
            UnknownBrokerError, PluginError, InvalidRequestError: As for ``get``; only where one broker is asked about.
        """
        if name is not None:
            return self._capabilities(name)
        told: dict[str, tuple[Capability, ...]] = {}
        for each in self.names():
            try:
                told[each] = self._capabilities(each)
            except BrokerportError:  # it is on record, and in the log
                continue
        return told

    def who_can(self, question: str, symbol: str | Symbol) -> tuple[str, ...]:
        """The brokers that answer ``question`` for the market of ``symbol``, in alphabetical order.

        Raises:
            InvalidRequestError: There is no such question, or no such symbol can be.
        """
        if question not in QUESTIONS:
            raise InvalidRequestError(f"there is no question {question!r}; there are {', '.join(QUESTIONS)}")
        asked = Symbol.parse(symbol)
        return tuple(name for name, told in self.capabilities().items() if any(each.answers(question, asked) for each in told))

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
        if taken := plugins.find(name):
            raise InvalidRequestError(f"the name {name!r} belongs to {plugins.origin(taken)}; register another")
        with self._lock:
            self._own[name] = Offer(f"the application's {name!r}", factory, settings)

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

    def _capabilities(self, name: str) -> tuple[Capability, ...]:
        plugin = settings.profile(name).plugin
        self._check_known(plugin)
        told = None if plugin in self._own else self._plugins.manifest(plugin).capabilities
        return self._choose(name, {}).capabilities() if told is None else tuple(told.values())

    def _choose(self, name: str, given: Mapping[str, object]) -> _Choice:
        profile = settings.profile(name)
        self._check_known(profile.plugin)
        offer = self._own.get(profile.plugin) or self._plugins.offer(profile.plugin)
        return _Choice(name, offer, settings.load(offer.settings, profile, given))

    def _check_known(self, name: str) -> None:
        if name not in self._own and not self._plugins.installed(name):
            raise plugins.unknown(name, self.names())


registry = Registry()
