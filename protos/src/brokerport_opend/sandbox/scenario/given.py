"""What a scenario gives in place of the made-up world: one symbol's answer to one question, from a table of TOML.

The keys are the fields of brokerport's models. What a table does not say, the answer does not say either.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import partial
from typing import Any

from attrs import frozen

from brokerport_opend.messages import (
    ark_dynamic_pb2,
    broker_ranking_pb2,
    capital_distribution_pb2,
    quote_pb2,
    short_interest_pb2,
    short_volume_pb2,
)
from brokerport_opend.sandbox.answers.pages import DEFAULT_ROWS, page
from brokerport_opend.sandbox.answers.requests import text
from brokerport_opend.sandbox.scenario.tables import ScenarioError, Table, fill, table, typed
from brokerport_opend.sandbox.world.markets import Market

Given = Callable[[Any], Any]  #: a request's c2s into the s2c that answers it

_SIZES = ("extra_large", "large", "medium", "small")
_FLOWS = {
    "inflow": dict(zip(_SIZES, ("capitalInSuper", "capitalInBig", "capitalInMid", "capitalInSmall"), strict=True)),
    "outflow": dict(zip(_SIZES, ("capitalOutSuper", "capitalOutBig", "capitalOutMid", "capitalOutSmall"), strict=True)),
}
_ARK = {"transactions": "transactionCount", "net_shares": "netShares"}
_ARK_KINDS = {
    "unknown": ark_dynamic_pb2.DynamicType_Unknown,
    "consecutive_same_direction": ark_dynamic_pb2.DynamicType_ConsecutiveSameDirection,
    "recent_transaction": ark_dynamic_pb2.DynamicType_RecentTransaction,
    "last_transaction": ark_dynamic_pb2.DynamicType_LastTransaction,
    "no_dynamic": ark_dynamic_pb2.DynamicType_NoDynamic,
}
_BROKER = {
    "name": "brokerName",
    "net_volume": "netVol",
    "average_price": "avgPrice",
    "total_volume": "totalVol",
    "total_turnover": "totalTurnover",
}
_OPEN_SHORT = {"shares": "aggregatedShort", "percent": "aggregatedShortRatio"}
_PRICES = {"close": "closePrice", "previous_close": "lastClosePrice"}


@frozen
class Rows:
    """The rows of one market's history: their message, where the reply has them, and the fields by their keys."""

    message: type
    field: str
    keys: Mapping[str, str]


_SHORT_VOLUME = {
    "HK": Rows(
        short_volume_pb2.HkDailyShortVolumeItem,
        "hkItemList",
        {
            "short_volume": "shortSellSharesTraded",
            "volume": "sharesTraded",
            "average_short_percent": "dailyTradeAvgRatio",
            "open": "openPrice",
            "turnover": "turnover",
            "short_turnover": "shortSellTurnover",
            **_PRICES,
        },
    ),
    "US": Rows(
        short_volume_pb2.UsDailyShortVolumeItem,
        "usItemList",
        {
            "short_volume": "totalSharesShort",
            "volume": "volume",
            "short_percent": "shortPercent",
            "average_short_percent": "dailyTradeAvgRatio",
            "nasdaq_short_volume": "nasdaqSharesShort",
            "nyse_short_volume": "nyseSharesShort",
            **_PRICES,
        },
    ),
}
_SHORT_INTEREST = {
    "HK": Rows(
        short_interest_pb2.HkShortInterestItem,
        "hkItemList",
        {"short_shares": "aggregatedShort", "short_percent": "aggregatedShortRatio", **_PRICES},
    ),
    "US": Rows(
        short_interest_pb2.UsShortInterestItem,
        "usItemList",
        {
            "short_shares": "sharesShort",
            "short_percent": "shortPercent",
            "average_daily_volume": "avgDailyShareVolume",
            "days_to_cover": "daysToCover",
            **_PRICES,
        },
    ),
}


def ark_dynamic(where: str, _: Market, value: Table) -> Given:
    """``kind``, ``transactions``, ``net_shares`` and ``last_transaction``."""
    told = table(where, value, ("symbol", "kind", *_ARK, "last_transaction"))
    s2c = ark_dynamic_pb2.S2C()
    if "kind" in told:
        kind = typed(f"{where} kind", told["kind"], str)
        table(f"{where} kind", {kind: None}, _ARK_KINDS)
        s2c.dynamicType = _ARK_KINDS[kind]
    if "last_transaction" in told:
        s2c.lastTransactionTime = typed(f"{where} last_transaction", told["last_transaction"], date).isoformat()
    fill(where, s2c, told, _ARK)
    return lambda _: s2c


def capital_distribution(where: str, market: Market, value: Table) -> Given:
    """``inflow`` and ``outflow``, tables of all sizes but that extra_large may be missing, and ``updated_at``."""
    told = table(where, value, ("symbol", *_FLOWS, "updated_at"), needed=_FLOWS)
    s2c = capital_distribution_pb2.S2C()
    for direction, sizes in _FLOWS.items():
        flow = f"{where} {direction}"
        fill(flow, s2c, table(flow, told[direction], sizes, needed=_SIZES[1:]), sizes)
    if "updated_at" in told:
        moment = _moment(f"{where} updated_at", market, told["updated_at"])
        s2c.updateTime, s2c.updateTimestamp = _written(moment), moment.timestamp()
    return lambda _: s2c


def broker_ranking(where: str, market: Market, value: Table) -> Given:
    """``rows`` of brokers, ``as_of``, and ``days_before``, 0 by default: of which day it is the ranking."""
    told = table(where, value, ("symbol", "rows", "as_of", "days_before"), needed=("rows",))
    s2c = broker_ranking_pb2.S2C(isRealTime=not told.get("days_before"))
    for place, each in enumerate(typed(f"{where} rows", told["rows"], list), 1):
        row = f"{where} rows {place}"
        item = s2c.brokerList.add()
        fill(row, item, table(row, each, _BROKER, needed=("net_volume",)), _BROKER)
        item.buySellType = quote_pb2.BuySellType_NetBuy if item.netVol > 0 else quote_pb2.BuySellType_NetSell
    if "as_of" in told:
        moment = _moment(f"{where} as_of", market, told["as_of"])
        s2c.dataTime, s2c.dataTimeStr = int(moment.timestamp()), _written(moment)
    return lambda _: s2c


def short_volume(where: str, market: Market, value: Table) -> Given:
    """``rows`` of days; for Hong Kong ``open_short`` too: shares, percent and day."""
    rest = short_volume_pb2.S2C()
    hong_kong = ("open_short",) if market.name == "HK" else ()
    told = table(where, value, ("symbol", "rows", *hong_kong), needed=("rows",))
    if "open_short" in told:
        open_short = f"{where} open_short"
        count = table(open_short, told["open_short"], (*_OPEN_SHORT, "day"))
        fill(open_short, rest, count, _OPEN_SHORT)
        if "day" in count:
            rest.newTimeStr = f"{typed(f'{open_short} day', count['day'], date):%d/%m/%Y}"
    return _history(f"{where} rows", market, told["rows"], _SHORT_VOLUME, rest)


def short_interest(where: str, market: Market, value: Table) -> Given:
    """``rows`` of counts."""
    told = table(where, value, ("symbol", "rows"), needed=("rows",))
    return _history(f"{where} rows", market, told["rows"], _SHORT_INTEREST, short_interest_pb2.S2C())


#: by the name of the question, which is that of its tables
ANSWERS: dict[str, Callable[[str, Market, Table], Given]] = {
    each.__name__: each for each in (ark_dynamic, capital_distribution, broker_ranking, short_volume, short_interest)
}


def _history(where: str, market: Market, value: object, by_market: Mapping[str, Rows], rest: Any) -> Given:
    kind, items = by_market[market.name], dict[date, Any]()
    for place, each in enumerate(typed(where, value, list), 1):
        row = f"{where} {place}"
        told = table(row, each, ("day", *kind.keys), needed=("day",))
        day = typed(f"{row} day", told["day"], date)
        if day in items:
            raise ScenarioError(f"{row} day = {day} comes a second time")
        items[day] = kind.message(timestamp=market.timestamp(day), timestampStr=day.isoformat())
        fill(row, items[day], told, kind.keys)
    newest_first = {day: items[day] for day in sorted(items, reverse=True)}
    return partial(_page, market, newest_first, kind.field, rest)


def _page(market: Market, items: Mapping[date, Any], field: str, rest: Any, c2s: Any) -> Any:
    days, key = page(market, tuple(items), text(c2s.nextKey), c2s.num if c2s.HasField("num") else DEFAULT_ROWS)
    s2c = type(rest)(nextKey=key)
    s2c.MergeFrom(rest)
    getattr(s2c, field).extend(items[day] for day in days)
    return s2c


def _moment(where: str, market: Market, value: object) -> datetime:
    """By the market's clock, unless the value says by which."""
    moment = typed(where, value, datetime)
    return moment.astimezone(market.zone) if moment.tzinfo else moment.replace(tzinfo=market.zone)


def _written(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"
