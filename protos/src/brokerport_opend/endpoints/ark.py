"""What the ARK funds did: protocol 3424."""

from __future__ import annotations

from typing import Any

from brokerport import ArkDynamic, ArkDynamicKind, Quota, Source, Symbol
from brokerport_opend.endpoints.endpoint import Endpoint
from brokerport_opend.endpoints.fields import by_number, reader, steps
from brokerport_opend.messages import ark_dynamic_pb2

_KINDS = {
    1: ArkDynamicKind.CONSECUTIVE_SAME_DIRECTION,
    2: ArkDynamicKind.RECENT_TRANSACTION,
    3: ArkDynamicKind.LAST_TRANSACTION,
    4: ArkDynamicKind.NO_DYNAMIC,
}
steps.register_structure_hook(ArkDynamicKind, by_number(_KINDS, ArkDynamicKind.UNKNOWN))


def _read(s2c: Any, symbol: Symbol, source: Source) -> ArkDynamic:
    return _dynamic(s2c, symbol.market.zone, symbol=symbol, source=source)


_dynamic = reader(
    ArkDynamic,
    kind="dynamicType",
    transactions="transactionCount",
    net_shares="netShares",
    last_transaction="lastTransactionTime",
)

ARK_DYNAMIC = Endpoint(
    question="ark_dynamic",
    proto_id=3424,
    request=ark_dynamic_pb2.Request,
    response=ark_dynamic_pb2.Response,
    read=_read,
    quota=Quota(60, 30.0),
    since=1008,
    page="Get ARK Stock Dynamic",
)
