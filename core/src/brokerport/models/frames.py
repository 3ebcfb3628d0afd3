"""Results as frames: one type a column, by the annotations alone, so that the frames of any two answers to a question go together."""

from __future__ import annotations

import json
from datetime import date, datetime
from importlib import import_module
from numbers import Real
from typing import TYPE_CHECKING, Any

from brokerport.models.columns import Column, columns, metadata

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

_EXACT = 2**53  # the largest whole number up to which a float holds every one
#: what the types of columns hold of whole numbers
_HOLDS = {
    int: (-(2**63), 2**63 - 1, "64-bit integers"),
    float: (-_EXACT, _EXACT, "64-bit floats"),
    Real: (-_EXACT, _EXACT, "64-bit floats"),
}
_READABLE = 256  # bits of a number that a text can tell


def to_arrow(result: Any, *, source: bool = False) -> pa.Table:
    """See ``Result.to_arrow``."""
    arrow = _library("pyarrow", "arrow")
    types = _arrow_types(arrow)
    arrays = {column.name: _array(arrow, column, types[column.kind]) for column in columns(result, source=source)}
    told = {f"brokerport.{name}": value if isinstance(value, str) else json.dumps(value) for name, value in metadata(result).items()}
    return arrow.table(arrays).replace_schema_metadata(told)


def to_pandas(result: Any, *, source: bool = False) -> pd.DataFrame:
    """See ``Result.to_pandas``."""
    library = _library("pandas", "pandas")
    table = {column.name: library.Series(_held(column), dtype=_PANDAS[column.kind]) for column in columns(result, source=source)}
    frame: pd.DataFrame = library.DataFrame(table)
    frame.attrs.update(metadata(result))
    return frame


def to_polars(result: Any, *, source: bool = False) -> pl.DataFrame:
    """See ``Result.to_polars``."""
    library = _library("polars", "polars")
    types = _polars_types(library)
    series = [library.Series(column.name, _held(column), types[column.kind]) for column in columns(result, source=source)]
    frame: pl.DataFrame = library.DataFrame(series)
    return frame


_NEEDED = {"pyarrow": "pyarrow>=16", "pandas": "pandas>=2.2", "polars": "polars>=1.0"}


def _library(name: str, extra: str) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        text = f"{name} could not be imported: pip install 'brokerport[{extra}]', or only {_NEEDED[name]!r}"
        raise ImportError(text, name=name) from error


def _array(arrow: Any, column: Column, kind: Any) -> Any:
    """The column as pyarrow has it, which refuses by itself what a type does not hold."""
    try:
        return arrow.array(column.values, kind)
    except (OverflowError, arrow.ArrowInvalid):
        _held(column)
        raise


def _held(column: Column) -> list[Any]:
    """The column's values.

    Raises:
        OverflowError: One is a whole number beyond what the column's type holds.
    """
    if column.kind in _HOLDS:
        least, most, name = _HOLDS[column.kind]
        for value in column.values:
            if type(value) is int and not least <= value <= most:
                raise OverflowError(
                    f"{column.name} is {_said(value)}, and a column of {name} cannot hold it; to_dicts() and to_json() have every digit"
                )
    return column.values


def _said(value: int) -> str:
    return str(value) if value.bit_length() <= _READABLE else f"a number of {value.bit_length()} bits"


def _arrow_types(arrow: Any) -> dict[type, Any]:
    return {
        bool: arrow.bool_(),
        int: arrow.int64(),
        float: arrow.float64(),
        Real: arrow.float64(),
        str: arrow.string(),
        date: arrow.date32(),
        datetime: arrow.timestamp("us", tz="UTC"),
    }


_PANDAS: dict[type, str] = {
    bool: "boolean",
    int: "Int64",
    float: "float64",
    Real: "float64",
    str: "string",
    date: "datetime64[us]",  # as fine as the times and pandas' own default, so that frames join without a cast
    datetime: "datetime64[us, UTC]",
}


def _polars_types(library: Any) -> dict[type, Any]:
    return {
        bool: library.Boolean,
        int: library.Int64,
        float: library.Float64,
        Real: library.Float64,
        str: library.String,
        date: library.Date,
        datetime: library.Datetime("us", "UTC"),
    }
