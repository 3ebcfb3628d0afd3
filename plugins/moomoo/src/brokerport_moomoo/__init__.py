"""moomoo as a broker for brokerport."""

from brokerport import Register, hookimpl
from brokerport_opend import Brand, OpenDSettings

MOOMOO = Brand(
    name="moomoo",
    gateway="moomoo OpenD",
    manual="https://openapi.moomoo.com/moomoo-api-doc/en/",
)


@hookimpl
def register_providers(register: Register) -> None:
    """Offer moomoo."""
    register(MOOMOO.name, MOOMOO.provider, settings=OpenDSettings)
