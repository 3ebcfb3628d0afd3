"""A plugin that reaches gold, to be broken."""

from brokerport import Register, hookimpl
from mutants.gold.provider import NAME, GoldProvider


@hookimpl
def register_providers(register: Register) -> None:
    """Offer it; it has no settings of its own."""
    register(NAME, lambda _: GoldProvider())
