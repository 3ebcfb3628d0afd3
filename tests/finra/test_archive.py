"""Each file is had once: shared, remembered, and kept on disk where the user wants that."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from brokerport import ConnectionLostError, Symbol
from brokerport_finra.archive import FRESH, LATE
from brokerport_finra.day_file import DayFile
from brokerport_finra.flights import Flights
from brokerport_finra.memory import Memory
from brokerport_finra.provider import FinraProvider
from finra.conftest import DAYS, HOLIDAYS, NEWEST, NOW, Make, Open
from finra.server import Answer, FileServer, daily, figures

APPLE = Symbol.parse("US.AAPL")


async def rows(provider: FinraProvider, *, limit: int | None = None, code: str = "AAPL") -> list[date | None]:
    """The days that have a row; by a provider that lives no longer."""
    try:
        return [row.day for row in await provider.short_volume(Symbol("US", code), limit=limit, after=None)]
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


async def test_work_that_nobody_waits_for_is_cancelled() -> None:
    flights: Flights[str, None] = Flights()
    ended: list[str] = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("ended")

    callers = [asyncio.create_task(flights.join("key", work)) for _ in range(2)]
    for left, caller in enumerate(callers):
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert len(ended) == 0, left
        caller.cancel()
        await asyncio.gather(caller, return_exceptions=True)
    assert ended == ["ended"]
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_failure_reaches_all_who_share_it_and_nobody_later() -> None:
    flights: Flights[str, int] = Flights()

    async def fail() -> int:
        raise ConnectionLostError("once")

    async def succeed() -> int:
        return 7

    outcomes = await asyncio.gather(*(flights.join("key", fail) for _ in range(3)), return_exceptions=True)
    assert [str(outcome) for outcome in outcomes] == ["once"] * 3
    assert await flights.join("key", succeed) == 7


# Remembered


async def test_other_symbols_of_the_same_days_cost_nothing(server: FileServer, ask: Open) -> None:
    async with ask() as client:
        await client.short_volume("US.AAPL", limit=30)
        before = len(server.requests)
        history = await client.short_volume("US.BRK.B", limit=30)
    again = server.requests[before:]
    assert len(history) == 30
    assert set(again) <= set(HOLIDAYS)


@pytest.mark.parametrize(("later", "times"), [(FRESH - timedelta(seconds=1), 1), (FRESH, 2)])
async def test_the_present_days_file_is_believed_for_a_while(server: FileServer, later: timedelta, times: int, make: Make) -> None:
    moment = [NOW]
    provider = make()
    provider._now = provider._archive.now = lambda: moment[0]
    await provider.short_volume(APPLE, limit=2, after=None)
    moment[0] = NOW + later
    await rows(provider, limit=2)
    assert (server.asked[NEWEST], server.asked[DAYS[1]]) == (times, 1)


def test_the_memory_is_bounded_and_forgets_what_was_used_longest_ago() -> None:
    memory = Memory(capacity=4000)
    kept = [DayFile(date(2026, 1, day), NOW, b"x" * 1000) for day in range(1, 5)]
    for file in kept[:3]:
        memory.keep(file, None)
    assert memory.get(kept[0].day, NOW) is kept[0]
    memory.keep(kept[3], None)
    assert [memory.get(file.day, NOW) for file in kept] == [kept[0], None, kept[2], kept[3]]


# On disk


async def test_nothing_is_written_unless_the_user_says_where(
    server: FileServer, make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    await rows(make(), limit=5)
    assert names(tmp_path) == set()


async def test_days_that_are_over_are_kept_on_disk_and_not_fetched_again(server: FileServer, make: Make, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "finra"
    expected = await rows(make(cache=folder))
    server.requests.clear()
    assert await rows(make(cache=folder), code="BRK.B") == expected
    assert server.requests == [NEWEST]  # it is not over, and may be posted again
    assert names(folder) == {f"CNMSshvol{day:%Y%m%d}.txt" for day in DAYS[1:20]} | {"CNMSshvol20261111.none"}


async def test_a_day_that_has_no_file_yet_is_not_taken_for_a_holiday(server: FileServer, make: Make, tmp_path: Path) -> None:
    missing = DAYS[2]
    assert datetime.combine(missing, datetime.min.time(), UTC) > NOW - LATE
    server.put(missing, Answer(status="404 Not Found"))
    assert missing not in await rows(make(cache=tmp_path), limit=5)
    server.put(missing, daily(missing, [figures(missing, "AAPL")]))
    assert missing in await rows(make(cache=tmp_path), limit=5)


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


async def test_a_bad_file_is_not_kept(bare: FileServer, ask: Open, tmp_path: Path) -> None:
    bare.put_days(DAYS[:1], ["AAPL"])
    bare.put(DAYS[1], b"<html>")
    async with ask(cache=tmp_path) as client:
        await asyncio.gather(client.short_volume("US.AAPL", limit=2), return_exceptions=True)
    assert names(tmp_path) == set()


async def test_a_folder_that_cannot_be_used_costs_no_call(
    server: FileServer, make: Make, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("no folder")
    with caplog.at_level(logging.WARNING, "brokerport"):
        assert await rows(make(cache=tmp_path / "file"), limit=3) == DAYS[:3]
    assert caplog.text.count("the cache cannot be used, and every file is fetched") == 1


async def test_a_place_that_is_taken_costs_no_call_and_leaves_nothing_beside_it(
    server: FileServer, make: Make, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    taken = f"CNMSshvol{DAYS[1]:%Y%m%d}.txt"
    (tmp_path / taken).mkdir()
    with caplog.at_level(logging.WARNING, "brokerport"):
        assert await rows(make(cache=tmp_path), limit=2) == DAYS[:2]
    assert caplog.text.count("the cache cannot be used") == 1
    assert names(tmp_path) == {taken}


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
    assert names(tmp_path) - {f"CNMSshvol{day:%Y%m%d}.txt" for day in DAYS[1:20]} <= {"CNMSshvol20261111.none"}
    assert all(content(tmp_path, day) in (None, server.answers[day][0].body) for day in DAYS)
