"""What the contract says of the figures of an answer: whether they can be."""

from __future__ import annotations

from datetime import date, datetime
from math import inf, nan
from typing import Any

import attrs
import pytest

from brokerport import (
    BROKER_RANKING,
    SHORT_INTEREST,
    SHORT_VOLUME,
    ArkDynamic,
    BrokerRanking,
    Market,
    OpenShort,
    RankedBroker,
    ShortInterest,
    ShortInterestHistory,
    ShortVolume,
    ShortVolumeHistory,
    Source,
    Symbol,
)
from brokerport.testing.figures import below_zero, percentages, stand_ins, too_large_parts, zero_columns

NOON = datetime(2024, 5, 31, 12, tzinfo=Market.HK.zone)
ARK = ArkDynamic(symbol=Symbol.parse("US.TSLA"), source=Source("toy", NOON))


def ranking(**figures: Any) -> BrokerRanking:
    rows = (RankedBroker(), RankedBroker(**figures))
    return BrokerRanking(symbol=Symbol.parse("HK.1"), rows=rows, source=Source("toy", NOON))


@pytest.mark.parametrize(
    "figures", [{"name": ""}, {"name": "N/A"}, {"name": "--"}, {"net_volume": -(2**63)}, {"average_price": nan}, {"average_price": inf}]
)
def test_what_stands_for_nothing_is_named(figures: dict[str, Any]) -> None:
    ((name, value),) = figures.items()
    assert list(stand_ins(ranking(**figures))) == [
        f"BrokerRanking.rows[1].{name} is {value!r}; where the broker says nothing it has to be None"
    ]


def test_zero_and_none_stand_for_themselves() -> None:
    assert list(stand_ins(ranking(name="A", net_volume=0, average_price=0.0))) == []


def test_a_day_that_is_a_sentinel_stands_for_nothing() -> None:
    (said,) = stand_ins(attrs.evolve(ARK, last_transaction=date(1970, 1, 1)))
    assert said.startswith("ArkDynamic.last_transaction is datetime.date(1970, 1, 1)")


def test_only_net_figures_may_be_below_zero() -> None:
    assert list(below_zero(BROKER_RANKING, ranking(net_volume=-1, total_volume=-1.0))) == [
        "BrokerRanking.rows[1].total_volume is -1.0 and cannot be below zero"
    ]


@attrs.frozen
class Dearer(RankedBroker):
    """With a field that only this broker's plugin knows."""

    change: float | None = None


def test_of_a_further_field_nobody_knows_whether_it_may_be_below_zero() -> None:
    answer = attrs.evolve(ranking(), rows=(Dearer(change=-1.0),))
    assert list(below_zero(BROKER_RANKING, answer)) == []


def test_a_figure_beside_the_rows_counts_too() -> None:
    answer = attrs.evolve(volumes(1), open_short=OpenShort(shares=-5))
    assert list(below_zero(SHORT_VOLUME, answer)) == ["ShortVolumeHistory.open_short.shares is -5 and cannot be below zero"]


@pytest.mark.parametrize(("percent", "right"), [(12.0, True), (12.05, True), (12.34, False), (0.12, False)])
def test_a_percentage_is_of_the_volumes_beside_it(percent: float, right: bool) -> None:
    (said,) = percentages(SHORT_VOLUME, volumes(1, short_volume=12, volume=100, short_percent=percent))
    assert (said is None) is right


@pytest.mark.parametrize("figures", [{"short_volume": 12, "short_percent": 1.0}, {"volume": 0, "short_volume": 0, "short_percent": 0.0}])
def test_a_percentage_of_nothing_is_compared_with_nothing(figures: dict[str, Any]) -> None:
    assert list(percentages(SHORT_VOLUME, volumes(1, **figures))) == []


def test_a_percentage_of_what_is_not_told_is_compared_with_nothing() -> None:
    history = ShortInterestHistory(symbol=Symbol.parse("US.TSLA"), rows=(ShortInterest(short_percent=1.0),), source=Source("toy", NOON))
    assert list(percentages(SHORT_INTEREST, history)) == []


def volumes(count: int, **figures: Any) -> ShortVolumeHistory:
    return ShortVolumeHistory(symbol=Symbol.parse("US.TSLA"), rows=(ShortVolume(**figures),) * count, source=Source("toy", NOON))


@pytest.mark.parametrize("figures", [{"volume": 0}, {"turnover": 0.0}, {"short_percent": 0.0}])
def test_a_figure_that_is_zero_in_every_row_of_ten_stands_for_nothing(figures: dict[str, Any]) -> None:
    ((name, value),) = figures.items()
    assert list(zero_columns(SHORT_VOLUME, volumes(9, **figures))) == []
    (said,) = zero_columns(SHORT_VOLUME, volumes(10, **figures))
    assert said == f"{name} is {value!r} in every row of US.TSLA; where the broker says nothing it has to be None"


def test_rows_of_none_beside_zeros_do_not_hide_them() -> None:
    zeros = volumes(10, volume=0)
    (said,) = zero_columns(SHORT_VOLUME, attrs.evolve(zeros, rows=(ShortVolume(), *zeros.rows)))
    assert said.startswith("volume is 0 in every row")


def test_one_figure_makes_the_zeros_beside_it_figures() -> None:
    zeros = volumes(10, volume=0)
    assert list(zero_columns(SHORT_VOLUME, attrs.evolve(zeros, rows=(ShortVolume(volume=1), *zeros.rows)))) == []


def test_an_exchange_without_short_sales_is_no_sentinel() -> None:
    assert list(zero_columns(SHORT_VOLUME, volumes(10, nasdaq_short_volume=0, nyse_short_volume=0, short_exempt_volume=0))) == []


@pytest.mark.parametrize(
    ("figures", "complaint"),
    [
        ({"short_volume": 7500, "volume": 0}, "2024-05-31: short_volume is 7500, and volume is 0; a part cannot be more"),
        ({"short_turnover": 2.5, "turnover": 2.0}, "2024-05-31: short_turnover is 2.5, and turnover is 2.0; a part cannot be more"),
        ({"short_volume": 7500, "volume": 7500}, None),
        ({"short_volume": 7500}, None),
        ({"volume": 0, "short_volume": 0}, None),
    ],
)
def test_no_more_is_sold_short_than_traded(figures: dict[str, Any], complaint: str | None) -> None:
    assert list(too_large_parts(SHORT_VOLUME, volumes(1, day=date(2024, 5, 31), **figures))) == ([] if complaint is None else [complaint])
