"""Rows from files: pages, gaps, and the ends of a history."""

from __future__ import annotations

import asyncio
import gc
import tomllib
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from typing import Any

import pytest

import brokerport_finra
from brokerport import (
    AsyncClient,
    Client,
    ConnectError,
    InvalidRequestError,
    RejectedError,
    ShortVolume,
    Symbol,
    UnsupportedError,
    registry,
)
from brokerport_finra.files import FinraFiles
from finra.conftest import DAYS, HOLIDAYS, NEWEST, NOW, Make, Open
from finra.server import FileServer, daily, trading_days

PAGE, ABSENT, SILENT = FinraFiles.page, FinraFiles.absent, FinraFiles.silent
APPLE = Symbol.parse("US.AAPL")


async def test_a_row_holds_what_the_file_says(bare: FileServer, ask: Open) -> None:
    bare.put(NEWEST, daily(NEWEST, ["BRK/B|268632.653992|2672|1249876.120945|B,Q,N"]))
    async with ask() as client:
        history = await client.short_volume("US.BRK.B", limit=1)
    assert history.rows == (
        ShortVolume(day=NEWEST, short_volume=268632.653992, volume=1249876.120945, short_exempt_volume=2672, short_percent=None),
    )
    assert (history.source.broker, history.source.fetched_at, history.source.sandbox) == ("finra", NOW, False)


async def test_rows_come_from_trading_days_newest_first(server: FileServer, ask: Open) -> None:
    async with ask() as client:
        history = await client.short_volume("US.AAPL", limit=60)
    assert ([row.day for row in history], history.missing) == (DAYS[:60], ())
    assert set(HOLIDAYS) <= set(server.days)
    assert {day.isoweekday() for day in server.days} == {1, 2, 3, 4, 5}


async def test_only_the_days_that_are_missing_are_asked_for(server: FileServer, ask: Open) -> None:
    async with ask() as client:
        await client.short_volume("US.AAPL", limit=3)
        assert sorted(server.days, reverse=True) == DAYS[:3]
        await client.short_volume("US.ABRpD", limit=5)
    assert sorted(server.days, reverse=True) == DAYS[:5]


async def test_a_page_has_at_most_twenty_rows_and_its_cursor_is_the_day_of_the_last(server: FileServer, make: Make) -> None:
    provider = make()
    page = await provider.short_volume(APPLE, limit=None, after=None)
    assert (len(page), page.cursor) == (PAGE, DAYS[19].isoformat())
    older = await provider.short_volume(APPLE, limit=2, after=page.cursor)
    assert [row.day for row in older] == DAYS[20:22]
    await provider.aclose()


async def test_a_cursor_that_is_no_day_is_refused(server: FileServer, ask: Open) -> None:
    async with ask() as client:
        with pytest.raises(InvalidRequestError, match="is no cursor; it is a day"):
            await client.short_volume("US.AAPL", after="20261119")
    assert server.days == []


async def test_other_markets_are_unsupported_and_so_is_short_interest(server: FileServer, ask: Open) -> None:
    async with ask() as client:
        with pytest.raises(UnsupportedError, match=r"US symbols only, not of HK\.00700"):
            await client.short_volume("HK.00700")
        with pytest.raises(UnsupportedError, match="finra has no short interest"):
            await client.short_interest("US.AAPL")
    assert server.days == []


async def test_the_days_file_is_not_asked_for_before_it_is_due(server: FileServer, ask: Open) -> None:
    async with ask(now=NOW - timedelta(hours=1)) as client:
        (row,) = await client.short_volume("US.AAPL", limit=1)
    assert row.day == DAYS[1]
    assert NEWEST not in server.days


async def test_a_day_without_the_symbol_has_no_row(server: FileServer, ask: Open) -> None:
    server.put_days([DAYS[1]], ["ABRpD"])
    async with ask() as client:
        history = await client.short_volume("US.AAPL", limit=3)
    assert [row.day for row in history] == [DAYS[0], DAYS[2], DAYS[3]]


async def test_a_history_ends_where_the_files_do(server: FileServer, ask: Open) -> None:
    async with ask() as client:
        history = await client.short_volume("US.AAPL", limit=None)
    before = trading_days(DAYS[-1] - timedelta(days=1), SILENT)
    assert ([row.day for row in history], history.cursor, history.missing) == (DAYS, None, tuple(before))


async def test_a_history_ends_at_the_first_day_of_all(bare: FileServer, ask: Open) -> None:
    first = [date(2018, 8, 3), date(2018, 8, 2), date(2018, 8, 1)]
    bare.put_days([*first, date(2018, 7, 31)], ["AAPL"])
    async with ask(now=datetime(2018, 8, 4, tzinfo=UTC)) as client:
        for limit in (3, None):
            history = await client.short_volume("US.AAPL", limit=limit)
            assert ([row.day for row in history], history.cursor) == (first, None)
        assert (await client.short_volume("US.AAPL", after="2018-08-01")).rows == ()


async def test_a_symbol_that_was_listed_lately_has_the_days_since(bare: FileServer, ask: Open) -> None:
    days = trading_days(NEWEST, 70)
    bare.put_days(days, ["AAPL"])
    bare.put_days(days[:5], ["AAPL", "NEW"])
    async with ask() as client:
        history = await client.short_volume("US.NEW", limit=None)
    assert ([row.day for row in history], history.cursor) == (days[:5], None)
    assert len(bare.days) == 5 + ABSENT


@pytest.mark.parametrize("limit", [1, 10, None])
async def test_a_symbol_in_none_of_forty_files_is_rejected(server: FileServer, ask: Open, limit: int | None) -> None:
    async with ask() as client:
        with pytest.raises(RejectedError, match=rf"US\.TYPO is in none of FINRA's files from {DAYS[39]} to {NEWEST}; .* after=") as raised:
            await client.short_volume("US.TYPO", limit=limit)
    assert (raised.value.code, raised.value.text) == (0, "no such symbol")
    assert len([day for day in server.days if day in DAYS]) < ABSENT + PAGE


async def test_a_delisted_symbol_is_found_from_a_day_on(bare: FileServer, ask: Open) -> None:
    days = trading_days(NEWEST, 70)
    bare.put_days(days, ["AAPL"])
    bare.put_days(days[45:], ["AAPL", "GONE"])
    async with ask() as client:
        history = await client.short_volume("US.GONE", limit=2, after=days[44].isoformat())
        assert [row.day for row in history] == days[45:47]
        assert (await client.short_volume("US.TYPO", after=days[44].isoformat())).rows == ()


@pytest.mark.parametrize("limit", [1, 4, None])
async def test_where_a_history_ends_does_not_depend_on_the_size_of_a_page(bare: FileServer, ask: Open, limit: int | None) -> None:
    days = trading_days(NEWEST, 70)
    bare.put_days(days, ["AAPL"])
    bare.put_days([*days[:2], *days[2 + ABSENT - 1 : 50]], ["AAPL", "SHY"])  # one file less than the longest gap
    bare.put_days([days[65]], ["AAPL", "SHY"])
    async with ask() as client:
        found, after = [], None
        while True:
            page = await client.short_volume("US.SHY", limit=limit, after=after)
            found += [row.day for row in page]
            if (after := page.cursor) is None:
                break
    assert found == [*days[:2], *days[41:50], days[65]]


def test_the_manifest_says_what_the_provider_does(make: Make) -> None:
    said = tomllib.loads((files(brokerport_finra) / "brokerport.toml").read_text("utf-8"))["capabilities"]
    (capability,) = make().capabilities()
    markets = sorted(capability.markets or ())
    assert said == {capability.question: {"markets": markets, "page_size": capability.page_size, "since": capability.since}}


def test_from_a_thread_it_is_the_same(server: FileServer, make: Make) -> None:
    with Client(make, broker="finra") as client:
        assert [row.day for row in client.iter_short_volume("US.AAPL", limit=25)] == DAYS[:25]


def test_the_registry_offers_it(bare: FileServer) -> None:
    days = trading_days(date(2019, 6, 28), 3)
    bare.put_days(days, ["AAPL"])
    history = registry.get("finra", url=bare.url).short_volume("US.AAPL", limit=3, after="2019-06-29")
    assert ([row.day for row in history], history.source.broker) == (days, "finra")


async def test_nobody_there_is_one_error_and_nothing_for_asyncio_to_complain_of(make: Make) -> None:
    reports: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reports.append(context))
    async with AsyncClient(lambda: make(url="http://127.0.0.1:1"), broker="finra") as finra:
        with pytest.raises(ConnectError, match=r"127\.0\.0\.1:1/.*set url to where the files are"):
            await finra.short_volume("US.AAPL")
    gc.collect()
    assert reports == []
