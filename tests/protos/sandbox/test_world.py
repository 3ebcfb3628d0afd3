from __future__ import annotations

from collections import Counter
from datetime import date
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brokerport_opend.sandbox.world import draws
from brokerport_opend.sandbox.world.ark import dynamic
from brokerport_opend.sandbox.world.brokers import ranking
from brokerport_opend.sandbox.world.calendar import day_before, history, is_trading_day, last_days
from brokerport_opend.sandbox.world.capital import capital
from brokerport_opend.sandbox.world.markets import HK, JP, US
from brokerport_opend.sandbox.world.shorts import average_percent, counts, open_short, short_day
from brokerport_opend.sandbox.world.stock import Stock, close_price, trading_day

codes = st.text("0123456789ABCXYZ.é中", min_size=1, max_size=8)
stocks = st.builds(Stock, st.integers(), st.sampled_from([HK, US]), codes)
days = st.dates(date(2020, 1, 1), date(2035, 12, 31)).map(lambda day: day_before(US, day))


@given(st.lists(st.one_of(st.integers(), codes), max_size=3))
def test_chance_stays_below_one_and_can_be_asked_again(key: list[object]) -> None:
    assert 0 <= draws.draw(*key) < 1
    assert draws.draw(*key) == draws.draw(*key)
    assert 1 <= draws.count(1, 3, *key) <= 3
    assert -1 <= draws.drift(5, 7, *key) <= 1


def test_chance_is_even() -> None:
    tenths = Counter(int(10 * draws.draw("even", n)) for n in range(10_000))
    assert all(900 < tenths[tenth] < 1100 for tenth in range(10))


@given(stocks, days)
def test_a_close_is_the_next_days_previous_close(stock: Stock, day: date) -> None:
    assert trading_day(stock, day).previous_close == close_price(stock, day_before(stock.market, day))


@given(stocks, days)
def test_prices_move_by_little_within_sane_bounds(stock: Stock, day: date) -> None:
    trading = trading_day(stock, day)
    assert 1 < trading.close < 1100
    assert abs(trading.close / trading.previous_close - 1) < 0.12
    assert 0.97 * min(trading.open, trading.close) < trading.average_price < 1.03 * max(trading.open, trading.close)


@given(stocks, days)
def test_less_is_sold_short_than_sold(stock: Stock, day: date) -> None:
    short = short_day(stock, day)
    assert 0 < short.shares < short.trading.volume < stock.shares
    assert 0 <= short.nasdaq_shares <= short.shares
    assert short.turnover == pytest.approx(short.shares * short.trading.average_price, rel=0.0021)
    assert 0 < short.percent < 50


@given(stocks, days)
def test_the_average_is_of_the_last_20_days(stock: Stock, day: date) -> None:
    percents = [short_day(stock, each).percent for each in last_days(stock.market, day, 20)]
    assert average_percent(stock, day) == round(fmean(percents), 2)


@given(stocks, days)
def test_days_to_cover_is_shares_over_average_volume(stock: Stock, day: date) -> None:
    count = open_short(stock, day)
    volumes = [trading_day(stock, each).volume for each in last_days(stock.market, day, 20)]
    assert count.average_volume == round(fmean(volumes))
    assert count.days_to_cover == round(count.shares / count.average_volume, 2)
    assert 0 < count.percent < 20


def test_hong_kong_counts_once_a_week_on_its_last_trading_day() -> None:
    days = counts(HK, date(2026, 5, 8))
    assert days[0] == date(2026, 4, 30)  # the first of May is a holiday
    assert len({day.isocalendar()[:2] for day in days}) == len(days)
    assert {day.weekday() for day in days} <= {1, 2, 3, 4}
    assert 95 < len(days) < 106


def test_the_united_states_count_in_mid_month_and_at_its_end() -> None:
    days = counts(US, date(2026, 6, 30))
    assert days[:4] == (date(2026, 6, 15), date(2026, 5, 29), date(2026, 5, 15), date(2026, 4, 30))
    assert all(month <= 2 for month in Counter((day.year, day.month) for day in days).values())


@given(stocks, days, st.floats(0, 1))
def test_what_ten_brokers_buy_ten_others_sell(stock: Stock, day: date, traded: float) -> None:
    brokers = ranking(stock, day, traded)
    nets = [broker.net_volume for broker in brokers]
    buyers, sellers = [net for net in nets if net > 0], [net for net in nets if net < 0]
    assert sum(nets) == 0
    assert nets == sorted(buyers, reverse=True) + sorted(sellers)
    assert len({broker.name for broker in brokers}) == len(brokers) <= 20
    assert sum(broker.total_volume for broker in brokers) <= 2 * trading_day(stock, day).volume
    for broker in brokers:
        assert broker.total_volume >= abs(broker.net_volume)
        assert broker.total_turnover == pytest.approx(broker.average_price * broker.total_volume, abs=0.01)


@given(stocks, days)
def test_a_whole_day_ranks_twenty_brokers(stock: Stock, day: date) -> None:
    assert [broker.net_volume > 0 for broker in ranking(stock, day)] == [True] * 10 + [False] * 10


@given(stocks, days, st.floats(0, 1))
def test_capital_in_and_out_is_the_turnover(stock: Stock, day: date, traded: float) -> None:
    flows = capital(stock, day, traded)
    sizes = [getattr(flow, size) for flow in (flows.inflow, flows.outflow) for size in ("extra_large", "large", "medium", "small")]
    assert sum(sizes) == pytest.approx(trading_day(stock, day).turnover * traded, abs=0.05)
    assert all(money >= 0 for money in sizes)


def test_every_kind_of_ark_trading_occurs_and_holds_together() -> None:
    last = date(2026, 5, 8)
    found = [dynamic(Stock(0, US, f"S{n}"), last) for n in range(1000)]
    kinds = Counter(trading.kind if trading else 4 for trading in found)
    assert {kind for kind, n in kinds.items() if n > 5} == {0, 1, 2, 3, 4}
    assert kinds[4] < 250
    for trading in filter(None, found):
        assert trading.last_day < last
        assert is_trading_day(US, trading.last_day)
        assert trading.transactions >= (2 if trading.kind == 1 else 1)
        assert trading.kind != 3 or trading.transactions == 1
        assert trading.net_shares % trading.transactions == 0
    assert {trading.net_shares > 0 for trading in filter(None, found)} == {True, False}


def test_ark_trades_the_united_states_only_and_holds_its_tongue_for_a_week() -> None:
    assert dynamic(Stock(0, JP, "7203"), date(2026, 5, 8)) is None
    for code in map(str, range(50)):
        assert dynamic(Stock(0, US, code), date(2026, 5, 4)) == dynamic(Stock(0, US, code), date(2026, 5, 8))


def test_seeds_markets_and_codes_tell_worlds_apart() -> None:
    day = history(HK, date(2026, 5, 8))[0]
    stocks = [Stock(seed, market, code) for seed in (0, 1) for market in (HK, US) for code in ("00700", "TSLA")]
    assert len({trading_day(stock, day) for stock in stocks}) == len(stocks)
