"""Which brokers bought and sold most: protocol 3247."""

from __future__ import annotations

from typing import Any

from brokerport import BrokerRanking, Market, Quota, RankedBroker, Side, Source, Symbol
from brokerport_opend.endpoints.endpoint import Endpoint
from brokerport_opend.endpoints.fields import ClosedEnum, Time, reader, row_reader
from brokerport_opend.messages import broker_ranking_pb2

_MOST = 100  # rows; the ten largest of each side are what it is called after

_SIDES = {1: Side.BUY, 2: Side.SELL}

_ranking = reader(BrokerRanking, real_time="isRealTime", as_of=Time("dataTime", "dataTimeStr"))
_broker = row_reader(
    RankedBroker,
    name="brokerName",
    side=ClosedEnum("buySellType", _SIDES, Side.UNKNOWN),
    net_volume="netVol",
    average_price="avgPrice",
    total_volume="totalVol",
    total_turnover="totalTurnover",
)


def _write(*, days_before: int) -> dict[str, object]:
    return {"daysBefore": days_before or None}  # 0, the present day, is what it means unset


def _read(s2c: Any, symbol: Symbol, source: Source) -> BrokerRanking:
    zone = symbol.market.zone
    rows = tuple(_broker(item, zone) for item in s2c.brokerList)
    return _ranking(s2c, zone, symbol=symbol, rows=rows, source=source)


BROKER_RANKING = Endpoint(
    question="broker_ranking",
    proto_id=3247,
    request=broker_ranking_pb2.Request,
    response=broker_ranking_pb2.Response,
    write=_write,
    read=_read,
    quota=Quota(30, 30.0),
    markets=frozenset({Market.HK}),
    lists=("brokerList",),
    most_rows=_MOST,
    since=1006,
    page="Get Top Ten Buy/Sell Brokers",
)
