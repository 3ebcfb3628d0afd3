"""The Almanac as a broker for brokerport: a plugin over files, one a day, of a whole market."""

from pathlib import Path

from attrs import frozen

from brokerport import Provider, Register, Settings, hookimpl

__all__ = ["AlmanacSettings", "register_providers"]


@frozen(kw_only=True)
class AlmanacSettings(Settings):
    """What a user can set."""

    url: str = "https://almanac.example/files"  #: the folder that holds the files
    cache: Path | None = None  #: folder on disk for files that change no more


@hookimpl
def register_providers(register: Register) -> None:
    """Offer the Almanac."""
    register("almanac", _provider, settings=AlmanacSettings)


def _provider(settings: AlmanacSettings) -> Provider:
    from brokerport_almanac.provider import AlmanacProvider  # what it needs is imported for those who ask

    return AlmanacProvider(settings)
