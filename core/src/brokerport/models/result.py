"""What every result can do: turn itself into dicts, JSON and frames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa


class Result:
    """A broker's answer, as a table: one record, or as many as it has rows; every record names its symbol.

    Nested values become columns of their own (``inflow.large`` is ``inflow_large``). What is true of the
    answer and not of a record (source, cursor, open short) stands beside the columns, as metadata; with
    ``source=True`` the source stands in columns too: ``source_broker``, ``source_fetched_at``, ``source_sandbox``.

    In frames a column has one type, whatever is in it: whole numbers are 64-bit integers, all other numbers, ``int | float`` too, 64-bit
    floats, and times are UTC. So the frames of any two answers to one question can be put together, and into one Parquet dataset.
    A whole number that its column cannot hold (from 2**63 on, among floats beyond 2**53) is an OverflowError that names it.
    """

    __slots__ = ()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "__repr__" not in vars(cls):
            cls.__repr__ = Result.__repr__  # type: ignore[method-assign]  # else attrs makes one of its own, of all the rows

    def __repr__(self) -> str:
        from brokerport.models.brief import brief

        return brief(self)

    def to_dicts(self, *, source: bool = False) -> list[dict[str, Any]]:
        """One dict a record, with Python's own types and every digit; an enum member gives its value, a symbol its text."""
        from brokerport.models import columns

        return columns.to_dicts(self, source=source)

    def to_json(self, *, indent: int | None = None) -> str:
        """One JSON object: what the answer is about, its source and what else belongs to no record, and ``rows``, as ``to_dicts`` has them.

        Days and times are ISO 8601 text, times with their offset; numbers have every digit, and null stands for what is none, such as NaN.
        """
        from brokerport.models import columns

        return columns.to_json(self, indent=indent)

    def to_arrow(self, *, source: bool = False) -> pa.Table:
        """A pyarrow Table: days are date32, times timestamp[us, UTC]. Needs ``pip install 'brokerport[arrow]'``.

        The schema's metadata has what belongs to no record, with "brokerport." before each name; Parquet keeps it.

        Raises:
            ImportError: pyarrow is not there.
            OverflowError: A whole number is too large for its column.
        """
        from brokerport.models import frames

        return frames.to_arrow(self, source=source)

    def to_pandas(self, *, source: bool = False) -> pd.DataFrame:
        """A pandas DataFrame: days are datetime64[us] at midnight, times datetime64[us, UTC]. Needs ``pip install 'brokerport[pandas]'``.

        Integers are "Int64", text "string", bool "boolean"; floats are float64, NaN where the broker said nothing. ``attrs`` has what
        belongs to no record.

        Raises:
            ImportError: pandas is not there.
            OverflowError: A whole number is too large for its column.
        """
        from brokerport.models import frames

        return frames.to_pandas(self, source=source)

    def to_polars(self, *, source: bool = False) -> pl.DataFrame:
        """A polars DataFrame: days are Date, times Datetime("us", "UTC"). Needs ``pip install 'brokerport[polars]'``.

        A polars frame has no place for what belongs to no record: ask the result itself for its cursor and open short.

        Raises:
            ImportError: polars is not there.
            OverflowError: A whole number is too large for its column.
        """
        from brokerport.models import frames

        return frames.to_polars(self, source=source)
