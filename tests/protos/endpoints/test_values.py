"""Values at the edges of the five replies: absent, zero, larger than a float can count, new, and nonsense."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime
from typing import Any

import pytest

from brokerport import (
    ArkDynamic,
    ArkDynamicKind,
    BadReplyError,
    BrokerRanking,
    Market,
    RankedBroker,
    ShortInterest,
    ShortVolume,
    Side,
    Source,
    Symbol,
)
from brokerport_opend.endpoints import ARK_DYNAMIC, BROKER_RANKING, CAPITAL_DISTRIBUTION, SHORT_INTEREST, SHORT_VOLUME
from brokerport_opend.endpoints.endpoint import Endpoint

TENCENT = Symbol(Market.HK, "00700")
TESLA = Symbol(Market.US, "TSLA")
SOURCE = Source("futu", datetime(2026, 5, 8, tzinfo=UTC))
HUGE = 2**63 + 1
MONEY = dict.fromkeys(("capitalInBig", "capitalInMid", "capitalInSmall", "capitalOutBig", "capitalOutMid", "capitalOutSmall"), 0.0)


def read(endpoint: Endpoint[Any], s2c: dict[str, Any], symbol: Symbol = TENCENT) -> Any:
    return endpoint.read(endpoint.response(s2c=s2c).s2c, symbol, SOURCE)  # type: ignore[attr-defined]  # every response has one


def test_unset_stays_none_and_zero_stays_zero() -> None:
    unset = read(ARK_DYNAMIC, {})
    assert unset == ArkDynamic(symbol=TENCENT, source=SOURCE)
    zero = read(ARK_DYNAMIC, {"dynamicType": 0, "transactionCount": 0, "netShares": 0})
    assert (zero.kind, zero.transactions, zero.net_shares, zero.last_transaction) == (ArkDynamicKind.UNKNOWN, 0, 0, None)


def test_rows_without_a_field_are_rows_without_a_value() -> None:
    assert read(SHORT_VOLUME, {"usItemList": [{}], "hkItemList": [{}]}).rows == (ShortVolume(), ShortVolume())
    assert read(SHORT_INTEREST, {"usItemList": [{}], "hkItemList": [{}]}).rows == (ShortInterest(), ShortInterest())
    assert read(BROKER_RANKING, {"brokerList": [{}]}) == BrokerRanking(symbol=TENCENT, rows=(RankedBroker(),), source=SOURCE)


def test_replies_without_rows_are_empty() -> None:
    for endpoint in (SHORT_VOLUME, SHORT_INTEREST, BROKER_RANKING):
        assert read(endpoint, {}).rows == ()
    assert read(SHORT_VOLUME, {}).open_short is None
    assert read(BROKER_RANKING, {}).real_time is None


def test_integers_are_exact_at_64_bits() -> None:
    us = {"totalSharesShort": HUGE, "nasdaqSharesShort": HUGE + 1, "nyseSharesShort": HUGE + 2, "volume": 2**64 - 1}
    row = read(SHORT_VOLUME, {"usItemList": [us]}, TESLA).rows[0]
    assert (row.short_volume, row.nasdaq_short_volume, row.nyse_short_volume, row.volume) == (HUGE, HUGE + 1, HUGE + 2, 2**64 - 1)
    row = read(SHORT_VOLUME, {"hkItemList": [{"sharesTraded": HUGE, "shortSellSharesTraded": HUGE + 1}]}).rows[0]
    assert (row.volume, row.short_volume) == (HUGE, HUGE + 1)
    row = read(SHORT_INTEREST, {"usItemList": [{"sharesShort": HUGE, "avgDailyShareVolume": HUGE + 1}]}, TESLA).rows[0]
    assert (row.short_shares, row.average_daily_volume) == (HUGE, HUGE + 1)
    assert read(SHORT_INTEREST, {"hkItemList": [{"aggregatedShort": HUGE}]}).rows[0].short_shares == HUGE


def test_negative_integers_are_exact_at_64_bits() -> None:
    assert read(ARK_DYNAMIC, {"netShares": -(2**63)}).net_shares == -(2**63)
    assert read(BROKER_RANKING, {"brokerList": [{"netVol": 1 - 2**63}]}).rows[0].net_volume == 1 - 2**63
    assert read(SHORT_VOLUME, {"aggregatedShort": -1}).open_short.shares == -1


@pytest.mark.parametrize("number", [-1, 0, 5, 2**31 - 1])
def test_a_kind_that_is_new_is_unknown(number: int) -> None:
    assert read(ARK_DYNAMIC, {"dynamicType": number}).kind is ArkDynamicKind.UNKNOWN


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (1, ArkDynamicKind.CONSECUTIVE_SAME_DIRECTION),
        (2, ArkDynamicKind.RECENT_TRANSACTION),
        (3, ArkDynamicKind.LAST_TRANSACTION),
        (4, ArkDynamicKind.NO_DYNAMIC),
    ],
)
def test_every_kind_has_its_number(number: int, kind: ArkDynamicKind) -> None:
    assert read(ARK_DYNAMIC, {"dynamicType": number}).kind is kind


def test_a_side_that_is_new_is_unknown_and_the_row_is_kept() -> None:
    response = BROKER_RANKING.response.FromString(bytes.fromhex("0800 2206 2204 0807 1809"))  # netVol 7, buySellType 9
    result = BROKER_RANKING.read(response.s2c, TENCENT, SOURCE)  # type: ignore[attr-defined]  # every response has one
    assert result.rows == (RankedBroker(net_volume=7, side=Side.UNKNOWN),)
    assert (result.buyers, result.sellers) == ((), ())


def test_both_lists_of_rows_are_told() -> None:
    s2c = {"usItemList": [{"volume": 1}, {"volume": 2}], "hkItemList": [{"sharesTraded": 3}]}
    assert [row.volume for row in read(SHORT_VOLUME, s2c)] == [1, 2, 3]
    s2c = {"usItemList": [{"sharesShort": 1}], "hkItemList": [{"aggregatedShort": 2}, {"aggregatedShort": 3}]}
    assert [row.short_shares for row in read(SHORT_INTEREST, s2c)] == [1, 2, 3]


def test_rows_keep_the_gateways_order() -> None:
    brokers = [{"brokerName": name, "buySellType": 2} for name in "CAB"]
    assert [row.name for row in read(BROKER_RANKING, {"brokerList": brokers}).rows] == ["C", "A", "B"]


def test_a_day_is_in_the_zone_of_the_market_that_was_asked_for() -> None:
    stamp = {"usItemList": [{"timestamp": 1778212800}]}  # midnight in New York, noon in Hong Kong
    assert read(SHORT_VOLUME, stamp, TESLA).rows[0].day == date(2026, 5, 8)
    assert read(SHORT_INTEREST, {"hkItemList": [{"timestamp": 1778169600}]}).rows[0].day == date(2026, 5, 8)


def test_the_day_of_open_shorts_is_read_in_both_orders() -> None:
    assert read(SHORT_VOLUME, {"newTimeStr": "30/04/2026"}).open_short.day == date(2026, 4, 30)
    assert read(SHORT_VOLUME, {"newTimeStr": "2026-04-30"}).open_short.day == date(2026, 4, 30)


def test_zero_open_shorts_are_said_and_none_are_not() -> None:
    assert read(SHORT_VOLUME, {"aggregatedShort": 0}).open_short.shares == 0
    assert read(SHORT_VOLUME, {"newTimeStr": ""}).open_short is None


def test_not_a_number_and_infinity_are_kept() -> None:
    result = read(CAPITAL_DISTRIBUTION, {**MONEY, "capitalInBig": math.nan, "capitalInSuper": math.inf, "capitalOutSuper": -math.inf})
    assert math.isnan(result.inflow.large)
    assert (result.inflow.extra_large, result.outflow.extra_large) == (math.inf, -math.inf)
    assert math.copysign(1, read(CAPITAL_DISTRIBUTION, {**MONEY, "capitalInMid": -0.0}).inflow.medium) == -1


def test_a_name_that_is_no_utf8_is_told_with_its_bytes() -> None:
    response = BROKER_RANKING.response.FromString(bytes.fromhex("0800 2207 2205 1203 41ff42"))
    assert BROKER_RANKING.read(response.s2c, TENCENT, SOURCE).rows[0].name == "A\\xffB"  # type: ignore[attr-defined]


def test_a_key_that_is_no_utf8_is_told_with_its_bytes() -> None:
    response = SHORT_VOLUME.response.FromString(bytes.fromhex("0800 2204 1a02 ff31"))
    assert SHORT_VOLUME.read(response.s2c, TENCENT, SOURCE).cursor == "\\xff1"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("endpoint", "s2c"),
    [
        (ARK_DYNAMIC, {"lastTransactionTime": "last week"}),
        (CAPITAL_DISTRIBUTION, {**MONEY, "updateTime": "now"}),
        (CAPITAL_DISTRIBUTION, {**MONEY, "updateTimestamp": math.nan}),
        (CAPITAL_DISTRIBUTION, {**MONEY, "updateTimestamp": 1e300}),
        (BROKER_RANKING, {"dataTime": 2**63 - 1}),
        (BROKER_RANKING, {"dataTimeStr": "2026-05-08 24:00:01"}),
        (SHORT_VOLUME, {"newTimeStr": "31/04/2026"}),
        (SHORT_VOLUME, {"hkItemList": [{"timestampStr": "2026-05-32"}]}),
        (SHORT_VOLUME, {"usItemList": [{"timestamp": -(2**63)}]}),
        (SHORT_INTEREST, {"hkItemList": [{"timestamp": 1778169600000}]}),
        (SHORT_INTEREST, {"usItemList": [{"timestampStr": "2026/05/08"}]}),
    ],
)
def test_days_and_times_that_make_no_sense_are_bad_replies(endpoint: Endpoint[Any], s2c: dict[str, Any]) -> None:
    with pytest.raises(BadReplyError):
        read(endpoint, s2c)
