"""Golden answers: how an author writes down what a broker shows, and what is told where an answer says otherwise."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from brokerport import (
    BROKER_RANKING,
    CAPITAL_DISTRIBUTION,
    SHORT_VOLUME,
    BrokerRanking,
    CapitalDistribution,
    Market,
    OpenShort,
    OrderSizes,
    Question,
    RankedBroker,
    Result,
    ShortVolume,
    ShortVolumeHistory,
    Side,
    Source,
    Symbol,
)
from brokerport.testing.examples import Example
from brokerport.testing.golden import Golden, goldens

NOON = datetime(2024, 5, 31, 12, tzinfo=Market.HK.zone)
TENCENT = Symbol.parse("HK.00700")
SOURCE = Source("toy", NOON)
ROWS = tuple(ShortVolume(day=date(2024, 5, day), short_volume=10 * day, short_percent=day / 3) for day in (31, 30))
VOLUMES = ShortVolumeHistory(symbol=TENCENT, rows=ROWS, open_short=OpenShort(shares=7, day=date(2024, 5, 24)), source=SOURCE)
SIZES = OrderSizes(extra_large=0.1 + 0.2, large=2.0, medium=3.0, small=4)
MONEY = CapitalDistribution(symbol=TENCENT, inflow=SIZES, outflow=SIZES, updated_at=NOON, source=SOURCE)
BUYERS = tuple(RankedBroker(name=name, side=Side.BUY, net_volume=net) for name, net in (("Lantau", 9), ("Peak", 5)))
RANKING = BrokerRanking(symbol=TENCENT, real_time=True, as_of=NOON, rows=BUYERS, source=SOURCE)

ANSWERS: dict[str, tuple[Question[..., Any], Result]] = {
    "short_volume": (SHORT_VOLUME, VOLUMES),
    "capital_distribution": (CAPITAL_DISTRIBUTION, MONEY),
    "broker_ranking": (BROKER_RANKING, RANKING),
}


def differences(question: str, record: dict[str, Any]) -> list[str]:
    return list(Golden(question, "HK.00700", record).differences(*ANSWERS[question]))


@pytest.mark.parametrize(
    ("question", "record"),
    [
        ("short_volume", {"day": "2024-05-30", "short_volume": 300}),
        ("short_volume", {"day": date(2024, 5, 30), "short_volume": 300.0, "volume": None}),
        ("short_volume", {"day": "2024-05-31", "short_percent": pytest.approx(10.33, abs=0.005)}),
        ("short_volume", {"limit": 60, "day": "2024-05-31", "short_volume": 310}),
        ("short_volume", {"open_short_shares": 7, "open_short_day": "2024-05-24", "open_short_percent": None}),
        ("short_volume", {"day": "2024-05-31", "short_volume": 310, "open_short_shares": 7}),
        ("capital_distribution", {"inflow_extra_large": 0.3, "outflow_small": 4.0, "symbol": "HK.00700"}),
        ("capital_distribution", {"updated_at": "2024-05-31T12:00:00+08:00"}),
        ("capital_distribution", {"updated_at": "2024-05-31T04:00:00Z"}),
        ("broker_ranking", {"days_before": 0, "side": "buy", "name": "Peak", "net_volume": 5}),
        ("broker_ranking", {"side": Side.BUY, "net_volume": 9, "real_time": True}),
        ("broker_ranking", {"real_time": True, "as_of": NOON}),
    ],
)
def test_what_the_answer_says_is_as_expected(question: str, record: dict[str, Any]) -> None:
    assert differences(question, record) == []


@pytest.mark.parametrize(
    ("question", "record", "said"),
    [
        (
            "short_volume",
            {"day": "2024-05-31", "short_volume": 31},
            "in the row with day 2024-05-31, short_volume is 310, and expected is 31",
        ),
        ("short_volume", {"day": "2024-06-01", "short_volume": 310}, "none of its 2 rows has day 2024-06-01"),
        ("short_volume", {"day": "2024-05-31", "close": 1.0}, "in the row with day 2024-05-31, close is None, and expected is 1.0"),
        ("short_volume", {"short_volume": 310}, "expected has to name a row by its day"),
        ("short_volume", {"open_short_day": "2024-05-25"}, "open_short_day is datetime.date(2024, 5, 24), and expected is '2024-05-25'"),
        ("capital_distribution", {"inflow_large": 2}, None),
        ("capital_distribution", {"inflow_large": 2.000001}, "inflow_large is 2.0, and expected is 2.000001"),
        ("broker_ranking", {"side": "buy", "name": "Harbour"}, "none of its 2 rows has side buy and name Harbour"),
        ("broker_ranking", {"net_volume": 9}, "expected has to name a row by its side and name"),
    ],
)
def test_what_it_says_otherwise_is_told(question: str, record: dict[str, Any], said: str | None) -> None:
    assert differences(question, record) == ([] if said is None else [said])


def test_an_answer_without_rows_has_none_of_that_day() -> None:
    nothing = ShortVolumeHistory(symbol=TENCENT, source=SOURCE)
    said = list(Golden("short_volume", "HK.00700", {"day": "2024-05-31", "volume": 1}).differences(SHORT_VOLUME, nothing))
    assert said == ["none of its 0 rows has day 2024-05-31"]


def test_a_name_that_nothing_has_is_told_with_those_that_there_are() -> None:
    (said,) = differences("capital_distribution", {"in_large": 2.0})
    assert said.startswith("expected has in_large; there are inflow_extra_large, inflow_large, ")


def test_arguments_are_asked_with_beside_those_that_the_question_needs_anyway() -> None:
    golden = Golden("broker_ranking", "HK.1", {"days_before": 2, "side": "buy", "net_volume": 9})
    assert str(golden.asked(Example(BROKER_RANKING, "HK.00700", {"days": 5}))) == "broker_ranking of HK.1 with days=5, days_before=2"


def test_records_stand_alone_or_in_a_list_and_a_question_about_nothing_by_its_name() -> None:
    one, two = {"day": "2024-05-31"}, {"day": "2024-05-30"}
    told = list(goldens({("short_volume", "HK.1"): [one, two], ("short_interest", "HK.1"): one, "status": two}))
    assert [(each.question, each.subject, each.record) for each in told] == [
        ("short_volume", "HK.1", one),
        ("short_volume", "HK.1", two),
        ("short_interest", "HK.1", one),
        ("status", None, two),
    ]
