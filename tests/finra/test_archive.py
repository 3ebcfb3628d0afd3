"""Each file is had once: shared, remembered, and kept on disk where the user wants that."""

from __future__ import annotations

import asyncio
import logging
from datetime import date
from pathlib import Path

import pytest

from brokerport import Symbol
from brokerport_finra.provider import FinraProvider
from core.kit.web import Answer
from finra.conftest import DAYS, HOLIDAYS, NEWEST, Make, Open
from finra.server import FileServer, daily, figures

APPLE = Symbol.parse("US.AAPL")


async def rows(provider: FinraProvider, *, limit: int | None = None, code: str = "AAPL", after: str | None = None) -> list[date | None]:
    """The days that have a row; by a provider that lives no longer."""
    try:
        return [row.day for row in await provider.short_volume(Symbol("US", code), limit=limit, after=after)]
    finally:
        await provider.aclose()


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def content(folder: Path, day: date) -> bytes | None:
    path = folder / f"CNMSshvol{day:%Y%m%d}.txt"
    return path.read_bytes() if path.exists() else None


# Shared


async def test_callers_who_need_a_day_at_the_same_time_share_one_download(server: FileServer, ask: Open) -> None:
    async with ask() as client:
        await asyncio.gather(*(client.short_volume(f"US.{code}", limit=15) for code in ("AAPL", "BRK.B", "ABRpD", "AAC.WS")))
    assert set(server.asked.values()) == {1}


async def test_who_leaves_does_not_end_the_download_for_others(server: FileServer, make: Make) -> None:
    released = asyncio.Event()
    server.put(NEWEST, Answer(daily(NEWEST, [figures(NEWEST, "AAPL")]), hold=released))
    provider = make()
    first = asyncio.create_task(provider.short_volume(APPLE, limit=1, after=None))
    await asyncio.to_thread(server.arrived.acquire)
    second = asyncio.create_task(provider.short_volume(APPLE, limit=1, after=None))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    server.release(released)
    assert (await second)[0].day == NEWEST
    await provider.aclose()
    assert server.asked == {NEWEST: 1}


# Remembered


async def test_other_symbols_of_the_same_days_cost_nothing(server: FileServer, ask: Open) -> None:
    async with ask() as client:
        await client.short_volume("US.AAPL", limit=30)
        before = len(server.days)
        history = await client.short_volume("US.BRK.B", limit=30)
    again = server.days[before:]
    assert len(history) == 30
    assert set(again) <= set(HOLIDAYS)


# On disk


async def test_days_that_are_over_are_kept_on_disk_and_not_fetched_again(server: FileServer, make: Make, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "finra"
    expected = await rows(make(cache=folder))
    server.requests.clear()
    assert await rows(make(cache=folder), code="BRK.B") == expected
    assert server.days == [NEWEST]  # it is not over, and may be posted again
    assert names(folder) == {f"CNMSshvol{day:%Y%m%d}.txt" for day in DAYS[1:20]}


async def test_a_holiday_is_kept_on_disk_and_not_asked_for_again(server: FileServer, make: Make, tmp_path: Path) -> None:
    for _ in range(2):
        assert await rows(make(cache=tmp_path), limit=2, after="2026-09-09") == [date(2026, 9, 8), date(2026, 9, 4)]
    assert server.asked == {date(2026, 9, 8): 1, HOLIDAYS[0]: 1, date(2026, 9, 4): 1}
    assert "CNMSshvol20260907.closed" in names(tmp_path)


@pytest.mark.parametrize("damage", [b"", b"<html>", daily(DAYS[1], ["AAPL|1|0|2|Q"], count=2), daily(DAYS[2], ["AAPL|1|0|2|Q"])])
async def test_a_damaged_copy_is_fetched_again(
    server: FileServer, make: Make, tmp_path: Path, damage: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / f"CNMSshvol{DAYS[1]:%Y%m%d}.txt"
    path.write_bytes(damage)
    with caplog.at_level(logging.WARNING, "brokerport"):
        assert await rows(make(cache=tmp_path), limit=2) == DAYS[:2]
    assert "the cached copy is damaged, and fetched again: FINRA's file of 2026-11-19, line" in caplog.text
    assert path.read_bytes() == server.answers[DAYS[1]][0].body


async def test_a_call_that_is_cancelled_leaves_no_half_file(server: FileServer, make: Make, tmp_path: Path) -> None:
    for steps in range(0, 60, 4):
        provider = make(cache=tmp_path)
        call = asyncio.create_task(provider.short_volume(APPLE, limit=20, after=None))
        for _ in range(steps):
            await asyncio.sleep(0)
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
        await provider.aclose()
    await asyncio.get_running_loop().shutdown_default_executor()
    assert names(tmp_path) - {f"CNMSshvol{day:%Y%m%d}.txt" for day in DAYS[1:20]} == set()
    assert all(content(tmp_path, day) in (None, server.answers[day][0].body) for day in DAYS)
