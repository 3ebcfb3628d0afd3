"""Futu as a broker for brokerport."""

from brokerport import Register, hookimpl
from brokerport_opend import Brand, OpenDSettings

FUTU = Brand(
    name="futu",
    gateway="Futu OpenD",
    manual="https://openapi.futunn.com/futu-api-doc/en/",
)


@hookimpl
def register_providers(register: Register) -> None:
    """Offer Futu."""
    register(FUTU.name, FUTU.provider, settings=OpenDSettings)
