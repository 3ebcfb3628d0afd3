"""OpenD's protocol, implemented once for every brand that speaks it."""

from brokerport_opend.brand import Brand
from brokerport_opend.settings import OpenDSettings

__all__ = ["Brand", "OpenDSettings"]
