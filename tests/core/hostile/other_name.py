"""Offers another name than its entry point's."""

from brokerport import Provider, hookimpl
from brokerport.plugins.hookspecs import Register


@hookimpl
def register_providers(register: Register) -> None:
    """Offer it."""
    register("moomoo", lambda settings: Provider())
