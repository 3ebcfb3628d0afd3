"""Opens clients of the brokers that are installed, and tells what each of them can be asked.

Names come from package metadata alone. A plugin is imported when its broker is first asked for; one that does not load hurts
nobody else.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Mapping
from contextlib import ExitStack
from functools import partial
from threading import RLock
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ParamSpec, Unpack, overload

from attrs import Factory as Made
from attrs import field, frozen

from brokerport.client.asking import Terms
from brokerport.client.async_client import AsyncClient
from brokerport.client.client import Client, closing, sharing
from brokerport.events.observers import Observers
from brokerport.models import Market
from brokerport.plugins import announced, hooks, look
from brokerport.plugins.brokers import Brokers
from brokerport.plugins.hookspecs import Factory
from brokerport.plugins.offer import Choice
from brokerport.plugins.plugin import Plugin
from brokerport.questions import About, Capability, Question
from brokerport.questions.known import Known
from brokerport.settings import config_file, profile
from brokerport.settings.profile import Profile
from brokerport.settings.secret import Secret
from brokerport.settings.settings import Settings

if TYPE_CHECKING:
    from brokerport.comparing.comparison import Comparison
    from brokerport.explaining.explanation import Explanation
    from brokerport.settings.brands import Finra, FinraName, OpenD, OpenDName, Shipped
    from brokerport.settings.broker import Broker

P = ParamSpec("P")  # of a broker's settings


@frozen(eq=False, repr=False)
class Registry:
    """The brokers of this environment."""

    _questions: Known = field(init=False, factory=Known)
    _brokers: Brokers = field(init=False, default=Made(lambda self: Brokers(self._questions), takes_self=True))
    _clients: dict[Hashable, Client] = field(init=False, factory=dict)
    _observers: Observers = field(init=False, factory=Observers)  # of every broker
    _locks: dict[int, RLock] = field(init=False, factory=dict)  # by process: one that a fork copied may be held for good

    def __repr__(self) -> str:
        return f"<Registry of {', '.join(self.names()) or 'no broker'}>"

    def names(self) -> tuple[str, ...]:
        """The brokers that can be asked for, in alphabetical order; imports no plugin."""
        return self._brokers.names()

    def plugins(self, name: str | None = None) -> tuple[Plugin, ...]:
        """Every plugin's name, distribution, version, state, error and manifest, also of one that brings no broker; imports none.

        With a ``name`` those of that name: several where several distributions claim it.
        """
        return self._brokers.plugins(name)

    def load(self) -> None:
        """Import every plugin that may be used; ``plugins`` then says which could not be, and which took too long and were left behind."""
        self._brokers.load()

    def profiles(self) -> tuple[Profile, ...]:
        """The named connections of the TOML file and the environment, which ``get`` takes like the names of brokers."""
        return profile.each(config_file.read())

    def questions(self) -> tuple[Question[..., Any], ...]:
        """Every question that can be asked: core's, and those that plugins bring; loads the plugins that may bring some."""
        self._brokers.look_for_questions()
        return self._questions.each()

    def announced(self) -> tuple[str, ...]:
        """The names of the questions that plugins' manifests name and core does not have, in alphabetical order; imports no plugin."""
        return announced.questions()

    def markets(self) -> tuple[Market, ...]:
        """Every market that is known: core's, and those that plugins register; loads the plugins that may register some."""
        self._brokers.look_for_markets()
        return tuple(Market)

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

        They are read from its manifest; a plugin without one is loaded, and left behind where that does not end. Among all brokers, those
        that cannot be are left out: ``plugins`` says why.

        Raises:
            UnknownBrokerError, PluginError, InvalidRequestError: As for ``get``; only where one broker is asked about.
        """
        if name is not None:
            return self._brokers.capabilities(name)
        return self._brokers.all_capabilities()

    def who_can(self, question: str | Question[..., Any], subject: object = None) -> tuple[str, ...]:
        """The brokers that answer ``question`` for the market of ``subject``, a symbol or a market, in alphabetical order.

        Profiles are left out: one can what its plugin can.

        Raises:
            InvalidRequestError: There is no such question, or no such symbol can be.
        """
        known = self.question(question)
        self._look_for_market(subject)
        asked = known.asked(() if known.about is About.NOTHING else (subject,), {})
        told = self.capabilities().items()
        return tuple(name for name, each in told if any(one.answers(known.name, asked.subject) for one in each))

    @overload
    def get(self, name: OpenDName, *, timeout: float = ..., **given: Unpack[OpenD]) -> Client: ...
    @overload
    def get(self, name: FinraName, *, timeout: float = ..., **given: Unpack[Finra]) -> Client: ...
    @overload
    def get(self, name: str, *, timeout: float = ..., **given: Unpack[Shipped]) -> Client: ...
    @overload
    def get(self, name: Broker[P], *_: P.args, **given: P.kwargs) -> Client: ...
    def get(self, name: str, **given: object) -> Client:  # type: ignore[misc]  # settings are given by keyword alone
        """A blocking client, shared by all who ask for the same name and settings; it connects on first use.

        Args:
            name: Of a broker or a profile: ``"moomoo"``. A ``Broker`` has checkers know the settings of one that does not come with us.
            given: Its settings, which beat those of the environment and the TOML file: ``timeout``, seconds that a call may take (60);
                ``quotas``, whether to wait for the broker's; ``share``, whether those who ask the same at the same time share a request;
                and its own, such as ``host``, ``port``, ``rsa_key`` and ``sandbox``.

        Raises:
            UnknownBrokerError: No installed plugin has that name.
            PluginError: The plugin is there and did not load.
            InvalidRequestError: A setting is unknown or cannot be.
        """
        chosen = self._brokers.choose(name, given)  # may import a plugin, which holds up nobody else
        said = chosen.settings
        return self._shared(
            chosen.line(), Terms(said.timeout, said.quotas, said.share), lambda: Client(chosen.provider, **self._of(chosen))
        )

    @overload
    def get_async(self, name: OpenDName, *, timeout: float = ..., **given: Unpack[OpenD]) -> AsyncClient: ...
    @overload
    def get_async(self, name: FinraName, *, timeout: float = ..., **given: Unpack[Finra]) -> AsyncClient: ...
    @overload
    def get_async(self, name: str, *, timeout: float = ..., **given: Unpack[Shipped]) -> AsyncClient: ...
    @overload
    def get_async(self, name: Broker[P], *_: P.args, **given: P.kwargs) -> AsyncClient: ...
    def get_async(self, name: str, **given: object) -> AsyncClient:  # type: ignore[misc]  # as above
        """A client of its own for the caller's event loop; takes what ``get`` takes, and raises what it raises."""
        return self._opened(self._brokers.choose(name, given))

    @overload
    def route(self, *names: OpenDName, timeout: float = 60.0, **given: Unpack[OpenD]) -> Client: ...
    @overload
    def route(self, *names: str, timeout: float = 60.0, **given: Unpack[Shipped]) -> Client: ...
    def route(self, *names: str, timeout: float = 60.0, **given: object) -> Client:
        """A blocking client that asks the first of several brokers that is able to answer; shared by all who ask for the same.

        It goes on to the next when one is down, out of quota or has no such data, and begins with those that were there a moment ago.
        ``result.source.broker`` tells who answered. A history is one broker's; its cursor belongs to the route. The settings ``given`` are
        every broker's. One that does not take its settings, or whose plugin is missing or broken, counts as one that does not answer; a
        name that is no broker's goes to the log once.

        Args:
            names: Of brokers or profiles, each once, in the order to ask them.
            timeout: Seconds that a call may take, all brokers together.
            given: Settings of each of them.

        Its calls raise RouteError when nobody answers, with every reason.

        Raises:
            InvalidRequestError: No name is given, or one twice, or none of the brokers has such a setting, or the timeout cannot be.
        """
        route = self._route(names, given, timeout)
        key = (names, frozenset((name, _told_apart(value)) for name, value in given.items()))
        return self._shared(key, Terms(timeout), lambda: Client(**route))

    @overload
    def route_async(self, *names: OpenDName, timeout: float = 60.0, **given: Unpack[OpenD]) -> AsyncClient: ...
    @overload
    def route_async(self, *names: str, timeout: float = 60.0, **given: Unpack[Shipped]) -> AsyncClient: ...
    def route_async(self, *names: str, timeout: float = 60.0, **given: object) -> AsyncClient:
        """The same as a client of its own for the caller's event loop. Raises what ``route`` raises."""
        return AsyncClient(**self._route(names, given, timeout))

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

        given: dict[str, Any] = {**settings}
        ours, theirs = self.get(first, **given), self.get(second, **given)
        return compare.compare(ours, theirs, self.question(question), subject, tolerance=tolerance, timeout=timeout, **asked)

    def register(self, name: str, factory: Factory, *, settings: type[Settings] = Settings) -> None:
        """Offer an application's own provider under ``name``; a second time replaces the first.

        Raises:
            InvalidRequestError: It cannot be a name, an installed plugin has it, the factory cannot be called, or the settings are no class
                of settings.
        """
        self._brokers.register(name, factory, settings)

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
        **given: Unpack[Shipped],
    ) -> Explanation:
        """Why the broker answers ``question`` about ``subject``, or does not: checks from its installation to a real answer.

        Whatever is wrong with the broker is told and not raised. ``name`` and the settings ``given`` are as for ``get``. It blocks for
        ``timeout`` seconds at most, and a few more where a plugin hangs. ``probe`` asks the question itself at the end, which counts
        against the broker's quota.

        Raises:
            InvalidRequestError: There is no such question, or no such symbol can be.
        """
        from brokerport.explaining import explain

        self._look_for_market(subject)
        choose = partial(self._brokers.choose, name, given)
        with look.once():
            return explain.explain(self, choose, name, self.question(question), subject, timeout=timeout, probe=probe)

    def close(self) -> None:
        """Close every client that ``get`` and ``route`` gave out."""
        with self._lock:
            ends = [closing(client) for client in self._clients.values()]
            self._clients.clear()
        with ExitStack() as each:  # waits for the rest when one cannot be closed
            for end in ends:
                each.callback(end)

    def _shared(self, key: Hashable, terms: Terms, make: Callable[[], Client]) -> Client:
        with self._lock:
            client = self._clients.get(key)
            if client is None or client.closed:
                client = self._clients[key] = make()
            return sharing(client, terms)

    def _opened(self, chosen: Choice) -> AsyncClient:
        return AsyncClient(chosen.provider, **self._of(chosen))

    def _of(self, chosen: Choice) -> dict[str, Any]:
        """What a client of a broker is made with."""
        said, observers = chosen.settings, (self._observers, chosen.offer.observers)
        ours = {"broker": chosen.name, "observers": observers, "questions": self._questions}
        return {**ours, "timeout": said.timeout, "quotas": said.quotas, "share": said.share}

    def _route(self, names: tuple[str, ...], given: Mapping[str, object], timeout: float) -> dict[str, Any]:
        """What a client of a route is made with."""
        from brokerport.routing.opening import Opening

        opening = Opening(self._brokers, self._opened, names, given)
        make = partial(opening.provider, self._questions)
        return {
            "make": make,
            "broker": ",".join(names),
            "timeout": timeout,
            "observers": (self._observers,),
            "questions": self._questions,
        }

    def _look_for_market(self, subject: object) -> None:
        """Load the plugin that registers the market of a symbol, or the market, where it is not known."""
        if isinstance(subject, str):
            self._brokers.look_for_market(subject.partition(".")[0])

    @property
    def _lock(self) -> RLock:
        return self._locks.setdefault(os.getpid(), RLock())


def _told_apart(setting: object) -> Hashable:
    """What two settings that differ differ in: their text, which of secrets is the same."""
    return setting if isinstance(setting, Secret) else repr(setting)


registry = Registry()
