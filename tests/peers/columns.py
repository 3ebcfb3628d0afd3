"""The SDKs' columns as our models' fields, and what the SDKs write where the gateway said nothing.

"Nothing" has many spellings there: 'N/A', '', 0, 0.0, False, None, NaN, a column that is not there. Ours is None, always.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, tzinfo
from math import isnan
from typing import Any, NewType

import attrs
from attrs import frozen

from brokerport import (
    ArkDynamic,
    ArkDynamicKind,
    BrokerRanking,
    CapitalDistribution,
    OpenShort,
    ShortInterestHistory,
    ShortVolumeHistory,
    Side,
    Symbol,
)

Step = Callable[[Any, tzinfo], Any]
Difference = NewType("Difference", str)
Page = list[Any]  # what one of the SDK's methods returned, by official_client.py

LAST_PAGE = ("-1", "")  # and the SDK says "-1" where the gateway sent no key
REQUIRED = object()  # the gateway always sends it
_HEAD = {"symbol", "source", "rows"}  # fields of ours that no column is about
_SIDES = {1: Side.BUY, 2: Side.SELL}


def _as_it_is(value: Any, _: tzinfo) -> Any:
    return value


def _kind(name: str, _: tzinfo) -> ArkDynamicKind:
    return ArkDynamicKind[name]


def _side(number: int, _: tzinfo) -> Side:
    return _SIDES[number]


def _day(text: str, _: tzinfo) -> date:
    return datetime.strptime(text, "%d/%m/%Y").date() if "/" in text else date.fromisoformat(text)  # noqa: DTZ007  # a day


def _day_of(stamp: int, zone: tzinfo) -> date:
    return datetime.fromtimestamp(stamp, zone).date()


def _wall_time(text: str, zone: tzinfo) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def _instant(stamp: int, zone: tzinfo) -> datetime:
    return datetime.fromtimestamp(stamp, zone)


@frozen
class Column:
    """One of the SDK's columns, keys or attrs."""

    name: str
    field: str  #: ours
    absent: Any  #: what the SDK writes when the gateway sent nothing
    step: Step = _as_it_is  #: from the SDK's value to ours
    also: tuple[Any, ...] = ()  #: what the same spelling stands for too; the SDK does not tell which


ARK = (
    Column("dynamic_type", "kind", "N/A", _kind, also=(ArkDynamicKind.UNKNOWN,)),
    Column("transaction_count", "transactions", "N/A"),
    Column("net_shares", "net_shares", "N/A"),
    Column("last_transaction_time", "last_transaction", "N/A", _day),
)
CAPITAL = (
    Column("capital_in_super", "inflow.extra_large", "N/A"),
    Column("capital_in_big", "inflow.large", REQUIRED),
    Column("capital_in_mid", "inflow.medium", REQUIRED),
    Column("capital_in_small", "inflow.small", REQUIRED),
    Column("capital_out_super", "outflow.extra_large", "N/A"),
    Column("capital_out_big", "outflow.large", REQUIRED),
    Column("capital_out_mid", "outflow.medium", REQUIRED),
    Column("capital_out_small", "outflow.small", REQUIRED),
    Column("update_time", "updated_at", "", _wall_time),  # and updateTimestamp is dropped
)
RANKING = (  # the reply's own, repeated in every row: without rows, they are lost
    Column("is_real_time", "real_time", False, also=(False,)),
    Column("data_time", "as_of", 0, _instant),
    Column("data_time_str", "as_of", "", _wall_time),
)
BROKER = (
    Column("net_vol", "net_volume", 0, also=(0,)),
    Column("buy_sell_type", "side", 0, _side, also=(Side.UNKNOWN,)),
    Column("broker_name", "name", ""),
    Column("avg_price", "average_price", 0.0, also=(0.0,)),  # this and the next two: no column at all for a past day
    Column("total_vol", "total_volume", 0.0, also=(0.0,)),
    Column("total_turnover", "total_turnover", 0.0, also=(0.0,)),
)
# From here on: None where no row has it, NaN where another has, and then the integers are floats.
US_VOLUME = (
    Column("timestamp", "day", None, _day_of),
    Column("timestamp_str", "day", None, _day),
    Column("total_shares_short", "short_volume", None),
    Column("nasdaq_shares_short", "nasdaq_short_volume", None),
    Column("nyse_shares_short", "nyse_short_volume", None),
    Column("short_percent", "short_percent", None),
    Column("volume", "volume", None),
    Column("close_price", "close", None),
    Column("last_close_price", "previous_close", None),
    Column("daily_trade_avg_ratio", "average_short_percent", None),
)
HK_VOLUME = (
    Column("timestamp", "day", None, _day_of),
    Column("timestamp_str", "day", None, _day),
    Column("shares_traded", "volume", None),
    Column("turnover", "turnover", None),
    Column("short_sell_shares_traded", "short_volume", None),
    Column("short_sell_turnover", "short_turnover", None),
    Column("open_price", "open", None),
    Column("close_price", "close", None),
    Column("last_close_price", "previous_close", None),
    Column("daily_trade_avg_ratio", "average_short_percent", None),
)
OPEN_SHORT = (  # in the attrs of Hong Kong's frame, beside next_key
    Column("aggregated_short", "shares", None),
    Column("aggregated_short_ratio", "percent", None),
    Column("new_time_str", "day", None, _day),
)
US_INTEREST = (
    Column("timestamp", "day", None, _day_of),
    Column("timestamp_str", "day", None, _day),
    Column("shares_short", "short_shares", None),
    Column("short_percent", "short_percent", None),
    Column("avg_daily_share_volume", "average_daily_volume", None),
    Column("days_to_cover", "days_to_cover", None),
    Column("close_price", "close", None),
    Column("last_close_price", "previous_close", None),
)
HK_INTEREST = (
    Column("timestamp", "day", None, _day_of),
    Column("timestamp_str", "day", None, _day),
    Column("aggregated_short", "short_shares", None),
    Column("aggregated_short_ratio", "short_percent", None),
    Column("close_price", "close", None),
    Column("last_close_price", "previous_close", None),
)


def differences(symbol: str, page: Page, ours: Any) -> list[Difference]:
    """Where the SDK's page and our answer to the same question say different things."""
    code, *said = page
    assert code == 0, said
    return list(_COMPARISONS[type(ours)](said, ours, Symbol.parse(symbol).market.zone))


def _ark(said: list[Any], ours: ArkDynamic, zone: tzinfo) -> Iterator[Difference]:
    yield from _unknown(said[0], ARK)
    yield from _fields(ARK, said[0], ours, zone)


def _capital(said: list[Any], ours: CapitalDistribution, zone: tzinfo) -> Iterator[Difference]:
    yield from _rows(CAPITAL, said[0], [ours], zone)


def _ranking(said: list[Any], ours: BrokerRanking, zone: tzinfo) -> Iterator[Difference]:
    frame = said[0]
    yield from _unknown(frame["columns"], RANKING + BROKER)
    yield from _count(frame["rows"], ours.rows)
    for told, broker in zip(frame["rows"], ours.rows, strict=False):
        yield from _fields(RANKING, told, ours, zone)
        yield from _fields(BROKER, told, broker, zone)


def _short_volume(said: list[Any], ours: ShortVolumeHistory, zone: tzinfo) -> Iterator[Difference]:
    yield from _history(US_VOLUME, HK_VOLUME, said, ours, zone)
    told = {name: value for name, value in said[1]["attrs"].items() if name != "next_key"}
    yield from _unknown(told, OPEN_SHORT)
    yield from _fields(OPEN_SHORT, told, ours.open_short or OpenShort(), zone)
    if (ours.open_short is None) != all(value is None for value in told.values()):
        yield Difference(f"open short: SDK {told}, ours {ours.open_short}")


def _short_interest(said: list[Any], ours: ShortInterestHistory, zone: tzinfo) -> Iterator[Difference]:
    yield from _history(US_INTEREST, HK_INTEREST, said, ours, zone)


_COMPARISONS: dict[type, Callable[[list[Any], Any, tzinfo], Iterator[Difference]]] = {
    ArkDynamic: _ark,
    CapitalDistribution: _capital,
    BrokerRanking: _ranking,
    ShortVolumeHistory: _short_volume,
    ShortInterestHistory: _short_interest,
}


def _history(
    us_table: tuple[Column, ...],
    hk_table: tuple[Column, ...],
    said: list[Any],
    ours: ShortVolumeHistory | ShortInterestHistory,
    zone: tzinfo,
) -> Iterator[Difference]:
    us, hk = said
    yield from _count(us["rows"] + hk["rows"], ours.rows)
    yield from _rows(us_table, us, ours.rows[: len(us["rows"])], zone)
    yield from _rows(hk_table, hk, ours.rows[len(us["rows"]) :], zone)
    for frame in said:
        key = frame["attrs"]["next_key"]
        if (None if key in LAST_PAGE else key) != ours.cursor:
            yield Difference(f"next page: SDK {key!r}, ours {ours.cursor!r}")


def _rows(table: tuple[Column, ...], frame: Any, rows: Iterable[Any], zone: tzinfo) -> Iterator[Difference]:
    yield from _unknown(frame["columns"], table)
    for told, row in zip(frame["rows"], rows, strict=False):
        yield from _fields(table, told, row, zone)


def _count(told: list[Any], rows: tuple[Any, ...]) -> Iterator[Difference]:
    if len(told) != len(rows):
        yield Difference(f"SDK {len(told)} rows, ours {len(rows)}")


def _unknown(names: Iterable[str], table: tuple[Column, ...]) -> Iterator[Difference]:
    return (Difference(f"the SDK's {name} is in no table") for name in names if name not in {column.name for column in table})


def _fields(table: tuple[Column, ...], told: dict[str, Any], ours: Any, zone: tzinfo) -> Iterator[Difference]:
    for field in dict.fromkeys(column.field for column in table):
        columns = [column for column in table if column.field == field]
        meant = [column.step(told[column.name], zone) for column in columns if not _says_nothing(column, told)]
        value = _value(ours, field)
        # What says nothing decides nothing where another column speaks of the same field.
        if any(_differ(each, value) for each in meant) or (not meant and all(_differ(each, value) for each in _nothing(columns, told))):
            yield Difference(f"{field}: SDK {[told.get(column.name, 'no column') for column in columns]}, ours {value!r}")
    for field in {attribute.name for attribute in attrs.fields(type(ours))} - _HEAD - {column.field.partition(".")[0] for column in table}:
        if getattr(ours, field) is not None:
            yield Difference(f"{field}: the SDK has no such column, ours {getattr(ours, field)!r}")


def _says_nothing(column: Column, told: dict[str, Any]) -> bool:
    if column.name not in told or told[column.name] == "":  # an empty text that was sent is handed on, and says nothing either
        return True
    value = told[column.name]
    return not _differ(column.absent, value) or (column.absent is None and isinstance(value, float) and isnan(value))


def _nothing(columns: list[Column], told: dict[str, Any]) -> list[Any]:
    """What ours may be where the SDK's columns say nothing: None, or what their spelling of nothing stands for too."""
    return [None, *(meaning for column in columns if column.name in told for meaning in column.also)]


def _value(ours: Any, field: str) -> Any:
    for name in field.split("."):
        ours = getattr(ours, name)
    return ours


def _differ(one: Any, other: Any) -> bool:
    """Unlike ``!=`` it tells 1, 1.0 and True apart, and times of different zones; NaN is itself."""
    return repr(one) != repr(other)
