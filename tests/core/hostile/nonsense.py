"""Its provider raises what cannot even be printed."""

from brokerport import ArkDynamic, ArkProvider, Settings, Symbol, hookimpl
from brokerport.plugins.hookspecs import Register


class Unspeakable(Exception):  # noqa: N818  # a stranger's name
    """Fails once more where it is shown."""

    def __str__(self) -> str:
        raise ZeroDivisionError


class Nonsense(ArkProvider):
    """Answers nothing."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    async def ark_dynamic(self, symbol: Symbol) -> ArkDynamic:
        """Fail."""
        raise Unspeakable(symbol)


@hookimpl
def register_providers(register: Register) -> None:
    """Offer it."""
    register("nonsense", Nonsense)
