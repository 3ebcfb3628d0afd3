"""Results as columns, dicts and frames: the same values, with the types that the annotations promise."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from numbers import Real
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from attrs import evolve, field, frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from brokerport import (
    ArkDynamic,
    ArkDynamicKind,
    BrokerRanking,
    CapitalDistribution,
    OpenShort,
    OrderSizes,
    RankedBroker,
    ShortInterestHistory,
    ShortVolume,
    ShortVolumeHistory,
    Side,
)
from brokerport.models import Market, Result, Source, Symbol, columns, frames

TENCENT = Symbol("HK", "00700")
TESLA = Symbol("US", "TSLA")
SOURCE = Source("moomoo", datetime(2024, 5, 2, 8, 30, tzinfo=UTC), sandbox=True)
HK_NOON = datetime(2024, 5, 2, 12, 0, tzinfo=Market.HK.zone)
ROWS = (ShortVolume(day=date(2024, 5, 2), short_volume=7, close=1.5), ShortVolume())
DAYS = ["day", "short_volume", "volume", "short_percent", "average_short_percent", "open", "close", "previous_close", "turnover"]
DAYS += ["short_turnover", "nasdaq_short_volume", "nyse_short_volume", "short_exempt_volume"]


class Colour(Enum):
    RED = 1


@frozen(kw_only=True)
class Odd(Result):
    """What a plugin's own result may hold."""

    symbol: Symbol = TENCENT
    price: float | None = None
    colour: Colour | None = None
    sizes: OrderSizes | None = None
    sure: bool | None = None


@frozen(kw_only=True)
class Joined(Result):
    symbol: Symbol = TENCENT
    figure: int | str | None = None


@frozen(kw_only=True)
class Listed(Result):
    symbol: Symbol = TENCENT
    figures: list[int] = field(factory=list)


@frozen(kw_only=True)
class Plain(Result):
    """Rows without a history's variable."""

    symbol: Symbol = TENCENT
    rows: tuple[ShortVolume, ...] = ()


def history(*rows: ShortVolume, cursor: str | None = None, open_short: OpenShort | None = None) -> ShortVolumeHistory:
    return ShortVolumeHistory(symbol=TENCENT, rows=rows, cursor=cursor, open_short=open_short, source=SOURCE)


def volumes(*values: float | None) -> ShortVolumeHistory:
    return history(*(ShortVolume(volume=value) for value in values))


def ranking(*rows: RankedBroker, as_of: datetime | None = HK_NOON) -> BrokerRanking:
    return BrokerRanking(symbol=TENCENT, real_time=True, as_of=as_of, rows=rows, source=SOURCE)


def distribution() -> CapitalDistribution:
    inflow, outflow = OrderSizes(large=1.0, medium=2.0, small=3.0), OrderSizes(extra_large=4.0, large=5.0, medium=6.0, small=7.0)
    return CapitalDistribution(symbol=TENCENT, inflow=inflow, outflow=outflow, updated_at=HK_NOON, source=SOURCE)


def ark() -> ArkDynamic:
    return ArkDynamic(symbol=TESLA, kind=ArkDynamicKind.LAST_TRANSACTION, net_shares=-3, last_transaction=date(2024, 5, 1), source=SOURCE)


def columns_of(result: Result) -> dict[str, columns.Column]:
    return {column.name: column for column in columns.columns(result)}


def plain(value: Any, kind: type) -> Any:
    """A cell of a pandas frame as a value of the model."""
    if pd.isna(value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.date() if kind is date else value.to_pydatetime()
    return value


def from_pandas(result: Result) -> list[dict[str, Any]]:
    frame, table = result.to_pandas(), columns.columns(result)
    cells = ([plain(value, column.kind) for value in frame[column.name].tolist()] for column in table)
    return [dict(zip(frame.columns, record, strict=True)) for record in zip(*cells, strict=True)]


def run(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.strip()


# Columns


def test_a_history_has_one_record_a_row_and_its_symbol_in_every_one() -> None:
    table = columns_of(history(*ROWS))
    assert list(table) == ["symbol", *DAYS]
    assert table["symbol"] == ("symbol", str, ["HK.00700", "HK.00700"])
    assert table["short_volume"] == ("short_volume", Real, [7, None])


def test_an_empty_history_keeps_every_column_and_its_kind() -> None:
    table = columns.columns(history())
    assert [column.name for column in table] == ["symbol", *DAYS]
    assert [column.kind for column in table] == [str, date, Real, Real, float, float, float, float, float, float, float, int, int, Real]
    assert all(column.values == [] for column in table)


def test_whole_shares_and_parts_of_shares_stand_in_dicts_as_the_broker_said_them() -> None:
    assert [repr(record["volume"]) for record in volumes(7, None, 1234.567).to_dicts()] == ["7", "None", "1234.567"]


@pytest.mark.parametrize("value", [None, 7, 0.5])
def test_a_column_of_whole_numbers_and_fractions_is_floats_in_every_frame(value: float | None) -> None:
    answer = volumes(value, None)
    assert answer.to_polars().schema["volume"] == pl.Float64
    assert answer.to_arrow().schema.field("volume").type == pa.float64()
    assert str(answer.to_pandas().dtypes["volume"]) == "float64"
    assert answer.to_polars()["volume"].to_list() == answer.to_arrow()["volume"].to_pylist() == [value, None]


def test_a_ranking_repeats_when_it_was_made_on_every_row() -> None:
    row = RankedBroker(name="Goldman", side=Side.SELL, net_volume=-5)
    table = columns_of(ranking(row, row))
    assert list(table)[:5] == ["symbol", "real_time", "as_of", "basis", "days"]
    assert table["as_of"] == ("as_of", datetime, [HK_NOON, HK_NOON])
    assert table["side"] == ("side", str, ["sell", "sell"])


def test_a_result_without_rows_is_one_record() -> None:
    assert ark().to_dicts() == [
        {
            "symbol": "US.TSLA",
            "kind": "last_transaction",
            "transactions": None,
            "net_shares": -3,
            "last_transaction": date(2024, 5, 1),
        }
    ]


def test_nested_values_are_columns_named_after_both() -> None:
    assert distribution().to_dicts() == [
        {
            "symbol": "HK.00700",
            "inflow_extra_large": None,
            "inflow_large": 1.0,
            "inflow_medium": 2.0,
            "inflow_small": 3.0,
            "outflow_extra_large": 4.0,
            "outflow_large": 5.0,
            "outflow_medium": 6.0,
            "outflow_small": 7.0,
            "updated_at": HK_NOON,
        }
    ]


def test_a_nested_value_that_is_not_there_leaves_its_columns_empty() -> None:
    table = columns_of(Odd())
    assert table["sizes_large"] == ("sizes_large", float, [None])


def test_an_enum_gives_the_value_of_its_member_and_that_values_kind() -> None:
    assert columns_of(Odd(colour=Colour.RED))["colour"] == ("colour", int, [1])


def test_enum_members_and_symbols_leave_as_exact_strings() -> None:
    assert {type(value) for value in (ark().to_dicts()[0][name] for name in ("symbol", "kind"))} == {str}


def test_an_int_in_a_float_field_is_a_float_in_frames() -> None:
    result = Odd(price=7)
    assert [
        type(value) for value in (*result.to_arrow()["price"].to_pylist(), *result.to_polars()["price"], *result.to_pandas()["price"])
    ] == [float] * 3


@pytest.mark.parametrize("result", [Joined(), Listed()])
def test_a_field_that_fits_no_column_is_named(result: Result) -> None:
    with pytest.raises(TypeError, match=rf"{type(result).__name__}\.figures? is "):
        columns.columns(result)


def test_rows_may_be_named_in_the_class_itself() -> None:
    assert [column.name for column in columns.columns(Plain())] == ["symbol", *DAYS]


# Metadata


def test_metadata_tells_where_the_answer_is_from_and_what_stands_beside_it() -> None:
    result = history(cursor="next", open_short=OpenShort(shares=9, percent=0.5, day=date(2024, 4, 30)))
    assert columns.metadata(result) == {
        "broker": "moomoo",
        "fetched_at": "2024-05-02T08:30:00+00:00",
        "sandbox": True,
        "cursor": "next",
        "open_short_shares": 9,
        "open_short_percent": 0.5,
        "open_short_day": "2024-04-30",
    }


def test_metadata_leaves_out_what_the_broker_did_not_say() -> None:
    assert set(columns.metadata(history(open_short=OpenShort(shares=0)))) == {"broker", "fetched_at", "sandbox", "open_short_shares"}
    assert set(columns.metadata(ark())) == {"broker", "fetched_at", "sandbox"}


def test_days_that_are_missing_are_metadata_too() -> None:
    result = evolve(history(ROWS[0]), missing=(date(2024, 5, 1), date(2024, 4, 29)))
    assert columns.metadata(result)["missing"] == ["2024-05-01", "2024-04-29"]
    assert result.to_pandas().attrs["missing"] == ["2024-05-01", "2024-04-29"]
    assert "missing" not in columns_of(result)


def test_arrow_carries_metadata_in_its_schema() -> None:
    assert history(cursor="next", open_short=OpenShort(shares=9)).to_arrow().schema.metadata == {
        b"brokerport.broker": b"moomoo",
        b"brokerport.fetched_at": b"2024-05-02T08:30:00+00:00",
        b"brokerport.sandbox": b"true",
        b"brokerport.cursor": b"next",
        b"brokerport.open_short_shares": b"9",
    }


def test_pandas_carries_metadata_in_attrs() -> None:
    assert history(cursor="next").to_pandas().attrs == columns.metadata(history(cursor="next"))


def test_the_source_is_columns_for_those_who_ask() -> None:
    told = history(*ROWS).to_dicts(source=True)
    assert [*told[0]][-3:] == ["source_broker", "source_fetched_at", "source_sandbox"]
    assert [[*record.values()][-3:] for record in told] == [["moomoo", SOURCE.fetched_at, True]] * 2
    assert ark().to_dicts(source=True)[0]["source_sandbox"] is True
    for result in (history(*ROWS), history(), ark(), distribution()):
        assert result.to_arrow(source=True).to_pylist() == result.to_polars(source=True).to_dicts() == result.to_dicts(source=True)
        assert [*result.to_pandas(source=True)] == [*result.to_arrow(source=True).column_names]
    assert "source_broker" not in history(*ROWS).to_pandas()


def test_parquet_keeps_where_the_answer_is_from(tmp_path: Path) -> None:
    pq.write_table(history(*ROWS, cursor="next").to_arrow(), tmp_path / "one.parquet")
    told = pq.read_schema(tmp_path / "one.parquet").metadata
    assert (told[b"brokerport.broker"], told[b"brokerport.sandbox"]) == (b"moomoo", b"true")
    assert told[b"brokerport.fetched_at"] == SOURCE.fetched_at.isoformat().encode()


# Types


@pytest.mark.parametrize("rows", [(), (ShortVolume(),), ROWS], ids=["no rows", "nothing said", "rows"])
def test_arrow_types_come_from_the_annotations(rows: tuple[ShortVolume, ...]) -> None:
    schema = history(*rows).to_arrow().schema
    expected = {"symbol": pa.string(), "day": pa.date32(), "nyse_short_volume": pa.int64(), "close": pa.float64()}
    assert {name: schema.field(name).type for name in expected} == expected
    assert schema.names == ["symbol", *DAYS]


@pytest.mark.parametrize("rows", [(), (ShortVolume(),), ROWS], ids=["no rows", "nothing said", "rows"])
def test_pandas_types_come_from_the_annotations(rows: tuple[ShortVolume, ...]) -> None:
    frame = history(*rows).to_pandas()
    expected = {"symbol": "string", "day": "datetime64[us]", "nyse_short_volume": "Int64", "close": "float64"}
    assert {name: str(frame.dtypes[name]) for name in expected} == expected
    assert len(frame) == len(rows)


@pytest.mark.parametrize("rows", [(), (ShortVolume(),), ROWS], ids=["no rows", "nothing said", "rows"])
def test_polars_types_come_from_the_annotations(rows: tuple[ShortVolume, ...]) -> None:
    schema = history(*rows).to_polars().schema
    expected = {"symbol": pl.String, "day": pl.Date, "nyse_short_volume": pl.Int64, "close": pl.Float64}
    assert {name: schema[name] for name in expected} == expected


@pytest.mark.parametrize("as_of", [HK_NOON, HK_NOON.astimezone(UTC), None], ids=["market's zone", "UTC", "nothing said"])
def test_times_are_utc_in_every_frame(as_of: datetime | None) -> None:
    result = ranking(RankedBroker(), as_of=as_of)
    assert result.to_arrow().schema.field("as_of").type == pa.timestamp("us", tz="UTC")
    assert str(result.to_pandas().dtypes["as_of"]) == "datetime64[us, UTC]"
    assert result.to_polars().schema["as_of"] == pl.Datetime("us", "UTC")
    assert result.to_arrow().column("as_of").to_pylist() == result.to_polars()["as_of"].to_list() == [as_of]
    assert from_pandas(result)[0]["as_of"] == as_of


def test_both_hours_of_a_clock_change_stay_apart() -> None:
    first = datetime(2024, 11, 3, 1, 30, tzinfo=Market.US.zone)
    for moment in (first, first.replace(fold=1)):
        result = BrokerRanking(symbol=TESLA, as_of=moment, rows=(RankedBroker(),), source=SOURCE)
        expected = moment.astimezone(UTC)
        assert result.to_arrow().column("as_of")[0].as_py().astimezone(UTC) == expected
        assert result.to_pandas()["as_of"].iloc[0].tz_convert("UTC") == expected
        assert result.to_polars()["as_of"].dt.convert_time_zone("UTC").to_list() == [expected]


def test_bools_stay_nullable() -> None:
    result = Odd()
    assert result.to_arrow().schema.field("sure").type == pa.bool_()
    assert str(result.to_pandas().dtypes["sure"]) == "boolean"
    assert result.to_polars().schema["sure"] == pl.Boolean


FRAMES = [frames.to_arrow, frames.to_pandas, frames.to_polars]
whole = pytest.mark.parametrize("value", [2**63 - 1, -(2**63), 2**53, 2**53 + 1])


@whole
def test_whole_numbers_of_64_bits_stay_exact(value: int) -> None:
    result = history(ShortVolume(nyse_short_volume=value), ShortVolume())
    assert result.to_arrow()["nyse_short_volume"].to_pylist() == result.to_polars()["nyse_short_volume"].to_list() == [value, None]
    assert [record["nyse_short_volume"] for record in from_pandas(result)] == [value, None]


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize(
    ("row", "said"),
    [
        (ShortVolume(nyse_short_volume=2**63), f"nyse_short_volume is {2**63}, and a column of 64-bit integers"),
        (ShortVolume(nyse_short_volume=-(2**63) - 1), f"nyse_short_volume is {-(2**63) - 1}, and a column of 64-bit integers"),
        (ShortVolume(volume=2**53 + 1), f"volume is {2**53 + 1}, and a column of 64-bit floats"),
        (ShortVolume(close=-(2**60)), f"close is {-(2**60)}, and a column of 64-bit floats"),
        (ShortVolume(volume=10**5000), "volume is a number of 16610 bits, and a column of 64-bit floats"),
        (ShortVolume(nyse_short_volume=10**5000), "nyse_short_volume is a number of 16610 bits"),
    ],
)
def test_a_whole_number_that_its_column_cannot_hold_is_an_error_and_never_another_number(
    frame: Callable[[Result], object], row: ShortVolume, said: str
) -> None:
    with pytest.raises(OverflowError, match=re.escape(said)):
        frame(history(ShortVolume(), row))


def test_dicts_and_json_have_every_digit() -> None:
    result = history(ShortVolume(volume=10**80, nyse_short_volume=2**64))
    assert (result.to_dicts()[0]["volume"], json.loads(result.to_json())["rows"][0]["nyse_short_volume"]) == (10**80, 2**64)


# Agreement

WHOLE = st.none() | st.integers(-(2**63), 2**63 - 1)
REAL = st.none() | st.floats(allow_nan=False)
EITHER = REAL | st.integers(-(2**53), 2**53)
SHORT_VOLUME = st.builds(
    ShortVolume,
    day=st.none() | st.dates(),
    **dict.fromkeys(("nasdaq_short_volume", "nyse_short_volume"), WHOLE),
    **dict.fromkeys(("short_volume", "volume", "short_exempt_volume"), EITHER),
    **dict.fromkeys(DAYS[3:10], REAL),
)


@pytest.mark.timeout(60)  # three libraries, forty times
@settings(max_examples=40, deadline=None)
@given(st.lists(SHORT_VOLUME, max_size=5))
def test_dicts_and_frames_agree_value_for_value(rows: list[ShortVolume]) -> None:
    result = history(*rows)
    expected = [{"symbol": "HK.00700"} | {name: getattr(row, name) for name in DAYS} for row in rows]
    assert result.to_dicts() == expected
    assert result.to_arrow().to_pylist() == expected
    assert result.to_polars().to_dicts() == expected
    assert from_pandas(result) == expected


@pytest.mark.parametrize("result", [ark(), distribution(), ranking(RankedBroker(name="Goldman", side=Side.BUY, net_volume=2))])
def test_every_other_result_agrees_too(result: Result) -> None:
    assert result.to_arrow().to_pylist() == result.to_polars().to_dicts() == from_pandas(result) == result.to_dicts()


def test_real_dates_answer_to_date_arithmetic() -> None:
    days = history(*(ShortVolume(day=date(2024, 5, 3) - timedelta(days=back)) for back in range(3)))
    assert days.to_pandas()["day"].dt.day.tolist() == days.to_polars()["day"].dt.day().to_list() == [3, 2, 1]


# Libraries


@pytest.mark.parametrize(
    ("library", "extra", "ask"),
    [("pyarrow", "arrow", frames.to_arrow), ("pandas", "pandas", frames.to_pandas), ("polars", "polars", frames.to_polars)],
)
def test_a_missing_library_is_named_with_the_extra_that_brings_it(
    library: str, extra: str, ask: Callable[[Result], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(ImportError, match=rf"{library} .*pip install 'brokerport\[{extra}\]'") as caught:
        ask(history())
    assert caught.value.name == library
    assert isinstance(caught.value.__cause__, ImportError)


ALONE = """
import sys
from datetime import UTC, date, datetime
from brokerport import *

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name in {absent}:
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Absent())
symbol, source = Symbol("HK", "1"), Source("moomoo", datetime.now(UTC))
rows = (ShortVolume(day=date(2024, 5, 2), volume=2**53 - 1, close=1.5), ShortVolume())
print(ShortVolumeHistory(symbol=symbol, rows=rows, source=source).{method}().shape)
print(BrokerRanking(symbol=symbol, as_of=datetime.now(UTC), rows=(RankedBroker(),), source=source).{method}().shape)
"""


@pytest.mark.timeout(60)  # a process that imports pandas
@pytest.mark.parametrize(("method", "absent"), [("to_pandas", {"pyarrow", "polars"}), ("to_polars", {"pyarrow", "pandas", "numpy"})])
def test_a_frame_needs_only_its_own_library(method: str, absent: set[str]) -> None:
    assert run(ALONE.format(method=method, absent=absent)) == "(2, 14)\n(1, 12)"


def test_no_frame_library_is_imported_before_it_is_asked_for() -> None:
    libraries = "{'pandas', 'polars', 'pyarrow', 'numpy'}"
    assert run(f"import sys, brokerport.models.columns, brokerport.models.frames; print({libraries} & set(sys.modules))") == "set()"


def test_an_empty_history_of_another_kind_has_its_own_columns() -> None:
    result = ShortInterestHistory(symbol=TENCENT, source=SOURCE)
    assert [column.name for column in columns.columns(result)] == [
        "symbol",
        "day",
        "short_shares",
        "short_percent",
        "average_daily_volume",
        "days_to_cover",
        "close",
        "previous_close",
        "short_value",
        "published",
    ]
