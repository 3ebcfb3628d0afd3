"""A provider that no plugin brings."""

from __future__ import annotations

from datetime import UTC, datetime

from brokerport import ArkDynamic, ArkProvider, Source, Symbol


class OnlyArk(ArkProvider):
    """Answers one question, and tells no more than it has to."""

    async def ark_dynamic(self, symbol: Symbol) -> ArkDynamic:
        return ArkDynamic(symbol=symbol, source=Source("another", datetime.now(UTC)))
