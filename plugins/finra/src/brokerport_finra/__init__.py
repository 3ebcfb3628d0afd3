"""US daily short volume from FINRA's public files, as a broker for brokerport."""

from brokerport import Provider, hookimpl
from brokerport.plugins.hookspecs import Register
from brokerport_finra.settings import FinraSettings

__all__ = ["FinraSettings", "register_providers"]


@hookimpl
def register_providers(register: Register) -> None:
    """Offer FINRA."""
    register("finra", _provider, settings=FinraSettings)


def _provider(settings: FinraSettings) -> Provider:
    from brokerport_finra.provider import FinraProvider  # what it needs is imported for those who ask

    return FinraProvider(settings)
