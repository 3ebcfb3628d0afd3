"""The requests that we make, byte for byte, and the replies of the documentation, value by value."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from brokerport import (
    ArkDynamic,
    ArkDynamicKind,
    BrokerRanking,
    CapitalDistribution,
    Market,
    OpenShort,
    OrderSizes,
    RankedBroker,
    ShortInterest,
    ShortInterestHistory,
    ShortVolume,
    ShortVolumeHistory,
    Side,
    Source,
    Symbol,
)
from brokerport_opend.endpoints import ARK_DYNAMIC, BROKER_RANKING, CAPITAL_DISTRIBUTION, SHORT_INTEREST, SHORT_VOLUME
from brokerport_opend.endpoints.endpoint import Endpoint
from brokerport_opend.endpoints.replies import payload
from brokerport_opend.wire.frame import Frame, encode
from protos import golden

TENCENT = Symbol(Market.HK, "00700")
TESLA = Symbol(Market.US, "TSLA")
APPLE = Symbol(Market.US, "AAPL")
SOURCE = Source("moomoo", datetime(2026, 5, 8, tzinfo=UTC))
HK = Market.HK.zone


@pytest.mark.parametrize(
    ("name", "endpoint", "symbol", "fields"),
    [
        ("ark_request.bin", ARK_DYNAMIC, TESLA, {}),
        ("capital_request.bin", CAPITAL_DISTRIBUTION, TENCENT, {}),
        ("brokers_request_realtime.bin", BROKER_RANKING, TENCENT, {"daysBefore": None}),
        ("brokers_request_history.bin", BROKER_RANKING, TENCENT, {"daysBefore": 3}),
        ("short_volume_request_first.bin", SHORT_VOLUME, TENCENT, {"num": 10, "nextKey": None}),
        ("short_volume_request_next.bin", SHORT_VOLUME, TENCENT, {"num": 50, "nextKey": "1776960000"}),
        ("short_interest_request.bin", SHORT_INTEREST, APPLE, {"num": None, "nextKey": None}),
    ],
)
def test_a_request_is_the_bytes_of_the_official_messages(
    name: str, endpoint: Endpoint[Any], symbol: Symbol, fields: dict[str, Any]
) -> None:
    request = Frame(endpoint.proto_id, golden.INDEX[name]["serial"], endpoint.body(symbol, **fields))
    assert encode(request) == golden.frame(name)


def read(endpoint: Endpoint[Any], symbol: Symbol, name: str) -> Any:
    result = endpoint.read(payload(endpoint, "asked", golden.body(name)), symbol, SOURCE)
    assert result.source is SOURCE
    return result


def test_ark_dynamic() -> None:
    assert read(ARK_DYNAMIC, TESLA, "ark_reply.bin") == ArkDynamic(
        symbol=TESLA,
        kind=ArkDynamicKind.CONSECUTIVE_SAME_DIRECTION,
        transactions=3,
        net_shares=-29523,
        last_transaction=date(2026, 6, 17),
        source=SOURCE,
    )


def test_ark_dynamic_of_an_unknown_kind_keeps_its_figures() -> None:
    assert read(ARK_DYNAMIC, TESLA, "ark_reply_unknown_type.bin") == ArkDynamic(
        symbol=TESLA,
        kind=ArkDynamicKind.UNKNOWN,
        transactions=5,
        net_shares=250_000,
        last_transaction=date(2024, 6, 3),
        source=SOURCE,
    )


def test_ark_dynamic_without_trades_has_no_figures() -> None:
    assert read(ARK_DYNAMIC, TESLA, "ark_reply_no_dynamic.bin") == ArkDynamic(
        symbol=TESLA, kind=ArkDynamicKind.NO_DYNAMIC, transactions=None, net_shares=None, last_transaction=None, source=SOURCE
    )


def test_capital_distribution() -> None:
    result = read(CAPITAL_DISTRIBUTION, TENCENT, "capital_reply.bin")
    assert result == CapitalDistribution(
        symbol=TENCENT,
        inflow=OrderSizes(extra_large=230158560.0, large=299700820.0, medium=521403800.0, small=740895620.0),
        outflow=OrderSizes(extra_large=286481380.0, large=332038880.0, medium=483401260.0, small=682124080.0),
        updated_at=datetime(2022, 6, 7, 10, 46, 2, tzinfo=HK),
        source=SOURCE,
    )
    assert result.updated_at.tzinfo is HK


def test_capital_distribution_of_the_required_fields_alone() -> None:
    assert read(CAPITAL_DISTRIBUTION, TENCENT, "capital_reply_required_only.bin") == CapitalDistribution(
        symbol=TENCENT,
        inflow=OrderSizes(extra_large=None, large=1.0, medium=2.0, small=3.0),
        outflow=OrderSizes(extra_large=None, large=4.0, medium=5.0, small=6.0),
        updated_at=None,
        source=SOURCE,
    )


def test_broker_ranking_of_the_present_day() -> None:
    result = read(BROKER_RANKING, TENCENT, "brokers_reply_realtime.bin")
    assert (result.symbol, result.real_time, result.as_of) == (TENCENT, True, datetime(2026, 5, 8, 16, 0, 21, tzinfo=HK))
    figures = [
        ("Goldman Sachs", Side.BUY, 360300, 471.037340153, 586500.0, 276263400.0),
        ("Broker B", Side.BUY, 99200, 466.852156, 398800.0, 186180640.0),
        ("Broker C", Side.SELL, -373700, 467.06406, 414300.0, 193504640.0),
        ("Broker D", Side.SELL, -235100, 466.822072, 502900.0, 234764820.0),
    ]
    assert result.rows == tuple(
        RankedBroker(name=name, side=side, net_volume=net, average_price=price, total_volume=volume, total_turnover=turnover)
        for name, side, net, price, volume, turnover in figures
    )
    assert (result.buyers, result.sellers) == (result.rows[:2], result.rows[2:])


def test_broker_ranking_of_a_past_day_has_names_and_net_volumes_only() -> None:
    assert read(BROKER_RANKING, TENCENT, "brokers_reply_history.bin") == BrokerRanking(
        symbol=TENCENT,
        real_time=False,
        as_of=datetime(2026, 5, 5, tzinfo=HK),
        rows=(
            RankedBroker(name="Broker A", side=Side.BUY, net_volume=5100),
            RankedBroker(name="Broker B", side=Side.SELL, net_volume=-4200),
        ),
        source=SOURCE,
    )


def test_short_volume_of_hong_kong() -> None:
    row = ShortVolume(
        day=date(2026, 5, 8),
        short_volume=2464300,
        volume=25207039,
        short_percent=None,
        average_short_percent=11.36,
        open=475.0,
        close=471.4,
        previous_close=477.4,
        turnover=11871680730.68,
        short_turnover=1161032040.0,
        nasdaq_short_volume=None,
        nyse_short_volume=None,
    )
    assert read(SHORT_VOLUME, TENCENT, "short_volume_reply_hk.bin") == ShortVolumeHistory(
        symbol=TENCENT,
        rows=(row,),
        cursor="1776960000",
        open_short=OpenShort(shares=51480638, percent=0.56, day=date(2026, 4, 30)),
        source=SOURCE,
    )


def test_short_volume_of_the_united_states() -> None:
    row = ShortVolume(
        day=date(2026, 5, 8),
        short_volume=9000001,
        volume=72933558,
        short_percent=12.34,
        average_short_percent=13.02,
        open=None,
        close=200.5,
        previous_close=199.75,
        turnover=None,
        short_turnover=None,
        nasdaq_short_volume=6000000,
        nyse_short_volume=3000001,
    )
    assert read(SHORT_VOLUME, TESLA, "short_volume_reply_us.bin") == ShortVolumeHistory(
        symbol=TESLA, rows=(row,), cursor=None, open_short=None, source=SOURCE
    )


def test_short_interest_of_hong_kong() -> None:
    figures = [
        (date(2026, 4, 30), 51480638, 0.56, 467.8, 479.2),
        (date(2026, 4, 24), 51888755, 0.56, 493.4, 495.2),
        (date(2026, 2, 27), 36037870, 0.39, 518.0, 512.0),
    ]
    rows = tuple(
        ShortInterest(day=day, short_shares=shares, short_percent=percent, close=close, previous_close=before)
        for day, shares, percent, close, before in figures
    )
    assert read(SHORT_INTEREST, TENCENT, "short_interest_reply_hk.bin") == ShortInterestHistory(
        symbol=TENCENT, rows=rows, cursor="1772121600", source=SOURCE
    )


def test_short_interest_of_the_united_states() -> None:
    row = ShortInterest(
        day=date(2026, 4, 29),
        short_shares=120_000_000,
        short_percent=0.81,
        average_daily_volume=48_000_000,
        days_to_cover=2.5,
        close=210.0,
        previous_close=208.5,
    )
    assert read(SHORT_INTEREST, APPLE, "short_interest_reply_us.bin") == ShortInterestHistory(
        symbol=APPLE, rows=(row,), cursor=None, source=SOURCE
    )
