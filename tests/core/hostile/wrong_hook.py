"""Misspells the hook."""

from brokerport import hookimpl
from brokerport.plugins.hookspecs import Register


@hookimpl
def register_provider(register: Register) -> None:
    """One letter is missing."""
