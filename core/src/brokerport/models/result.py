"""What every result can do: turn itself into dicts and frames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa


class Result:
    """A broker's answer, as a table: one record, or as many as it has rows; every record names its symbol.

    Nested values become columns of their own (``inflow.large`` is ``inflow_large``). What is true of the
    answer and not of a record (source, cursor, open short) stands beside the columns, as metadata.
    """

    __slots__ = ()

    def to_dicts(self) -> list[dict[str, Any]]:
        """One dict a record, with Python's own types; an enum member gives its value."""
        from brokerport.models import columns

        return columns.to_dicts(self)

    def to_arrow(self) -> pa.Table:
        """A pyarrow Table. Needs ``pip install 'brokerport[arrow]'``."""
        from brokerport.models import columns

        return columns.to_arrow(self)

    def to_pandas(self) -> pd.DataFrame:
        """A pandas DataFrame with nullable integers and real dates. Needs ``pip install 'brokerport[pandas]'``."""
        from brokerport.models import columns

        return columns.to_pandas(self)

    def to_polars(self) -> pl.DataFrame:
        """A polars DataFrame. Needs ``pip install 'brokerport[polars]'``."""
        from brokerport.models import columns

        return columns.to_polars(self)
