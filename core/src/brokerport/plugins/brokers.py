"""The brokers of an environment: those of plugins, and those that the application registered itself.

The way of a name is one pass: what the user's settings say of it, who answers to it, and with which settings.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from attrs import define, field

from brokerport.errors import BrokerportError, InvalidRequestError
from brokerport.models.market import Market, is_code
from brokerport.plugins import look, rivals
from brokerport.plugins.claims import NAME
from brokerport.plugins.hookspecs import Factory
from brokerport.plugins.loading import Plugins
from brokerport.plugins.manifest import Manifest
from brokerport.plugins.offer import Choice, Offer
from brokerport.plugins.plugin import Plugin, PluginState
from brokerport.plugins.unknown import no_broker, unknown
from brokerport.questions import QUESTIONS, Capability
from brokerport.questions.known import Known
from brokerport.settings import config_file, profile, sources
from brokerport.settings.config_file import ConfigFile
from brokerport.settings.profile import Profile
from brokerport.settings.settings import Settings


@define(eq=False)
class Brokers:
    """Who can be asked by which name."""

    known: Known  #: learns the questions that plugins bring
    _own: dict[str, Offer] = field(init=False, factory=dict)  # registered by the application
    _plugins: Plugins = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._plugins = Plugins(self.known)
        self.known.look = self.look_for

    def names(self) -> tuple[str, ...]:
        """Those that can be asked for, in alphabetical order; imports no plugin."""
        return tuple(sorted({*self._own, *self._plugins.names()}))

    def plugins(self, name: str | None = None) -> tuple[Plugin, ...]:
        """All of them, and the plugins that bring none, or those of one name; imports no plugin."""
        own = (Plugin(each, None, None, PluginState.LOADED) for each in self._own if name in (None, each))
        return tuple(sorted((*own, *self._plugins.each(config_file.read(), name)), key=lambda plugin: plugin.name))

    def load(self) -> None:
        """Import every plugin that may be used, as far as that ends."""
        self._plugins.load_those(lambda _: True, file=config_file.read())

    def register(self, name: str, factory: Factory, settings: type[Settings]) -> None:
        """See ``Registry.register``."""
        if not isinstance(name, str) or not NAME.fullmatch(name):
            raise InvalidRequestError(f"{name!r} cannot be the name of a broker; write letters, digits and hyphens, such as 'acme-eu'")
        if not callable(factory):
            raise InvalidRequestError(
                f"factory={factory!r} cannot be called; pass the class of your provider, or a function that makes one"
            )
        if taken := rivals.find(name):
            raise InvalidRequestError(f"the name {name!r} belongs to {taken}; register another")
        try:
            self._own[name] = Offer(f"the application's {name!r}", factory, settings)
        except TypeError as error:
            raise InvalidRequestError(str(error)) from error

    def choose(self, name: str, given: Mapping[str, object]) -> Choice:
        """What answers to a name, and with which settings; see ``Registry.get`` for what it raises."""
        return self.settle(*self.find(name), given)

    def find(self, name: str) -> tuple[Profile, Offer]:
        """What answers to a name, and what the user's settings say of it."""
        said = profile.read(name, config_file.read())
        return said, self._offer(said)

    def settle(self, said: Profile, offer: Offer, given: Mapping[str, object]) -> Choice:
        """The same with its settings.

        Raises:
            InvalidRequestError: A setting is unknown or cannot be.
        """
        return Choice(said.name, offer, sources.load(offer.settings, said, given, self._everybody))

    def capabilities(self, name: str) -> tuple[Capability, ...]:
        """What a broker answers, by its manifest if that says so; see ``Registry.capabilities``."""
        with look.once():
            return self._capabilities(profile.read(name, config_file.read()))

    def told(self, name: str) -> tuple[Capability, ...]:
        """The same; nothing of one that cannot be asked, which is on record and in the log."""
        return self._told(name, config_file.read())

    def all_capabilities(self) -> dict[str, tuple[Capability, ...]]:
        """The same of each that can be asked and answers anything."""
        file = config_file.read()
        with look.once():
            told = {name: self._told(name, file) for name in self.names()}
        return {name: each for name, each in told.items() if each}

    def look_for(self, question: str) -> None:
        """Load the plugins that may bring a question of that name: those that say so, that answer it, or that are silent."""

        def is_known() -> bool:
            return any(each.name == question for each in self.known.each())

        fit = (lambda told: question in told.questions, lambda told: question in told.named(), Manifest.is_silent)
        self._plugins.load_those(*fit, until=is_known, file=config_file.read())

    def look_for_questions(self) -> None:
        """Load the plugins that may bring questions."""
        fit = (lambda told: told.named() - QUESTIONS.keys(), Manifest.is_silent)
        self._plugins.load_those(*fit, file=config_file.read())

    def look_for_market(self, code: str) -> None:
        """Load the plugins that may register the market of that code, where it is not known."""
        if is_code(code) and code not in Market:
            fit = (lambda told: code in told.markets, lambda told: code in told.places(), Manifest.is_silent)
            self._plugins.load_those(*fit, until=lambda: code in Market, file=config_file.read())

    def look_for_markets(self) -> None:
        """Load the plugins that may register markets."""
        fit = (lambda told: told.places() - {*Market}, Manifest.is_silent)
        self._plugins.load_those(*fit, file=config_file.read())

    def _told(self, name: str, file: ConfigFile) -> tuple[Capability, ...]:
        try:
            return self._capabilities(profile.read(name, file))
        except BrokerportError:
            return ()

    def _capabilities(self, said: Profile) -> tuple[Capability, ...]:
        told = None if said.plugin in self._own else self._plugins.manifest(said.plugin, said.file)
        if told and told.capabilities is not None:
            return tuple(told.capabilities.values())
        ask = partial(self._asked, said)
        return ask() if told is None else self._plugins.in_time(said.plugin, ask)

    def _asked(self, said: Profile) -> tuple[Capability, ...]:
        return self.settle(said, self._offer(said), {}).capabilities()

    def _offer(self, said: Profile) -> Offer:
        if own := self._own.get(said.plugin):
            return own
        loaded = self._plugins.load(said.plugin, said.file)
        if loaded is None:
            raise unknown(said, self.names())
        if loaded.offer is None:
            raise no_broker(loaded.claim, self.names())
        return loaded.offer

    def _everybody(self) -> set[str]:
        """Every name that a table or a variable may be of, those of plugins that are not used too."""
        return {*self._own, *look.now().names()}
