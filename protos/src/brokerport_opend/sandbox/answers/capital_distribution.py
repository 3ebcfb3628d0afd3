"""GetCapitalDistribution, 3212."""

from __future__ import annotations

from datetime import datetime

from brokerport_opend.messages import capital_distribution_pb2 as messages
from brokerport_opend.sandbox.world.calendar import as_of
from brokerport_opend.sandbox.world.capital import capital
from brokerport_opend.sandbox.world.markets import HK, US
from brokerport_opend.sandbox.world.stock import Stock

_WITH_EXTRA_LARGE = (HK, US)  # elsewhere the field stays unset, and its money is among the large


def answer(_: messages.C2S, stock: Stock, now: datetime) -> messages.S2C:
    """The money of the trading day that now is of."""
    moment = as_of(stock.market, now)
    flows = capital(stock, moment.date(), stock.market.traded(moment.time()))
    inflow, outflow = flows.inflow, flows.outflow
    s2c = messages.S2C(
        capitalInBig=inflow.large,
        capitalInMid=inflow.medium,
        capitalInSmall=inflow.small,
        capitalOutBig=outflow.large,
        capitalOutMid=outflow.medium,
        capitalOutSmall=outflow.small,
        updateTime=f"{moment:%Y-%m-%d %H:%M:%S}",
        updateTimestamp=moment.timestamp(),
    )
    if stock.market in _WITH_EXTRA_LARGE:
        s2c.capitalInSuper, s2c.capitalOutSuper = inflow.extra_large, outflow.extra_large
    else:
        s2c.capitalInBig, s2c.capitalOutBig = inflow.large + inflow.extra_large, outflow.large + outflow.extra_large
    return s2c
