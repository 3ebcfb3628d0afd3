"""What a provider says of its limits, which is asked before each request."""

from __future__ import annotations

from attrs import frozen

from brokerport import ArkDynamic, ArkProvider, AsyncClient, Capability, Quota, Symbol
from core.toy import Toy


class Counted(Toy):
    """Counts how often it is asked what it answers."""

    times = 0

    def capabilities(self) -> tuple[Capability, ...]:
        self.times += 1
        return Capability("ark_dynamic", quota=Quota(9, 30.0)), Capability("ark_dynamic", quota=Quota(1, 30.0))


async def test_capabilities_are_asked_for_once_and_not_before_each_request() -> None:
    provider = Counted()
    async with AsyncClient(lambda: provider, broker="acme") as client:
        for _ in range(5):
            await client.ark_dynamic("US.TSLA")
    assert provider.times == 1
    assert provider.limits("ark_dynamic") == (Quota(9, 30.0),)  # the first that is told
    assert provider.limits("short_volume") == ()


def test_a_provider_that_is_frozen_has_limits_too() -> None:
    @frozen
    class Frozen(ArkProvider):
        async def ark_dynamic(self, symbol: Symbol) -> ArkDynamic:
            raise NotImplementedError

        def capabilities(self) -> tuple[Capability, ...]:
            return (Capability("ark_dynamic", quota=Quota(9, 30.0)),)

    assert Frozen().limits("ark_dynamic") == (Quota(9, 30.0),)
