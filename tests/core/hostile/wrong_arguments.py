"""Wants of the hook what it does not give."""

from brokerport import Registry, hookimpl


@hookimpl
def register_providers(registry: Registry) -> None:
    """The argument is called register."""
