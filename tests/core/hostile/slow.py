"""Is right, and takes its time."""

import time

from brokerport import ArkDynamic, ArkProvider, Settings, Symbol, UnsupportedError, hookimpl
from brokerport.plugins.hookspecs import Register

time.sleep(0.25)


class Slow(ArkProvider):
    """Has nothing."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    async def ark_dynamic(self, symbol: Symbol) -> ArkDynamic:
        """Say so."""
        raise UnsupportedError(f"nothing about {symbol}")


@hookimpl
def register_providers(register: Register) -> None:
    """Offer it."""
    register("slow", Slow)
