"""Results as columns, dicts and frames."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from enum import EnumType
from functools import cache
from importlib import import_module
from numbers import Real
from operator import attrgetter
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, Union, get_args, get_origin, get_type_hints

import attrs

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

_Step: TypeAlias = Callable[[Any], Any]
_get: Callable[[str], _Step] = attrgetter

_KINDS = frozenset({bool, int, float, str, date, datetime})
_ALWAYS_BESIDE = ("source", "cursor")  # what is true of an answer and of none of its records
_INTEGERS = (  # the first that holds every value of a column; beyond them all it is "larger"
    ("int64", -(2**63), 2**63 - 1),
    ("uint64", 0, 2**64 - 1),
    ("decimal38", 1 - 10**38, 10**38 - 1),
    ("decimal76", 1 - 10**76, 10**76 - 1),
)
_FOR_ARROW: dict[str, _Step] = {"larger": str}
_FOR_POLARS: dict[str, _Step] = {"decimal38": Decimal}  # polars 1.0 takes no int for it


class Column(NamedTuple):
    """One column of a result, in the order of its records."""

    name: str
    #: bool, int, float, str, date or datetime (aware); known even where there is no value; of ``int | float``, int until one is not
    kind: type
    values: list[Any]  #: of that kind, None where the broker said nothing


def columns(result: Any) -> list[Column]:
    """The result's columns: its own fields, repeated for every row, then those of its rows; never fewer for want of rows."""
    shape = _shape_of(result)
    records = [result] if shape.row is None else result.rows
    head = [_column(leaf.name, leaf.kind, leaf.values([result]) * len(records)) for leaf in shape.head]
    return head + [_column(leaf.name, leaf.kind, leaf.values(records)) for leaf in shape.row or ()]


def kinds(cls: Any) -> dict[str, type]:
    """The columns of a class of answers, by name; Real where whole numbers and fractions may stand."""
    shape = _shape(cls)
    return {leaf.name: leaf.kind for leaf in (*shape.head, *(shape.row or ()))}


def beside(cls: Any) -> tuple[str, ...]:
    """The fields of an answer that belong to no record: its source, its cursor, and of one with rows what is a value of several columns."""
    names = attrs.fields_dict(cls)
    nested = [name for name in names if attrs.has(kind := _without_none(get_type_hints(cls)[name])) and _scalar(kind) is None]
    return tuple(name for name in names if name in _ALWAYS_BESIDE or ("rows" in names and name in nested))


def metadata(result: Any) -> dict[str, str | int | float | bool]:
    """What is true of the answer and not of a record, as far as the broker said; days and times as ISO text."""
    told = {leaf.name: leaf.values([result])[0] for leaf in _shape_of(result).beside}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in told.items() if value is not None}


def zone(result: Any) -> tzinfo:
    """The time zone of what an answer is about; of what is about nothing, UTC."""
    about = getattr(result, "symbol", None) or result
    market = getattr(about, "market", None)
    return UTC if market is None else market.zone


def to_dicts(result: Any) -> list[dict[str, Any]]:
    """One dict a record, with Python's own types; an enum member gives its value, a symbol its text."""
    table = columns(result)
    names = [column.name for column in table]
    return [dict(zip(names, record, strict=True)) for record in zip(*(column.values for column in table), strict=True)]


def to_arrow(result: Any) -> pa.Table:
    """A pyarrow Table: days are date32, times timestamp[us] in the market's zone; the schema carries the metadata.

    Integers are int64, or what holds all of a column: uint64, decimal, beyond 76 digits text.

    Raises:
        ImportError: pyarrow is not there; the message says what to install.
    """
    arrow = _library("pyarrow", "arrow")
    types = _arrow_types(arrow, str(zone(result)))
    arrays = {name: arrow.array(values, types[storage]) for name, storage, values in _stored(result, _FOR_ARROW)}
    told = {f"brokerport.{name}": value if isinstance(value, str) else json.dumps(value) for name, value in metadata(result).items()}
    return arrow.table(arrays).replace_schema_metadata(told)


def to_pandas(result: Any) -> pd.DataFrame:
    """A pandas DataFrame: days are datetime64[us] at midnight, times datetime64[us] in the market's zone.

    Integers are Int64, UInt64 where they need it, beyond that Python's own; text is "string", bool "boolean".
    Floats are float64, NaN where the broker said nothing. ``attrs`` holds the metadata.

    Raises:
        ImportError: pandas is not there; the message says what to install.
    """
    library = _library("pandas", "pandas")
    types = _pandas_types(library.DatetimeTZDtype("us", zone(result)))
    table = {name: library.Series(values, dtype=types.get(storage, object)) for name, storage, values in _stored(result, {})}
    frame: pd.DataFrame = library.DataFrame(table)
    frame.attrs.update(metadata(result))
    return frame


def to_polars(result: Any) -> pl.DataFrame:
    """A polars DataFrame: days are Date, times Datetime("us") in the market's zone.

    Integers are Int64, or what holds all of a column: UInt64, Decimal, beyond 38 digits Python's own as Object.
    A polars frame has no place for metadata: ask the result itself for its source, cursor and open short.

    Raises:
        ImportError: polars is not there; the message says what to install.
    """
    library = _library("polars", "polars")
    types = _polars_types(library, str(zone(result)))
    stored = _stored(result, _FOR_POLARS)
    frame: pl.DataFrame = library.DataFrame(
        [library.Series(name, values, types.get(storage, library.Object)) for name, storage, values in stored]
    )
    return frame


_NEEDED = {"pyarrow": "pyarrow>=16", "pandas": "pandas>=2.2", "polars": "polars>=1.0"}


def _library(name: str, extra: str) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        raise ImportError(
            f"{name} could not be imported: pip install 'brokerport[{extra}]', or only {_NEEDED[name]!r}", name=name
        ) from error


# How each library holds a column


def _stored(result: Any, steps: dict[str, _Step]) -> Iterator[tuple[str, str, list[Any]]]:
    """Every column's name, its storage, and its values after the step, if any, that its storage needs."""
    for column in columns(result):
        storage = _storage(column)
        yield column.name, storage, _each(steps[storage], column.values) if storage in steps else column.values


def _storage(column: Column) -> str:
    """The name of the column's kind; for integers, of the smallest storage that keeps every one exact."""
    if column.kind is not int:
        return column.kind.__name__
    known = [value for value in column.values if value is not None]
    least, most = min(known, default=0), max(known, default=0)
    return next((name for name, low, high in _INTEGERS if low <= least and most <= high), "larger")


def _arrow_types(arrow: Any, zone: str) -> dict[str, Any]:
    return {
        "bool": arrow.bool_(),
        "int64": arrow.int64(),
        "uint64": arrow.uint64(),
        "decimal38": arrow.decimal128(38, 0),
        "decimal76": arrow.decimal256(76, 0),
        "larger": arrow.string(),
        "float": arrow.float64(),
        "str": arrow.string(),
        "date": arrow.date32(),
        "datetime": arrow.timestamp("us", tz=zone),
    }


def _pandas_types(times: Any) -> dict[str, Any]:
    return {
        "bool": "boolean",
        "int64": "Int64",
        "uint64": "UInt64",
        "float": "float64",
        "str": "string",
        "date": "datetime64[us]",  # as fine as the times and pandas' own default, so that frames join without a cast
        "datetime": times,
    }


def _polars_types(library: Any, zone: str) -> dict[str, Any]:
    return {
        "bool": library.Boolean,
        "int64": library.Int64,
        "uint64": library.UInt64,
        "decimal38": library.Decimal(38, 0),
        "float": library.Float64,
        "str": library.String,
        "date": library.Date,
        "datetime": library.Datetime("us", zone),
    }


# Which columns a class of results has


def _column(name: str, kind: type, values: list[Any]) -> Column:
    """One column; where whole numbers and fractions may stand, all are floats as soon as one is."""
    if kind is not Real:
        return Column(name, kind, values)
    if float in map(type, values):
        return Column(name, float, _each(float, values))
    return Column(name, int, values)


@attrs.frozen
class _Leaf:
    """A column to be: what to do, step by step, to get from a record to its value."""

    name: str
    kind: type  #: that of the column; Real for ``int | float``, which its values decide
    steps: tuple[_Step, ...]

    def values(self, records: Sequence[object]) -> list[Any]:
        values = list(records)
        for step in self.steps:
            values = _each(step, values)
        return values


def _each(step: _Step, values: list[Any]) -> list[Any]:
    return [None if value is None else step(value) for value in values]


class _Shape(NamedTuple):
    head: list[_Leaf]
    row: list[_Leaf] | None  # None: the result is its own one record
    beside: list[_Leaf]


def _shape_of(result: Any) -> _Shape:
    """By its class, and by those of its rows: a subclass of the row has columns of its own."""
    return _shape(result.__class__, *dict.fromkeys(map(type, getattr(result, "rows", ()))))


@cache
def _shape(cls: type, *rows: type) -> _Shape:
    names = attrs.fields_dict(cls)
    return _Shape(
        head=[leaf for name in names if name not in {"rows", *beside(cls)} for leaf in _leaves(cls, name, name)],
        row=_row_leaves(cls, rows) if "rows" in names else None,
        beside=[leaf for name in beside(cls) for leaf in _leaves(cls, name, "" if name == "source" else name)],
    )


def _row_leaves(cls: type, rows: tuple[type, ...]) -> list[_Leaf]:
    """The leaves of the class of the rows as it is promised, then those of fields that subclasses add."""
    promised = get_args(get_type_hints(cls)["rows"])[0]
    owners = {name: row for row in reversed((promised, *rows)) for name in attrs.fields_dict(row)}  # of each field, the first class
    names = dict.fromkeys(name for row in (promised, *rows) for name in attrs.fields_dict(row))
    return [leaf for name in names for leaf in _leaves(owners[name], name, name, get=_get if owners[name] is promised else _get_if_there)]


def _get_if_there(field: str) -> _Step:
    """Gets what only some of the rows have."""
    return lambda row: getattr(row, field, None)


def _leaves(cls: type, field: str, name: str, before: tuple[_Step, ...] = (), *, get: Callable[[str], _Step] = _get) -> Iterator[_Leaf]:
    """The columns of one field: itself, or those of the attrs class in it, named after both."""
    kind = _without_none(get_type_hints(cls)[field])
    steps: tuple[_Step, ...] = (*before, get(field))
    if scalar := _scalar(kind):
        yield _Leaf(name, scalar[0], steps + scalar[1])
    elif attrs.has(kind):
        for inner in attrs.fields_dict(kind):
            yield from _leaves(kind, inner, "_".join(filter(None, (name, inner))), steps)
    else:
        raise TypeError(f"{cls.__name__}.{field} is {kind}, of which no column can be made")


def _scalar(kind: Any) -> tuple[type, tuple[_Step, ...]] | None:
    """The kind of column that a type makes, and the steps to a value of it; None for a type that is not one column."""
    if kind is float:
        return float, (float,)  # type checkers let an int through, which pyarrow does not
    if kind in _KINDS:
        return kind, ()
    if frozenset(get_args(kind)) - {NoneType} == {int, float}:
        return Real, ()
    if isinstance(kind, EnumType):
        return type(next(iter(kind)).value), (attrgetter("value"),)
    if isinstance(kind, type) and issubclass(kind, str):
        return str, (str,)  # text with a meaning, as Market is
    if attrs.has(kind) and kind.__str__ is not object.__str__:
        return str, (str,)  # a value with a text of its own, as Symbol is
    return None


def _without_none(annotation: Any) -> Any:
    """``int`` for ``int | None``; what joins more than that stays as it is."""
    parts = [part for part in get_args(annotation) if part is not NoneType]
    return parts[0] if get_origin(annotation) in (Union, UnionType) and len(parts) == 1 else annotation
