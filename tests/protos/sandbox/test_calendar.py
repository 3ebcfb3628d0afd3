from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brokerport_opend.sandbox.world.calendar import (
    as_of,
    back_from,
    current,
    day_before,
    history,
    is_trading_day,
    last_days,
    last_finished,
    state,
)
from brokerport_opend.sandbox.world.holidays import easter, holidays
from brokerport_opend.sandbox.world.markets import CLOSED, HK, MARKETS, SG, US, Market

markets = st.sampled_from(list(MARKETS.values()))
days = st.dates(date(2015, 1, 1), date(2035, 12, 31))
moments = st.integers(1420070400, 2082672000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@given(markets, days)
def test_the_trading_day_before_is_earlier_and_a_weekday_and_no_holiday(market: Market, day: date) -> None:
    before = day_before(market, day)
    assert before < day
    assert before.weekday() < 5
    assert before not in holidays(market.name, before.year)


@given(markets, moments)
def test_only_days_whose_close_has_passed_are_finished(market: Market, now: datetime) -> None:
    last = last_finished(market, now)
    assert market.at(last, market.close) <= now
    following = next(day for n in range(1, 30) if is_trading_day(market, day := last + timedelta(n)))
    assert now < market.at(following, market.close)


@given(markets, moments)
def test_real_time_is_of_a_moment_of_trading_never_in_the_future(market: Market, now: datetime) -> None:
    moment = as_of(market, now)
    assert moment <= now
    assert moment.date() == current(market, now)
    assert market.opening <= moment.time() <= market.close
    assert is_trading_day(market, moment.date())


@given(markets, moments)
def test_a_market_is_closed_on_days_without_trading(market: Market, now: datetime) -> None:
    if not is_trading_day(market, now.astimezone(market.zone).date()):
        assert state(market, now) == CLOSED


@given(markets, st.times(), st.times())
def test_trading_proceeds_from_none_to_all(market: Market, moment: time, later: time) -> None:
    moment, later = sorted((moment, later))
    assert 0 <= market.traded(moment) <= market.traded(later) <= 1
    assert market.traded(market.opening) == 0
    assert market.traded(market.close) == 1


@pytest.mark.parametrize(
    ("hours", "expected"),
    [("03:00", 6), ("09:10", 1), ("09:25", 2), ("10:00", 3), ("12:30", 4), ("15:59", 5), ("16:05", 19), ("17:00", 6)],
)
def test_hong_kong_keeps_its_hours(hours: str, expected: int) -> None:
    assert state(HK, HK.at(date(2026, 5, 8), time.fromisoformat(hours))) == expected


def test_a_noon_break_trades_nothing() -> None:
    assert HK.traded(time(12)) == HK.traded(time(12, 45)) == HK.traded(time(13)) == 150 / 330


def test_the_days_of_the_vendors_example() -> None:
    expected = ["08", "07", "06", "05", "04", "30", "29", "28", "27", "24"]
    assert [f"{day:%d}" for day in last_days(HK, date(2026, 5, 8), 10)] == expected


@pytest.mark.parametrize(("year", "month", "day"), [(2024, 3, 31), (2025, 4, 20), (2026, 4, 5), (2027, 3, 28), (2038, 4, 25)])
def test_easter(year: int, month: int, day: int) -> None:
    assert easter(year) == date(year, month, day)


def test_the_united_states_holidays_of_2026() -> None:
    expected = ["01-01", "01-19", "02-16", "04-03", "05-25", "06-19", "07-03", "09-07", "11-26", "12-25"]
    assert sorted(f"{day:%m-%d}" for day in holidays("US", 2026)) == expected


def test_hong_kongs_holidays_of_2025() -> None:
    expected = [
        "01-01",
        "01-29",
        "01-30",
        "01-31",
        "04-04",
        "04-18",
        "04-21",
        "05-01",
        "05-05",
        "07-01",
        "10-01",
        "10-07",
        "10-29",
        "12-25",
        "12-26",
    ]
    assert sorted(f"{day:%m-%d}" for day in holidays("HK", 2025)) == expected


def test_new_year_is_a_holiday_everywhere_and_on_a_saturday_closes_no_friday() -> None:
    assert not is_trading_day(SG, date(2026, 1, 1))
    assert is_trading_day(US, date(2021, 12, 31))


def test_two_years_are_remembered() -> None:
    remembered = history(US, date(2026, 5, 8))
    assert 490 < len(remembered) < 515
    assert remembered[0] == date(2026, 5, 8)
    assert remembered[-1] > date(2024, 5, 8)
    assert list(remembered[:30]) == [day for day, _ in zip(back_from(US, date(2026, 5, 8)), range(30), strict=False)]
