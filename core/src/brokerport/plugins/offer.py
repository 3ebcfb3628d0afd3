"""What answers to a name, and what it is asked with."""

from __future__ import annotations

from collections.abc import Hashable
from typing import cast

from attrs import field, fields, fields_dict, frozen

from brokerport.blaming.strangers import stranger
from brokerport.errors import PluginError
from brokerport.events.observers import Observers
from brokerport.plugins.hookspecs import Factory
from brokerport.questions import Capability, Provider
from brokerport.settings.settings import Settings


@frozen
class Offer:
    """What was registered under one name."""

    origin: str  #: who registered it, for people
    factory: Factory
    settings: type[Settings] = field()
    observers: Observers = field(eq=False, factory=Observers)  #: the plugin's own
    distribution: str | None = None  #: the plugin's; None for what an application registered itself

    @settings.validator
    def _check_settings(self, _: object, settings: object) -> None:
        if not (isinstance(settings, type) and issubclass(settings, Settings)):
            raise TypeError(f"settings={settings!r} is no subclass of brokerport.Settings")

    def provider(self, chosen: Settings) -> Provider:
        """A new, unconnected provider."""
        with stranger(self.origin, "made no provider", self.distribution):
            provider: object = self.factory(chosen)
            if isinstance(provider, Provider):
                return provider
            raise PluginError(f"{self.origin} made {provider!r}, which is no Provider; tell its author")


_CALLERS = fields_dict(Settings)  # what every broker has is how one asks, and not whom


@frozen
class Choice:
    """A name, what answers to it, and with which settings."""

    name: str
    offer: Offer
    settings: Settings

    def line(self) -> Hashable:
        """What those have in common who can share a connection: all but the settings that are a caller's own."""
        told = [each.name for each in fields(type(self.settings)) if each.eq and each.name not in _CALLERS]
        return self.name, self.offer, type(self.settings), *(getattr(self.settings, name) for name in told)

    def provider(self) -> Provider:
        """A new, unconnected provider."""
        return self.offer.provider(self.settings)

    def capabilities(self) -> tuple[Capability, ...]:
        """What a provider says that it answers."""
        provider = self.provider()
        with stranger(self.offer.origin, "told no capabilities", self.offer.distribution):
            told: tuple[object, ...] = tuple(provider.capabilities())
            if strange := [each for each in told if not isinstance(each, Capability)]:
                raise TypeError(f"{strange[0]!r} is no Capability")
        return cast("tuple[Capability, ...]", told)
