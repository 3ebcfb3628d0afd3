"""Laws of frames: whatever two answers to one question hold, their frames have the same columns of the same types, and go together."""

from __future__ import annotations

from datetime import UTC, date, datetime
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import attrs
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from attrs import field, frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from brokerport import (
    QUESTIONS,
    BrokerRanking,
    CapitalDistribution,
    Market,
    OrderSizes,
    Paged,
    RankedBroker,
    Result,
    ShortVolume,
    ShortVolumeHistory,
    Source,
    Symbol,
)

MARKETS = [Market.HK, Market.US, Market.JP]
SOURCE = Source("moomoo", datetime(2024, 5, 2, 8, 30, tzinfo=UTC), sandbox=True)


class Rank(Enum):
    FIRST = 1
    SECOND = 2.5


@frozen
class Lent(ShortVolume):
    lent: int | None = None
    fee: float | int | None = None


@frozen(kw_only=True)
class Lending(ShortVolumeHistory):
    """A broker's own history of further fields: of its own, and of its rows."""

    rows: tuple[Lent, ...] = ()
    venue: str | None = None
    holidays: tuple[date, ...] = ()


@frozen(kw_only=True)
class Fee:
    percent: float | None = None
    since: datetime | None = None


@frozen
class Loan:
    place: Market | None = None
    rank: Rank | None = None
    fee: Fee | None = None
    sure: bool | None = None


@frozen(kw_only=True)
class Loans(Paged[Loan]):
    """A stranger's, about a market."""

    market: Market
    rows: tuple[Loan, ...] = ()
    at: datetime
    source: Source = field(eq=False)


KINDS: dict[Any, st.SearchStrategy[Any]] = {
    bool: st.booleans(),
    int: st.integers(-(2**63), 2**63 - 1),
    float: st.floats(allow_nan=False) | st.integers(-(2**53), 2**53),  # as type checkers have it
    str: st.sampled_from(["", "A", "中银", "=1"]),
    date: st.sampled_from([date(1970, 1, 1), date(2024, 5, 2), date.max]),
    datetime: st.sampled_from([datetime(2024, 11, 3, 12, 30, tzinfo=zone) for zone in (UTC, *(each.zone for each in MARKETS))]),
    NoneType: st.none(),
    Market: st.sampled_from(MARKETS),
    Symbol: st.sampled_from([Symbol(each, "1") for each in MARKETS]),
    Source: st.builds(Source, st.just("toy"), st.just(SOURCE.fetched_at), st.booleans()),
}


def of(kind: Any) -> Any:
    """Any value that an annotation allows, and that fits its column."""
    if kind in KINDS:
        return KINDS[kind]
    if get_origin(kind) in (Union, UnionType):
        options = set(get_args(kind))
        return st.one_of(*(of(float if each is int and float in options else each) for each in options))
    if get_origin(kind) is tuple:
        return st.lists(of(get_args(kind)[0]), max_size=3).map(tuple)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return st.sampled_from(kind)
    hints = get_type_hints(kind)
    return st.builds(kind, **{name: of(hints[name]) for name in attrs.fields_dict(kind)})


ANSWERS = [*(question.answer for question in QUESTIONS.values()), Lending, Loans]
every_answer = pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: answer.__name__)


@pytest.mark.timeout(60)  # three libraries, twenty times
@every_answer
@given(st.data())
@settings(max_examples=20, deadline=None)
def test_any_two_answers_to_a_question_have_one_schema_and_go_together(answer: type[Result], data: st.DataObject) -> None:
    first, second = data.draw(of(answer)), data.draw(of(answer))
    source = data.draw(st.booleans())
    records = first.to_dicts(source=source) + second.to_dicts(source=source)
    tables = [each.to_arrow(source=source) for each in (first, second)]
    assert pa.concat_tables(tables).to_pylist() == records
    assert pl.concat([each.to_polars(source=source) for each in (first, second)]).to_dicts() == records
    frames = [each.to_pandas(source=source) for each in (first, second)]
    joined = pd.concat(frames)
    assert frames[0].dtypes.to_dict() == frames[1].dtypes.to_dict() == joined.dtypes.to_dict()
    assert len(joined) == len(records)


def test_two_columns_of_one_name_are_refused_and_none_hides_the_other() -> None:
    @frozen(kw_only=True)
    class Hidden(Result):
        market: Market
        rows: tuple[Loan, ...] = ()
        rank: str = "first"
        source: Source = field(eq=False)

    with pytest.raises(TypeError, match="Hidden has two columns of the name rank"):
        Hidden(market=Market.HK, rows=(Loan(),), source=SOURCE).to_dicts()


@pytest.mark.parametrize("members", [{"A": 1, "B": "one"}, {"A": (1, 2)}, {}])
def test_an_enum_of_values_that_fit_no_one_column_is_refused(members: dict[str, Any]) -> None:
    mixed = Enum("mixed", members)  # type: ignore[misc]  # made of what it is tried with
    made = attrs.make_class("Made", {"kind": field(default=None, type=mixed)}, bases=(Result,), frozen=True)
    with pytest.raises(TypeError, match=r"Made\.kind is .*, of which no column can be made"):
        made().to_dicts()


PAIRS = [
    (
        ShortVolumeHistory(symbol=Symbol("HK", "1"), rows=(ShortVolume(date(2024, 5, 2), 7, 9),), source=SOURCE),
        ShortVolumeHistory(symbol=Symbol("US", "A"), rows=(ShortVolume(date(2024, 5, 2), 7.5, 9), ShortVolume()), source=SOURCE),
    ),
    (
        ShortVolumeHistory(symbol=Symbol("HK", "1"), rows=(ShortVolume(volume=7),), source=SOURCE),
        ShortVolumeHistory(symbol=Symbol("HK", "2"), source=SOURCE),
    ),
    tuple(
        CapitalDistribution(
            symbol=Symbol(market, "1"),
            inflow=OrderSizes(extra_large=large, large=1.0, medium=1.0, small=1.0),
            outflow=OrderSizes(large=1.0, medium=1.0, small=1.0),
            updated_at=datetime(2024, 5, 2, 16, tzinfo=market.zone),
            source=SOURCE,
        )
        for market, large in ((Market.HK, None), (Market.US, 1.0))
    ),
    (
        BrokerRanking(symbol=Symbol("HK", "1"), as_of=datetime(2024, 5, 2, tzinfo=UTC), rows=(RankedBroker("A"),), source=SOURCE),
        BrokerRanking(symbol=Symbol("US", "1"), rows=(RankedBroker(net_volume=7),), source=SOURCE),
    ),
    (
        Lending(symbol=Symbol("US", "A"), rows=(Lent(lent=7, fee=1),), venue="dark", source=SOURCE),
        Lending(symbol=Symbol("US", "B"), source=SOURCE),
    ),
]


@pytest.mark.parametrize("pair", PAIRS, ids=["fractions", "none", "times", "ranking", "further fields"])
def test_a_parquet_dataset_of_two_symbols_reads_back(pair: tuple[Any, Any], tmp_path: Path) -> None:
    for answer in pair:
        pq.write_table(answer.to_arrow(), tmp_path / f"{answer.symbol}.parquet")
    records = pair[0].to_dicts() + pair[1].to_dicts()
    assert pq.read_table(tmp_path).to_pylist() == records  # file by file, in the order of their names
    assert len(pl.read_parquet(tmp_path)) == len(pd.read_parquet(tmp_path)) == len(records)
