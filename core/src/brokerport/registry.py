"""Opens clients of the brokers that are installed, and tells what each of them can be asked.

Names come from package metadata alone. A plugin is imported when its broker is first asked for; one that does not load hurts
nobody else.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Hashable, Mapping
from contextlib import ExitStack, suppress
from functools import cache, partial
from threading import RLock
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, overload

import attrs
from attrs import field, frozen

from brokerport.client.async_client import AsyncClient
from brokerport.client.client import Client
from brokerport.errors import BrokerportError, InvalidRequestError, UnknownBrokerError
from brokerport.events.observers import Observers
from brokerport.logs import log
from brokerport.plugins import hooks, loading
from brokerport.plugins.claims import claims
from brokerport.plugins.hookspecs import Factory
from brokerport.plugins.loading import Offer, Plugin, Plugins, PluginState
from brokerport.questions import About, Capability, Provider, Question, arguments
from brokerport.questions.known import Known
from brokerport.settings import settings
from brokerport.settings.settings import Profile, Settings

if TYPE_CHECKING:
    from brokerport.comparing.comparison import Comparison
    from brokerport.explaining.explanation import Explanation

_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?")  # what a variable of the environment, a list and a cursor can hold


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
        with loading.stranger(self.offer.origin, "told no capabilities"):
            return tuple(provider.capabilities())


@frozen(eq=False, repr=False)
class Registry:
    """The brokers of this environment."""

    _own: dict[str, Offer] = field(init=False, factory=dict)  # registered by the application
    _plugins: Plugins = field(init=False, factory=Plugins)
    _questions: Known = field(init=False, factory=Known)
    _clients: dict[Hashable, Client] = field(init=False, factory=dict)
    _observers: Observers = field(init=False, factory=Observers)  # of every broker
    _locks: dict[int, RLock] = field(init=False, factory=dict)  # by process: one that a fork copied may be held for good

    def __repr__(self) -> str:
        return f"<Registry of {', '.join(self.names()) or 'no broker'}>"

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

    def questions(self) -> tuple[Question[..., Any], ...]:
        """Every question that can be asked: core's, and those that plugins brought."""
        return self._questions.each()

    def question(self, question: str | Question[..., Any]) -> Question[..., Any]:
        """The question of that name; a question is itself.

        Raises:
            InvalidRequestError: There is none; the text lists those that there are.
        """
        return self._questions.named(question)

    def find(self, question: str) -> Question[..., Any] | None:
        """The question of that name; None when there is none. Loads the plugins that may bring it."""
        return self._questions.find(question)

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
        return {each: told for each in self.names() if (told := self._told(each))}

    def who_can(self, question: str | Question[..., Any], subject: object = None) -> tuple[str, ...]:
        """The brokers that answer ``question`` for the market of ``subject``, a symbol or a market, in alphabetical order.

        Profiles are left out: one can what its plugin can.

        Raises:
            InvalidRequestError: There is no such question, or no such symbol can be.
        """
        known = self.question(question)
        asked = known.asked(() if known.about is About.NOTHING else (subject,), {})
        told = self.capabilities().items()
        return tuple(name for name, each in told if any(one.answers(known.name, asked.subject) for one in each))

    def get(self, name: str, **given: object) -> Client:
        """A blocking client, shared by all who ask for the same name and settings; it connects on first use.

        Raises:
            UnknownBrokerError: No installed plugin has that name.
            PluginError: The plugin is there and did not load.
            InvalidRequestError: A setting is unknown or cannot be.
        """
        chosen = self._choose(name, given)  # may import a plugin, which holds up nobody else
        return self._shared(chosen, lambda: Client(chosen.provider, **self._of(chosen)))

    def get_async(self, name: str, **given: object) -> AsyncClient:
        """A client of its own for the caller's event loop. Raises what ``get`` raises."""
        chosen = self._choose(name, given)
        return AsyncClient(chosen.provider, **self._of(chosen))

    def route(self, *names: str, timeout: float = 60.0, **given: object) -> Client:
        """A blocking client that asks the first of several brokers that is able to answer; shared by all who ask for the same.

        It goes on to the next when one is down, out of quota or has no such data, and begins with those that were there a moment ago.
        ``result.source.broker`` tells who answered. A history is one broker's; its cursor belongs to the route. The settings ``given`` are
        every broker's. One that does not take its settings, or whose plugin is missing or broken, counts as one that does not answer; a
        name that is no broker's goes to the log once.

        Its calls raise RouteError when nobody answers, with every reason.

        Raises:
            InvalidRequestError: No name is given, or one twice, or none of the brokers has such a setting, or the timeout cannot be.
        """
        make = self._route(names, given)
        seconds = arguments.seconds(timeout)
        key = (names, seconds, tuple(sorted((key, repr(value)) for key, value in given.items())))
        return self._shared(key, lambda: Client(make, **self._of_route(names, seconds)))

    def route_async(self, *names: str, timeout: float = 60.0, **given: object) -> AsyncClient:
        """The same as a client of its own for the caller's event loop. Raises what ``route`` raises."""
        return AsyncClient(self._route(names, given), **self._of_route(names, timeout))

    def compare(
        self,
        first: str,
        second: str,
        question: str | Question[..., Any],
        subject: object = None,
        *,
        settings: Mapping[str, object] = MappingProxyType({}),
        tolerance: float = 0.005,
        timeout: float | None = None,
        **asked: Any,
    ) -> Comparison:
        """What two brokers say to one question, field by field, and whether switching from the first to the second is safe.

        Args:
            first: The broker in use.
            second: The broker to switch to.
            question: Such as ``"short_volume"``, or ``SHORT_VOLUME``.
            subject: What it is about: ``"US.TSLA"``, or a market; nothing for a question about nothing.
            settings: Those of both brokers, as for ``get``: ``{"sandbox": True}``.
            tolerance: How far apart two numbers may be, as a part of the larger; 0 for not at all.
            timeout: Seconds that each answer may take.
            asked: Further arguments of the question: ``limit``, ``days_before``.

        Raises:
            UnknownBrokerError, PluginError: As for ``get``.
            InvalidRequestError: There is no such question, argument, setting or tolerance; nothing was sent.
            BrokerportError: What the broker that did not answer raised; a note names it.
        """
        from brokerport.comparing import compare

        ours, theirs = self.get(first, **settings), self.get(second, **settings)
        return compare.compare(ours, theirs, self.question(question), subject, tolerance=tolerance, timeout=timeout, **asked)

    def register(self, name: str, factory: Factory, *, settings: type[Settings] = Settings) -> None:
        """Offer an application's own provider under ``name``; a second time replaces the first.

        Raises:
            InvalidRequestError: It cannot be a name, an installed plugin has it, the factory cannot be called, or the settings are no class
                of settings.
        """
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise InvalidRequestError(f"{name!r} cannot be the name of a broker; write letters, digits and hyphens, such as 'acme-eu'")
        if not callable(factory):
            raise InvalidRequestError(
                f"factory={factory!r} cannot be called; pass the class of your provider, or a function that makes one"
            )
        if taken := loading.find(name):
            raise InvalidRequestError(f"the name {name!r} belongs to {taken}; register another")
        try:
            offer = Offer(f"the application's {name!r}", factory, settings)
        except TypeError as error:
            raise InvalidRequestError(str(error)) from error
        with self._lock:
            self._own[name] = offer

    def observe(self, observer: object) -> Callable[[], object]:
        """Have ``observer`` told of every event of every client that this registry gave or gives out; what is returned ends that.

        Args:
            observer: A function of one argument, the event, or an object or module with an ``on_event(event)`` marked with ``hookimpl``.

        Raises:
            InvalidRequestError: It is neither.
        """
        return self._observers.add(*hooks.observing(observer))

    def explain(
        self,
        name: str,
        question: str | Question[..., Any],
        subject: object = None,
        *,
        timeout: float = 10.0,
        probe: bool = True,
        **given: object,
    ) -> Explanation:
        """Why the broker answers ``question`` about ``subject``, or does not: checks from its installation to a real answer.

        Whatever is wrong with the broker is told and not raised. ``name`` and the settings ``given`` are as for ``get``. It blocks for
        ``timeout`` seconds at most, and a few more where a plugin hangs. ``probe`` asks the question itself at the end, which counts
        against the broker's quota.

        Raises:
            InvalidRequestError: There is no such question, or no such symbol can be.
        """
        from brokerport.explaining import explain

        choose = partial(self._choose, name, given)
        return explain.explain(self, choose, name, self.question(question), subject, timeout=timeout, probe=probe)

    def close(self) -> None:
        """Close every client that ``get`` and ``route`` gave out."""
        with self._lock:
            clients = list(self._clients.values())
            self._clients.clear()
        with ExitStack() as each:  # closes the rest when one cannot be
            for client in clients:
                each.callback(client.close)

    def _shared(self, key: Hashable, make: Callable[[], Client]) -> Client:
        with self._lock:
            client = self._clients.get(key)
            if client is None or client.closed:
                client = self._clients[key] = make()
            return client.held()

    def _route(self, names: tuple[str, ...], given: Mapping[str, object]) -> Callable[[], Provider]:
        """What makes the provider of a route; imports the plugins, as ``get`` does, so that no event loop has to."""
        if not names or not all(isinstance(name, str) and name for name in names) or len({*names}) < len(names):
            said = ", ".join(map(repr, names)) or "none"
            meant = names[0] if len(names) == 1 and isinstance(names[0], list | tuple) else ("one", "two")
            hint = f"write route({', '.join(map(repr, meant))})"
            raise InvalidRequestError(f"a route needs the names of brokers, each once, in the order to ask them; not {said}; {hint}")
        classes = [self._settings_class(name, given) for name in names]
        if known := {field: None for each in classes if each for field in attrs.fields_dict(each)}:
            settings.refuse_unknown(f"registry.route({', '.join(map(repr, names))}, ...)", given, known)

        def route() -> Provider:
            from brokerport.routing.route import Route
            from brokerport.routing.stop import Stop

            return Route([Stop(name, partial(self._told, name), partial(self.get_async, name, **given)) for name in names], self._questions)

        return route

    def _settings_class(self, name: str, given: Mapping[str, object]) -> type[Settings] | None:
        """That of a broker of a route; None of one that cannot be asked, which is a reason of the call's that asks it."""
        with suppress(BrokerportError):
            self._choose(name, given)  # what it imports and reads, no event loop has to
        try:
            return self._offer(settings.profile(name)).settings
        except UnknownBrokerError as error:
            _warn_once(f"a route never asks {name!r}: {error}")
        except BrokerportError:
            pass
        return None

    def _told(self, name: str) -> tuple[Capability, ...]:
        """What a broker says that it answers; nothing when it cannot be asked."""
        try:
            return self._capabilities(name)
        except BrokerportError:  # it is on record, and in the log
            return ()

    @property
    def _lock(self) -> RLock:
        return self._locks.setdefault(os.getpid(), RLock())

    def _of(self, chosen: _Choice) -> dict[str, Any]:
        """What a client of a broker is made with."""
        said, observers = chosen.settings, (self._observers, chosen.offer.observers)
        quotas = getattr(said, "quotas", True)
        return {"broker": chosen.name, "timeout": said.timeout, "observers": observers, "questions": self._questions, "quotas": quotas}

    def _of_route(self, names: tuple[str, ...], timeout: float) -> dict[str, Any]:
        return {"broker": ",".join(names), "timeout": timeout, "observers": (self._observers,), "questions": self._questions}

    def _capabilities(self, name: str) -> tuple[Capability, ...]:
        plugin = settings.profile(name).plugin
        self._check_known(name, plugin)
        told = None if plugin in self._own else self._plugins.manifest(plugin).capabilities
        return self._choose(name, {}).capabilities() if told is None else tuple(told.values())

    def _choose(self, name: str, given: Mapping[str, object]) -> _Choice:
        profile = settings.profile(name)
        offer = self._offer(profile)
        return _Choice(name, offer, settings.load(offer.settings, profile, given, self._everybody))

    def _offer(self, profile: Profile) -> Offer:
        self._check_known(profile.name, profile.plugin)
        return self._own.get(profile.plugin) or self._plugins.offer(profile.plugin)

    def _everybody(self) -> set[str]:
        """Every name that a table or a variable may be of, those of plugins that are not used too."""
        return {*self._own, *(claim.name for claim in claims())}

    def _check_known(self, asked: str, name: str) -> None:
        if name not in self._own and not self._plugins.installed(name):
            raise loading.unknown(name, self.names(), asked)


@cache
def _warn_once(text: str) -> None:
    log().warning("%s", text)


registry = Registry()
