"""What the contract says of days and times: their order, their zone, and which cannot be."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import attrs
import pytest

from brokerport import (
    ARK_DYNAMIC,
    BROKER_RANKING,
    SHORT_INTEREST,
    SHORT_VOLUME,
    ArkDynamic,
    BrokerRanking,
    CapitalDistribution,
    Market,
    OrderSizes,
    RankedBroker,
    ShortInterest,
    ShortInterestHistory,
    ShortVolume,
    ShortVolumeHistory,
    Source,
    Symbol,
)
from brokerport.testing.days import ahead_of_time, elsewhere, out_of_order, shifted
from brokerport.testing.past import not_past, same_day

NOON = datetime(2024, 5, 31, 12, tzinfo=Market.HK.zone)
SOURCE = Source("toy", NOON)
FRIDAY = date(2024, 5, 31)
CALENDAR = [FRIDAY - timedelta(days=age) for age in range(40)]
TRADING = [day for day in CALENDAR if day.isoweekday() <= 5]


def volumes(days: list[date], symbol: str = "HK.00700") -> ShortVolumeHistory:
    return ShortVolumeHistory(symbol=Symbol.parse(symbol), rows=tuple(ShortVolume(day=day) for day in days), source=SOURCE)


def interests(days: list[date]) -> ShortInterestHistory:
    return ShortInterestHistory(symbol=Symbol.parse("HK.1"), rows=tuple(ShortInterest(day=day) for day in days), source=SOURCE)


def shift(days: list[date], by: int) -> list[date]:
    return [day + timedelta(days=by) for day in days]


@pytest.mark.parametrize(
    ("days", "complaints"),
    [
        (TRADING[:3], []),
        (TRADING[2::-1], ["after 2024-05-29 comes 2024-05-30", "after 2024-05-30 comes 2024-05-31"]),
        ([FRIDAY, FRIDAY], ["2024-05-31 comes again"]),
    ],
)
def test_rows_are_newest_first_and_each_once(days: list[date], complaints: list[str]) -> None:
    assert list(out_of_order(SHORT_VOLUME, volumes(days))) == complaints


def test_rows_that_tell_no_day_have_no_order() -> None:
    assert list(out_of_order(SHORT_VOLUME, volumes([None, None]))) == []  # type: ignore[list-item]


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (TRADING[:10], None),
        (CALENDAR[:10], None),
        (shift(TRADING, -1)[:10], "it has 2024-05-26, a Sunday, and some day of the working week never"),
        (shift(TRADING, 1)[:10], "it has 2024-06-01, a Saturday, and some day of the working week never"),
    ],
)
def test_a_history_of_every_day_that_is_a_day_off_has_weekends(days: list[date], said: str | None) -> None:
    assert list(shifted(SHORT_VOLUME, volumes(days))) == [said]


@pytest.mark.parametrize("days", [shift(TRADING, -1)[:9], [date(2024, 5, 26) - timedelta(weeks=age) for age in range(12)]])
def test_of_few_days_and_of_reports_nothing_is_said(days: list[date]) -> None:
    assert list(shifted(SHORT_INTEREST, interests(days))) == []


@pytest.mark.parametrize(("zone", "right"), [(Market.HK.zone, True), (UTC, False)])
def test_a_time_is_in_the_zone_of_its_market(zone: Any, right: bool) -> None:
    sizes = OrderSizes(large=1.0, medium=1.0, small=1.0)
    answer = CapitalDistribution(
        symbol=Symbol.parse("HK.1"), inflow=sizes, outflow=sizes, updated_at=NOON.astimezone(zone), source=Source("toy", NOON)
    )
    (said,) = elsewhere(answer)
    assert (said is None) is right


@pytest.mark.parametrize(
    ("market", "now", "to_come"),
    [
        ("HK", datetime(2024, 5, 31, 14, 59, tzinfo=UTC), True),  # an hour and a minute before midnight in Hong Kong
        ("HK", datetime(2024, 5, 31, 15, tzinfo=UTC), False),
        ("US", datetime(2024, 5, 31, 15, tzinfo=UTC), True),
    ],
)
def test_a_day_is_to_come_by_the_calendar_of_the_market(market: str, now: datetime, to_come: bool) -> None:
    first_of_june = ArkDynamic(symbol=Symbol(Market(market), "1"), last_transaction=date(2024, 6, 1), source=SOURCE)
    assert bool(list(ahead_of_time(ARK_DYNAMIC, first_of_june, now))) is to_come


def test_a_question_may_be_of_days_to_come() -> None:
    question = attrs.evolve(ARK_DYNAMIC, sense=attrs.evolve(ARK_DYNAMIC.sense, ahead=frozenset({"last_transaction"})))
    answer = ArkDynamic(symbol=Symbol.parse("US.TSLA"), last_transaction=date(2024, 6, 1), source=SOURCE)
    assert list(ahead_of_time(question, answer, NOON)) == []


def ranking(days_before: int, **figures: Any) -> BrokerRanking:
    rows = (RankedBroker(name=f"Broker {days_before}"), RankedBroker(**figures))
    return BrokerRanking(symbol=Symbol.parse("HK.1"), as_of=NOON - timedelta(days=days_before), rows=rows, source=SOURCE)


@pytest.mark.parametrize(
    ("earlier", "said"),
    [
        (ranking(1), []),
        (attrs.evolve(ranking(1), as_of=None), []),
        (ranking(0), [f"is of {NOON}, and of {NOON}", "says the same as"]),
        (attrs.evolve(ranking(0), as_of=NOON - timedelta(days=1)), ["says the same as"]),
        (attrs.evolve(ranking(1), as_of=NOON - timedelta(hours=3)), [f"is of {NOON - timedelta(hours=3)}, and of {NOON}"]),
    ],
)
def test_an_earlier_day_is_another_with_other_figures(earlier: BrokerRanking, said: list[str]) -> None:
    assert list(same_day(ranking(0), earlier)) == said


def test_where_nobody_traded_days_are_alike() -> None:
    nothing = attrs.evolve(ranking(0), rows=(), as_of=None)
    assert list(same_day(nothing, nothing)) == []


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (ranking(1, net_volume=-5), []),
        (attrs.evolve(ranking(1), real_time=False), []),
        (attrs.evolve(ranking(1), real_time=True), ["BrokerRanking.real_time is True, which is of the present day only"]),
        (ranking(1, total_volume=0.0), ["BrokerRanking.rows[1].total_volume is 0.0, which is of the present day only"]),
    ],
)
def test_what_only_the_present_day_has_is_named(answer: BrokerRanking, said: list[str]) -> None:
    assert list(not_past(BROKER_RANKING, answer)) == said
