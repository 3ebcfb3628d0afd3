"""Harbour as a broker for brokerport: a plugin over a library that blocks."""

from attrs import frozen

from brokerport import Provider, Register, Secret, Settings, hookimpl

__all__ = ["HarbourSettings", "register_providers"]


@frozen(kw_only=True)
class HarbourSettings(Settings):
    """What a user can set."""

    key: Secret  #: the key of your account
    host: str = "harbour.example"  #: whom to ask


@hookimpl
def register_providers(register: Register) -> None:
    """Offer Harbour."""
    register("harbour", _provider, settings=HarbourSettings)


def _provider(settings: HarbourSettings) -> Provider:
    from brokerport_harbour.provider import HarbourProvider  # it imports the library, which others need not wait for

    return HarbourProvider(settings)
