"""GetTopTenBuySellBrokers, 3247."""

from __future__ import annotations

from datetime import datetime

from brokerport_opend.messages import broker_ranking_pb2 as messages
from brokerport_opend.messages import quote_pb2
from brokerport_opend.sandbox.refusals import Refused
from brokerport_opend.sandbox.world.brokers import RankedBroker, ranking
from brokerport_opend.sandbox.world.calendar import as_of, current, history
from brokerport_opend.sandbox.world.stock import Stock


def answer(c2s: messages.C2S, stock: Stock, now: datetime) -> messages.S2C:
    """The ranking of now, or of the N-th trading day before the one that now is of."""
    return _past(stock, now, c2s.daysBefore) if c2s.daysBefore else _real_time(stock, now)


def _real_time(stock: Stock, now: datetime) -> messages.S2C:
    moment = as_of(stock.market, now)
    brokers = ranking(stock, moment.date(), stock.market.traded(moment.time()))
    return _message(moment, [_item(broker) for broker in brokers], real_time=True)


def _past(stock: Stock, now: datetime, days_before: int) -> messages.S2C:
    days = history(stock.market, current(stock.market, now))
    if not 0 <= days_before < len(days):
        raise Refused(f"daysBefore is {days_before}; it goes from 0 to {len(days) - 1}")
    day = days[days_before]
    return _message(stock.market.at(day), [_past_item(broker) for broker in ranking(stock, day)], real_time=False)


def _message(moment: datetime, items: list[messages.BrokerItem], *, real_time: bool) -> messages.S2C:
    return messages.S2C(
        isRealTime=real_time,
        dataTime=int(moment.timestamp()),
        dataTimeStr=f"{moment:%Y-%m-%d %H:%M:%S}",
        brokerList=items,
    )


def _item(broker: RankedBroker) -> messages.BrokerItem:
    item = _past_item(broker)
    item.avgPrice = broker.average_price
    item.totalVol = broker.total_volume
    item.totalTurnover = broker.total_turnover
    return item


def _past_item(broker: RankedBroker) -> messages.BrokerItem:
    side = quote_pb2.BuySellType_NetBuy if broker.net_volume > 0 else quote_pb2.BuySellType_NetSell
    return messages.BrokerItem(netVol=broker.net_volume, brokerName=broker.name, buySellType=side)
