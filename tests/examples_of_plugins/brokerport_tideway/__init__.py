"""Tideway as a broker for brokerport: a plugin over HTTP, with a token, and limits that the server tells at login."""

from attrs import frozen

from brokerport import Provider, Register, Secret, Settings, hookimpl

__all__ = ["TidewaySettings", "register_providers"]


@frozen(kw_only=True)
class TidewaySettings(Settings):
    """What a user can set."""

    key: Secret  #: the key of your account
    url: str = "https://api.tideway.example"  #: where the server is


@hookimpl
def register_providers(register: Register) -> None:
    """Offer Tideway."""
    register("tideway", _provider, settings=TidewaySettings)


def _provider(settings: TidewaySettings) -> Provider:
    from brokerport_tideway.provider import TidewayProvider  # what it needs is imported for those who ask

    return TidewayProvider(settings)
