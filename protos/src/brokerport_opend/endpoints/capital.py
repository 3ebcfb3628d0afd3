"""Where the day's money went: protocol 3212."""

from __future__ import annotations

from typing import Any

from brokerport import CapitalDistribution, OrderSizes, Quota, Source, Symbol
from brokerport_opend.endpoints.endpoint import Endpoint
from brokerport_opend.endpoints.fields import Time, reader
from brokerport_opend.messages import capital_distribution_pb2

_inflow = reader(OrderSizes, extra_large="capitalInSuper", large="capitalInBig", medium="capitalInMid", small="capitalInSmall")
_outflow = reader(OrderSizes, extra_large="capitalOutSuper", large="capitalOutBig", medium="capitalOutMid", small="capitalOutSmall")
_distribution = reader(CapitalDistribution, updated_at=Time("updateTimestamp", "updateTime"))


def _read(s2c: Any, symbol: Symbol, source: Source) -> CapitalDistribution:
    zone = symbol.market.zone
    return _distribution(s2c, zone, symbol=symbol, inflow=_inflow(s2c, zone), outflow=_outflow(s2c, zone), source=source)


CAPITAL_DISTRIBUTION = Endpoint(
    question="capital_distribution",
    proto_id=3212,
    request=capital_distribution_pb2.Request,
    response=capital_distribution_pb2.Response,
    read=_read,
    quota=Quota(30, 30.0),
    since=314,  # or earlier
    page="Get Capital Distribution",
)
