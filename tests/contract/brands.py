"""Providers as the plugins of the brands make them."""

from __future__ import annotations

from importlib.metadata import entry_points

from brokerport import Provider, Settings
from brokerport.plugins.hookspecs import Factory


def made(brand: str, **given: object) -> Provider:
    """An unconnected provider of a brand, with these settings."""
    offers: dict[str, tuple[Factory, type[Settings]]] = {}

    def register(name: str, factory: Factory, *, settings: type[Settings] = Settings) -> None:
        offers[name] = factory, settings

    entry_points(group="brokerport", name=brand)[brand].load().register_providers(register)
    factory, settings = offers[brand]
    return factory(settings(**given))  # type: ignore[arg-type]  # what the settings of every brand behind OpenD take
