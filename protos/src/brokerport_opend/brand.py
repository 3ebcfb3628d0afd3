"""All that tells one OpenD broker from another, as data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from brokerport_opend.settings import OpenDSettings

if TYPE_CHECKING:
    from brokerport_opend.provider import OpenDProvider


@frozen(kw_only=True)
class Brand:
    """One broker behind OpenD."""

    name: str  #: the name it is asked for by
    gateway: str  #: what its gateway is called, for people: "moomoo OpenD"
    manual: str  #: where the broker describes its gateway

    def provider(self, settings: OpenDSettings) -> OpenDProvider:
        """An unconnected provider; protobuf and asyncio are imported here, not before."""
        from brokerport_opend.provider import OpenDProvider

        return OpenDProvider(settings, name=self.name, gateway=self.gateway, manual=self.manual)
