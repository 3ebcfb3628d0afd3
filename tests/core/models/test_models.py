"""Results: frozen values, None where nothing was said, and figures that follow from others."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, assert_type

import attrs
import pytest
from attrs.exceptions import FrozenInstanceError

from brokerport import (
    ArkDynamic,
    ArkDynamicKind,
    BrokerRanking,
    CapitalDistribution,
    OpenShort,
    OrderSizes,
    RankedBroker,
    ShortInterest,
    ShortInterestHistory,
    ShortVolume,
    ShortVolumeHistory,
    Side,
)
from brokerport.models import History, Source, Symbol

HK = Symbol.parse("HK.00700")
MORNING = Source("moomoo", datetime(2024, 5, 2, 1, 0, tzinfo=UTC))
EVENING = Source("futu", datetime(2024, 5, 2, 11, 0, tzinfo=UTC), sandbox=True)
SIZES = OrderSizes(large=2.0, medium=3.0, small=4.0)
ROWS = tuple(ShortVolume(day=date(2024, 5, day)) for day in (9, 8, 7))

RESULTS: list[Any] = [
    ArkDynamic(symbol=HK, source=MORNING),
    CapitalDistribution(symbol=HK, inflow=SIZES, outflow=SIZES, source=MORNING),
    BrokerRanking(symbol=HK, source=MORNING),
    ShortVolumeHistory(symbol=HK, source=MORNING),
    ShortInterestHistory(symbol=HK, source=MORNING),
]
PARTS: list[Any] = [MORNING, SIZES, RankedBroker(), ShortVolume(), OpenShort(), ShortInterest(), HK]


def named(value: object) -> str:
    return type(value).__name__


@pytest.mark.parametrize("value", RESULTS + PARTS, ids=named)
def test_a_value_cannot_be_changed_and_has_no_room_for_more(value: Any) -> None:
    first = attrs.fields(type(value))[0].name
    with pytest.raises(FrozenInstanceError):
        setattr(value, first, None)
    with pytest.raises((FrozenInstanceError, AttributeError)):
        value.something_else = 1


@pytest.mark.parametrize("value", RESULTS + PARTS, ids=named)
def test_equal_values_hash_alike(value: Any) -> None:
    again = attrs.evolve(value)
    assert again == value
    assert hash(again) == hash(value)


@pytest.mark.parametrize("result", RESULTS, ids=named)
def test_who_answered_when_does_not_count_for_equality(result: Any) -> None:
    assert attrs.evolve(result, source=EVENING) == result
    assert attrs.evolve(result, symbol=Symbol.parse("HK.00005")) != result


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (RESULTS[0], {"symbol", "source"}),
        (RESULTS[1], {"symbol", "source", "inflow", "outflow"}),
        (RESULTS[2], {"symbol", "source", "rows"}),
        (RESULTS[3], {"symbol", "source", "rows", "missing"}),
        (RESULTS[4], {"symbol", "source", "rows", "missing"}),
        (SIZES, {"large", "medium", "small"}),
        (RankedBroker(), set()),
        (ShortVolume(), set()),
        (OpenShort(), set()),
        (ShortInterest(), set()),
    ],
    ids=lambda value: "" if isinstance(value, set) else named(value),
)
def test_what_the_broker_did_not_say_is_none(value: Any, said: set[str]) -> None:
    assert {field.name for field in attrs.fields(type(value)) if getattr(value, field.name) is not None} == said


@pytest.mark.parametrize("kind", [type(result) for result in RESULTS])
def test_a_result_without_a_symbol_or_a_source_cannot_be_made(kind: Any) -> None:
    with pytest.raises(TypeError, match="symbol"):
        kind(source=MORNING)
    with pytest.raises(TypeError, match="source"):
        kind(symbol=HK)


@pytest.mark.parametrize(("extra_large", "total"), [(None, 9.0), (0.0, 9.0), (1.0, 10.0)])
def test_the_total_is_that_of_all_sizes_there_are(extra_large: float | None, total: float) -> None:
    assert attrs.evolve(SIZES, extra_large=extra_large).total == total


def test_net_is_inflow_less_outflow() -> None:
    outflow = OrderSizes(extra_large=100.0, large=0.5, medium=0.0, small=0.0)
    assert CapitalDistribution(symbol=HK, inflow=SIZES, outflow=outflow, source=MORNING).net == -91.5


def test_buyers_and_sellers_keep_the_order_of_the_broker_and_leave_out_unknown_sides() -> None:
    a, b, c = RankedBroker(name="a", side=Side.SELL), RankedBroker(name="b", side=Side.BUY), RankedBroker(name="c", side=Side.UNKNOWN)
    d, e = RankedBroker(name="d", side=Side.BUY), RankedBroker(name="e")
    ranking = BrokerRanking(symbol=HK, rows=(a, b, c, d, e), source=MORNING)
    assert (ranking.buyers, ranking.sellers) == ((b, d), (a,))


def test_a_history_is_a_sequence_of_its_rows() -> None:
    history = ShortVolumeHistory(symbol=HK, rows=ROWS, source=MORNING)
    assert isinstance(history, Sequence)
    assert isinstance(history, History)
    assert (len(history), history[0], history[-1], tuple(history)) == (3, ROWS[0], ROWS[2], ROWS)
    assert (ROWS[1] in history, history.index(ROWS[1]), history.count(ROWS[1])) == (True, 1, 1)
    assert tuple(reversed(history)) == ROWS[::-1]
    with pytest.raises(IndexError):
        history[3]


SLICES = [
    slice(0, 2),
    slice(1, None),
    slice(None, None, -1),
    slice(None, None, 2),
    slice(-1, None),
    slice(5, None),
    slice(None),
    slice(0, 0),
]


@pytest.mark.parametrize("part", SLICES, ids=str)
def test_a_slice_of_a_history_is_a_history_of_the_same_symbol_and_source(part: slice) -> None:
    history = ShortVolumeHistory(symbol=HK, rows=ROWS, cursor="next", open_short=OpenShort(shares=7), source=MORNING)
    sliced = history[part]
    assert_type(sliced, ShortVolumeHistory)
    assert sliced.rows == ROWS[part]
    assert (type(sliced), sliced.symbol, sliced.source, sliced.open_short) == (ShortVolumeHistory, HK, MORNING, OpenShort(shares=7))


@pytest.mark.parametrize("part", SLICES, ids=str)
def test_a_slice_leads_on_only_where_it_holds_the_last_row(part: slice) -> None:
    history = ShortVolumeHistory(symbol=HK, rows=ROWS, cursor="next", source=MORNING)
    assert history[part].cursor == ("next" if ROWS[part][-1:] == ROWS[-1:] else None)


def test_a_slice_keeps_what_a_subclass_knows() -> None:
    @attrs.frozen(kw_only=True)
    class Patchy(ShortVolumeHistory):
        missing: tuple[date, ...] = ()

    history = Patchy(symbol=HK, rows=ROWS, missing=(date(2024, 5, 1),), source=MORNING)
    assert (type(history[:1]), history[:1].missing) == (Patchy, (date(2024, 5, 1),))
    assert json.loads(history[:1].to_json())["missing"] == ["2024-05-01"]
    assert history.to_pandas().attrs["missing"] == ["2024-05-01"]
    assert json.loads(history.to_arrow().schema.metadata[b"brokerport.missing"]) == ["2024-05-01"]
    assert "missing" not in history.to_pandas()


@pytest.mark.parametrize("count", [0, 1, 1000])
def test_a_history_shows_itself_in_a_line_or_a_few_however_long_it_is(count: int) -> None:
    rows = tuple(ShortVolume(day=date(2024, 5, 2) - timedelta(days=age)) for age in range(count))
    shown = repr(ShortVolumeHistory(symbol=HK, rows=rows, cursor="x" * 1_000_000, source=MORNING))
    assert len(shown) < 500
    span = {0: "<0 rows>", 1: "<1 row, 2024-05-02 to 2024-05-02>", 1000: "<1000 rows, 2024-05-02 to 2021-08-07>"}[count]
    assert shown.startswith("ShortVolumeHistory(symbol=HK.00700, cursor='xxx")
    assert f"rows={span}" in shown


def test_every_other_result_shows_its_fields_and_a_strangers_too() -> None:
    @attrs.frozen(kw_only=True)
    class Own(BrokerRanking):
        venue: str = "dark"

    shown = repr(Own(symbol=HK, rows=(RankedBroker(name="A" * 500),) * 20, source=MORNING))
    assert (shown.startswith("Own("), "rows=<20 rows>" in shown, "venue='dark'" in shown) == (True, True, True)
    assert repr(ArkDynamic(symbol=HK, source=MORNING)).startswith("ArkDynamic(symbol=HK.00700, kind=None, ")


@pytest.mark.parametrize(
    ("short", "volume", "share"),
    [(25, 100, 0.25), (0, 7, 0.0), (2.5, 10, 0.25), (None, 7, None), (7, None, None), (7, 0, None), (7, 0.0, None)],
)
def test_the_short_share_is_reckoned_wherever_both_figures_are_told(short: float | None, volume: float | None, share: float | None) -> None:
    assert ShortVolume(short_volume=short, volume=volume, short_percent=99.0).short_share == share


def test_a_symbol_without_data_has_an_empty_history() -> None:
    history = ShortInterestHistory(symbol=HK, source=MORNING)
    assert (len(history), list(history), history.cursor, bool(history)) == (0, [], None, False)


def test_histories_of_different_kinds_are_not_equal() -> None:
    volume: object = ShortVolumeHistory(symbol=HK, source=MORNING)
    assert volume != ShortInterestHistory(symbol=HK, source=MORNING)


def test_unknown_is_a_member_wherever_the_broker_numbers_kinds() -> None:
    assert (ArkDynamicKind.UNKNOWN.value, Side.UNKNOWN.value) == ("unknown", "unknown")
    assert len(ArkDynamicKind) == 5
    assert list(Side) == [Side.UNKNOWN, Side.BUY, Side.SELL]


def test_data_are_real_unless_they_say_that_they_are_not() -> None:
    assert (MORNING.sandbox, EVENING.sandbox) == (False, True)


@pytest.mark.parametrize("result", RESULTS, ids=named)
def test_every_result_turns_into_dicts_and_frames(result: Any) -> None:
    dicts = result.to_dicts()
    assert [len(result.to_arrow()), len(result.to_pandas()), len(result.to_polars())] == [len(dicts)] * 3
    assert [record["symbol"] for record in dicts] == ["HK.00700"] * len(dicts)
