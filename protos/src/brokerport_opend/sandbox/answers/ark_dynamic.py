"""GetArkStockDynamic, 3424."""

from __future__ import annotations

from datetime import datetime

from brokerport_opend.messages import ark_dynamic_pb2 as messages
from brokerport_opend.sandbox.world.ark import dynamic
from brokerport_opend.sandbox.world.calendar import last_finished
from brokerport_opend.sandbox.world.stock import Stock


def answer(_: messages.C2S, stock: Stock, now: datetime) -> messages.S2C:
    """The funds' latest trading; the kind alone when they did not trade."""
    trading = dynamic(stock, last_finished(stock.market, now))
    if trading is None:
        return messages.S2C(dynamicType=messages.DynamicType_NoDynamic)
    return messages.S2C(
        dynamicType=trading.kind,
        transactionCount=trading.transactions,
        netShares=trading.net_shares,
        lastTransactionTime=trading.last_day.isoformat(),
    )
