"""One answer to each question, small enough to check by eye."""

from __future__ import annotations

from datetime import UTC, date, datetime

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
from brokerport.models import Result

TENCENT = Symbol("HK", "00700")
TESLA = Symbol("US", "TSLA")
SOURCE = Source("moomoo", datetime(2024, 5, 2, 8, 30, 15, 250000, tzinfo=UTC), sandbox=True)
CLOSED = datetime(2024, 5, 2, 16, 0, tzinfo=Market.HK.zone)

ARK = ArkDynamic(symbol=TESLA, kind=ArkDynamicKind.RECENT_TRANSACTION, transactions=3, net_shares=-9_007_199_254_740_993, source=SOURCE)
CAPITAL = CapitalDistribution(
    symbol=TENCENT,
    inflow=OrderSizes(extra_large=None, large=2_000_000.5, medium=300.25, small=40.0),
    outflow=OrderSizes(extra_large=None, large=1_000_000.0, medium=300.5, small=40.0),
    updated_at=CLOSED,
    source=SOURCE,
)
RANKING = BrokerRanking(
    symbol=TENCENT,
    real_time=False,
    as_of=CLOSED,
    rows=(
        RankedBroker(name="中银国际", side=Side.BUY, net_volume=1_234_500, average_price=276.259787, total_volume=2e6, total_turnover=5e8),
        RankedBroker(name="=cmd|' /C calc'!A0", side=Side.SELL, net_volume=-7),
    ),
    source=SOURCE,
)
VOLUME = ShortVolumeHistory(
    symbol=TENCENT,
    rows=(
        ShortVolume(day=date(2024, 5, 2), short_volume=4_381_500, volume=53_498_300, close=276.6, turnover=14_779_104_709.67),
        ShortVolume(day=date(2024, 4, 30), short_volume=7, volume=2**63, close=1.0625, turnover=0.5),
    ),
    cursor="1714406400",
    open_short=OpenShort(shares=32_189_668, percent=0.53, day=date(2024, 4, 26)),
    source=SOURCE,
)
INTEREST = ShortInterestHistory(symbol=TESLA, rows=(ShortInterest(short_shares=5, days_to_cover=0.4),), source=SOURCE)

#: by the question that each answers
ANSWERS: dict[str, Result] = {
    "ark_dynamic": ARK,
    "capital_distribution": CAPITAL,
    "broker_ranking": RANKING,
    "short_volume": VOLUME,
    "short_interest": INTEREST,
}
