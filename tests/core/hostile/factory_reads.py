"""Its factory does I/O, which fails."""

from pathlib import Path

from brokerport import Provider, Settings, hookimpl
from brokerport.plugins.hookspecs import Register


def make(settings: Settings) -> Provider:
    """Read what is not there."""
    raise AssertionError(Path("/brokerport/is/not/here").read_text("utf-8"), settings)


@hookimpl
def register_providers(register: Register) -> None:
    """Offer it."""
    register("factory-reads", make)
