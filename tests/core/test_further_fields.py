"""An answer and its rows may be of subclasses: their further fields go where all the others go."""

from __future__ import annotations

import csv
import json
from datetime import UTC, date, datetime
from functools import partial
from io import StringIO
from typing import Any

import pytest
from attrs import evolve, frozen

from brokerport import (
    SHORT_VOLUME,
    AsyncClient,
    Client,
    ShortVolume,
    ShortVolumeHistory,
    ShortVolumeProvider,
    Source,
    Symbol,
)
from brokerport.cli import answers, csv_format, json_format, promises, table
from brokerport.comparing.compare import compare
from brokerport.models import columns
from brokerport.routing.route import Route
from brokerport.routing.stop import Stop

TESLA = Symbol("US", "TSLA")
SOURCE = Source("acme", datetime(2024, 5, 2, tzinfo=UTC))


@frozen
class Lent(ShortVolume):
    lent: int | None = None  #: shares


@frozen(kw_only=True)
class Lending(ShortVolumeHistory):
    venue: str | None = None


ROWS = (Lent(day=date(2024, 5, 2), short_volume=5, lent=7), Lent(day=date(2024, 5, 1), short_volume=6))
WHOLE = Lending(symbol=TESLA, rows=ROWS, venue="dark", source=SOURCE)
ROWS_ALONE = ShortVolumeHistory(symbol=TESLA, rows=ROWS, source=SOURCE)
MIXED = ShortVolumeHistory(symbol=TESLA, rows=(ROWS[0], ShortVolume(day=date(2024, 5, 1))), source=SOURCE)


class Acme(ShortVolumeProvider):
    def __init__(self, answer: ShortVolumeHistory = WHOLE) -> None:
        self.answer = answer

    async def short_volume(self, symbol: Symbol, *, limit: int | None, after: str | None) -> ShortVolumeHistory:
        return evolve(self.answer, rows=self.answer.rows[: limit or 2], cursor=None)


@pytest.mark.parametrize("answer", [WHOLE, ROWS_ALONE], ids=["answer and rows", "rows alone"])
def test_a_further_field_of_the_rows_is_a_column(answer: ShortVolumeHistory) -> None:
    assert [row["lent"] for row in answer.to_dicts()] == [7, None]
    assert answer.to_arrow().column("lent").to_pylist() == [7, None]
    assert str(answer.to_pandas()["lent"].dtype) == "Int64"
    assert answer.to_polars()["lent"].to_list() == [7, None]


def test_a_further_field_of_the_answer_is_a_column() -> None:
    assert [row["venue"] for row in WHOLE.to_dicts()] == ["dark", "dark"]


def test_rows_of_two_classes_have_the_columns_of_both() -> None:
    assert [row["lent"] for row in MIXED.to_dicts()] == [7, None]
    assert MIXED.to_arrow().column("lent").to_pylist() == [7, None]


def test_without_rows_the_promised_columns_remain() -> None:
    names = [column.name for column in columns.columns(evolve(ROWS_ALONE, rows=()))]
    assert names == [column.name for column in columns.columns(ShortVolumeHistory(symbol=TESLA, source=SOURCE))]


def test_json_csv_and_tables_have_them() -> None:
    told, lines, shown = StringIO(), StringIO(), StringIO()
    report = answers.report(SHORT_VOLUME, WHOLE)
    json_format.write(report, told)
    csv_format.write(report, lines)
    table.write(report, shown)
    assert [row["lent"] for row in json.loads(told.getvalue())["rows"]] == [7, None]
    assert [row["venue"] for row in csv.DictReader(StringIO(lines.getvalue(), newline=""))] == ["dark", "dark"]
    assert "Lent" in shown.getvalue().splitlines()[1]
    assert "Venue: dark" in shown.getvalue()


def test_they_keep_the_promises_of_their_own_class() -> None:
    promises.check("acme", SHORT_VOLUME, WHOLE)
    with pytest.raises(Exception, match=r"short_volume.rows\[0\].lent is 'many', of str"):
        promises.check("acme", SHORT_VOLUME, evolve(WHOLE, rows=(Lent(lent="many"),)))  # type: ignore[arg-type]


async def test_they_come_through_a_route_and_over_pages() -> None:
    def opened(make: Any) -> AsyncClient:
        return AsyncClient(make, broker="acme")

    stops = [Stop("acme", Acme().capabilities, partial(opened, Acme))]
    async with AsyncClient(lambda: Route(stops), broker="route") as client:
        history = await client.short_volume("US.TSLA", limit=2)
    assert isinstance(history, Lending)
    assert (history.venue, [row.lent for row in history if isinstance(row, Lent)]) == ("dark", [7, None])


def test_compare_sees_them() -> None:
    other = evolve(WHOLE, rows=(evolve(ROWS[0], lent=8), ROWS[1]))
    with Client(Acme, broker="one") as one, Client(lambda: Acme(other), broker="two") as two:
        found = compare(one, two, "short_volume", "US.TSLA")
    assert [(each.field, each.first, each.second) for each in found.differences] == [("lent", 7, 8)]
