"""Symbols: what is one, what is none, and that reading and writing agree."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from attrs.exceptions import FrozenInstanceError
from hypothesis import given
from hypothesis import strategies as st

from brokerport import InvalidRequestError, Market, Symbol

codes = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=64)


@pytest.mark.parametrize(
    ("text", "market", "code"),
    [
        ("HK.00700", Market.HK, "00700"),
        ("US.TSLA", Market.US, "TSLA"),
        ("US.BRK.B", Market.US, "BRK.B"),
        ("US..DJI", Market.US, ".DJI"),
        ("US.brk-b", Market.US, "brk-b"),
        ("SH.600519", Market.SH, "600519"),
        ("JP.株", Market.JP, "株"),
        ("HK." + "7" * 64, Market.HK, "7" * 64),
    ],
)
def test_the_market_ends_at_the_first_dot_and_the_code_stays_as_it_is(text: str, market: Market, code: str) -> None:
    symbol = Symbol.parse(text)
    assert (symbol.market, symbol.code, str(symbol)) == (market, code, text)


@pytest.mark.parametrize(
    "bad",
    [
        "",
        ".",
        "700",
        "TSLA",
        "HK.",
        ".00700",
        "hk.00700",
        " HK.00700",
        "HK .00700",
        "HK.00700 ",
        "HK. 00700",
        "HK.007\x0000",
        "HK.00700\n",
        "HK.00\x1b[31m700",
        "HK.\u202e00700",
        "HK.\ud800",
        "XX.1",
        "00700.HK",
        "HK." + "7" * 65,
        "HK." + "7" * 1_000_000,
        "X" * 1_000_000 + ".1",
        "X" * 1_000_000,
        None,
        b"HK.00700",
        700,
        7.5,
        ("HK", "00700"),
        ["HK.00700"],
        b"7" * 1_000_000,
    ],
    ids=lambda bad: repr(bad)[:24],
)
def test_what_is_no_symbol_is_refused_and_the_text_shows_one_that_is(bad: Any) -> None:
    with pytest.raises(InvalidRequestError) as raised:
        Symbol.parse(bad)
    assert "'HK.00700'" in str(raised.value)
    assert len(str(raised.value)) < 300


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("us.tsla", "US.TSLA"),
        ("Hk.00700", "HK.00700"),
        (" HK.00700", "HK.00700"),
        ("HK. 00700\n", "HK.00700"),
        ("00700.HK", "HK.00700"),
        ("brk.b.us", "US.BRK.B"),
    ],
)
def test_what_plainly_stands_for_a_symbol_is_answered_with_that(text: str, meant: str) -> None:
    with pytest.raises(InvalidRequestError) as raised:
        Symbol.parse(text)
    assert str(raised.value).startswith(f"{text!r} is no symbol; did you mean {meant!r}? write market, dot, code: ")


@pytest.mark.parametrize("text", ["tesla", "700", "XX.1", "HK.a b", "HK.", ".HK", "."])
def test_nothing_is_guessed_where_it_is_not_plain(text: str) -> None:
    with pytest.raises(InvalidRequestError) as raised:
        Symbol.parse(text)
    assert "did you mean" not in str(raised.value)


def test_an_unknown_market_is_answered_with_those_there_are() -> None:
    with pytest.raises(InvalidRequestError, match=r"'XX' is no market that brokerport knows \(HK, US, SH, SZ, SG, JP, AU, MY, CA\)"):
        Symbol.parse("XX.1")


def test_a_symbol_passes_through_unchanged() -> None:
    symbol = Symbol(Market.HK, "00700")
    assert Symbol.parse(symbol) is symbol


@pytest.mark.parametrize("market", ["HK", Market.HK])
def test_a_symbol_is_made_from_a_market_or_its_name(market: Any) -> None:
    assert Symbol(market, "00700") == Symbol.parse("HK.00700")


@pytest.mark.parametrize(
    ("market", "code"), [("hk", "00700"), (None, "00700"), ([], "1"), ("HK", ""), ("HK", None), ("HK", 700), ("HK", "a b")]
)
def test_making_one_checks_what_reading_one_checks(market: Any, code: Any) -> None:
    with pytest.raises(InvalidRequestError):
        Symbol(market, code)


@given(st.sampled_from([*Market]), codes)
def test_reading_what_was_written_gives_the_same_symbol(market: Market, code: str) -> None:
    symbol = Symbol(market, code)
    assert Symbol.parse(str(symbol)) == symbol


@given(st.text(max_size=80))
def test_any_text_is_a_symbol_that_writes_it_or_is_refused(text: str) -> None:
    try:
        symbol = Symbol.parse(text)
    except InvalidRequestError:
        return
    assert str(symbol) == text


@given(st.lists(st.builds(Symbol, st.sampled_from([*Market]), st.text("AB01.", min_size=1, max_size=3)), max_size=8))
def test_order_and_equality_are_those_of_market_and_code(symbols: list[Symbol]) -> None:
    pairs = [(symbol.market.value, symbol.code) for symbol in symbols]
    assert [(symbol.market.value, symbol.code) for symbol in sorted(symbols)] == sorted(pairs)
    assert len(set(symbols)) == len(set(pairs))


def test_it_is_frozen_and_equals_no_text() -> None:
    symbol = Symbol.parse("US.TSLA")
    with pytest.raises(FrozenInstanceError):
        symbol.code = "AAPL"  # type: ignore[misc]
    text: object = "US.TSLA"
    assert symbol != text
    with pytest.raises(TypeError):
        symbol < "US.TSLA"  # type: ignore[operator]  # noqa: B015


@pytest.mark.parametrize(
    ("market", "winter", "summer"),
    [("HK", 8, 8), ("US", -5, -4), ("SH", 8, 8), ("SZ", 8, 8), ("SG", 8, 8), ("JP", 9, 9), ("AU", 11, 10), ("MY", 8, 8), ("CA", -5, -4)],
)
def test_every_market_has_its_own_time_zone(market: str, winter: int, summer: int) -> None:
    zone = Market(market).zone
    offsets = [datetime(2024, month, 15, tzinfo=UTC).astimezone(zone).utcoffset() for month in (1, 7)]
    assert offsets == [timedelta(hours=winter), timedelta(hours=summer)]


def test_no_market_was_left_out_of_that() -> None:
    assert [market for market in Market if market.zone is None] == []
    assert len(Market) == 9
