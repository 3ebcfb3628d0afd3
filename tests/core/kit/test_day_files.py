"""Files by day: each had once, kept where that is wanted, and searched back in time for the rows of a symbol."""

from __future__ import annotations

import asyncio
import logging
import tracemalloc
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brokerport import BadReplyError, ConnectionLostError, InvalidRequestError, Market, RejectedError, ShortVolume, Symbol
from brokerport.kit.day_files import Absent, DayFile, DayFiles, DayPage, DaySource
from brokerport.kit.day_files.archive import FRESH, LATE
from brokerport.kit.day_files.memory import Memory
from core.toy import until

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)  # a Friday; in Hong Kong it is 17:30, and the day's file is there
NEWEST = date(2026, 11, 20)
HOLIDAY = date(2026, 11, 18)
TENCENT = Symbol.parse("HK.00700")


class Paper(DaySource[ShortVolume]):
    """Lines of a code and a number, from a dict; notes what is fetched."""

    title: ClassVar = "Paper"
    zone: ClassVar = Market.HK.zone
    since: ClassVar = date(2026, 1, 1)
    posted: ClassVar = timedelta(hours=17)
    page: ClassVar = 5
    absent: ClassVar = 8
    silent: ClassVar = 4

    def __init__(self) -> None:
        self.texts: dict[date, bytes | Absent | Exception] = {}
        self.clock: datetime | None = None
        self.fetched: list[date] = []
        self.held: dict[date, asyncio.Event] = {}
        self.closed = 0

    def name(self, day: date) -> str:
        return f"paper-{day}.txt"

    def time(self) -> datetime | None:
        return self.clock

    async def fetch(self, day: date) -> bytes | Absent | None:
        self.fetched.append(day)
        if day in self.held:
            await self.held[day].wait()
        text = self.texts.get(day)
        if isinstance(text, Exception):
            raise text
        return text

    def checked(self, day: date, text: bytes) -> bytes:
        if not text.startswith(f"{day}\n".encode()):
            raise BadReplyError(f"Paper's file of {day} begins with {text[:10]!r}")
        return text

    def row(self, file: DayFile, code: str) -> ShortVolume | None:
        figures = dict(line.split() for line in (file.text or b"").decode().splitlines()[1:])
        return ShortVolume(day=file.day, short_volume=int(figures[code])) if code in figures else None

    async def aclose(self) -> None:
        self.closed += 1

    def put(self, day: date, *codes: str) -> None:
        self.texts[day] = "\n".join([f"{day}", *(f"{code} {day.day}" for code in codes)]).encode()


def weekdays(count: int, last: date = NEWEST) -> list[date]:
    """The newest first, without the holiday."""
    back = (last - timedelta(days=each) for each in range(10_000))
    open_days = (day for day in back if day.weekday() < 5 and day != HOLIDAY)
    return [day for day, _ in zip(open_days, range(count), strict=False)]


DAYS = weekdays(30)

Open = Callable[..., DayFiles[ShortVolume]]


@pytest.fixture
def paper() -> Paper:
    """30 days of files."""
    paper = Paper()
    for day in DAYS:
        paper.put(day, "00700", "00005")
    return paper


@pytest.fixture
def opened(paper: Paper) -> Open:
    """``opened(folder=...)``: files of the source, with nothing in memory."""

    def opened(*, now: Callable[[], datetime] = lambda: NOW, folder: Path | None = None) -> DayFiles[ShortVolume]:
        return DayFiles(paper, folder=folder, now=now)

    return opened


async def days(files: DayFiles[ShortVolume], limit: int | None = None, after: str | None = None, symbol: Symbol = TENCENT) -> list[Any]:
    return [row.day for row in (await files.page(symbol, limit=limit, after=after)).rows]


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


# Pages


async def test_rows_come_from_successive_days_newest_first(paper: Paper, opened: Open) -> None:
    page = await opened().page(TENCENT, limit=3, after=None)
    assert page == DayPage(tuple(ShortVolume(day=day, short_volume=day.day) for day in DAYS[:3]), DAYS[2].isoformat(), NOW)
    assert sorted(paper.fetched, reverse=True) == [NEWEST, date(2026, 11, 19), HOLIDAY, date(2026, 11, 17)]


async def test_a_page_has_no_more_rows_than_the_source_says_and_the_next_follows(opened: Open) -> None:
    files = opened()
    page = await files.page(TENCENT, limit=None, after=None)
    assert (len(page.rows), page.cursor) == (Paper.page, DAYS[4].isoformat())
    assert await days(files, 3, page.cursor) == DAYS[5:8]


@pytest.mark.parametrize("after", ["20261119", "yesterday", "2026-11-31", ""])
async def test_what_is_no_day_is_no_cursor(paper: Paper, opened: Open, after: str) -> None:
    with pytest.raises(InvalidRequestError, match="is no cursor"):
        await opened().page(TENCENT, limit=1, after=after)
    assert paper.fetched == []


@pytest.mark.parametrize(("after", "newest"), [("2199-01-01", NEWEST), ("2026-11-20", DAYS[1]), ("2026-11-22", NEWEST)])
async def test_a_cursor_is_the_day_before_which_rows_follow(opened: Open, after: str, newest: date) -> None:
    assert (await days(opened(), 1, after)) == [newest]


@pytest.mark.parametrize("after", ["2026-01-01", "0001-01-01"])
async def test_before_the_first_day_of_all_there_is_nothing(paper: Paper, opened: Open, after: str) -> None:
    assert await opened().page(TENCENT, limit=None, after=after) == DayPage((), None, NOW)
    assert paper.fetched == []


async def test_a_history_ends_at_the_first_day_of_all(opened: Open, paper: Paper) -> None:
    first = [date(2026, 1, 2), date(2026, 1, 1)]
    for day in [*first, date(2025, 12, 31)]:
        paper.put(day, "00700")
    page = await opened().page(TENCENT, limit=2, after="2026-01-03")
    assert ([row.day for row in page.rows], page.cursor) == (first, None)


@pytest.mark.parametrize(
    ("now", "newest"),
    [
        (datetime(2026, 11, 20, 8, 59, tzinfo=UTC), date(2026, 11, 19)),  # 16:59 in Hong Kong
        (datetime(2026, 11, 20, 9, 0, tzinfo=UTC), NEWEST),
        (datetime(2026, 11, 20, 20, 0, tzinfo=UTC), NEWEST),  # there it is Saturday
    ],
)
async def test_a_days_file_is_not_asked_for_before_it_is_due(paper: Paper, opened: Open, now: datetime, newest: date) -> None:
    assert await days(opened(now=lambda: now), 1) == [newest]
    assert paper.fetched == [newest]


async def test_a_file_may_be_due_days_later() -> None:
    class Weekly(Paper):
        posted: ClassVar = timedelta(days=7, hours=17)

    assert Weekly().newest(NOW) == date(2026, 11, 13)
    assert Weekly().due(date(2026, 11, 13)) == NEWEST


# Where nothing is


async def test_a_day_without_the_symbol_has_no_row(paper: Paper, opened: Open) -> None:
    paper.put(DAYS[1], "00005")
    assert await days(opened(), 3) == [DAYS[0], DAYS[2], DAYS[3]]


async def test_a_symbol_that_was_listed_lately_has_the_days_since(paper: Paper, opened: Open) -> None:
    for day in DAYS[:3]:
        paper.put(day, "00700", "09999")
    page = await opened().page(Symbol("HK", "09999"), limit=None, after=None)
    assert ([row.day for row in page.rows], page.cursor) == (DAYS[:3], None)
    assert len([day for day in paper.fetched if day != HOLIDAY]) == 3 + Paper.absent


@pytest.mark.parametrize("limit", [1, 3, None])
async def test_a_symbol_in_none_of_the_newest_files_is_rejected(paper: Paper, opened: Open, limit: int | None) -> None:
    with pytest.raises(RejectedError, match=rf"HK\.1 is in none of Paper's files from {DAYS[7]} to {NEWEST}; .* after=") as raised:
        await days(opened(), limit, symbol=Symbol("HK", "1"))
    assert (raised.value.code, raised.value.text) == (0, "no such symbol")
    assert await days(opened(), limit, "2026-11-20", symbol=Symbol("HK", "1")) == []


async def test_without_any_file_the_settings_are_named_as_what_may_be_wrong(paper: Paper, opened: Open) -> None:
    paper.texts.clear()
    with pytest.raises(RejectedError, match="no file of Paper's for any day from 2026-11-17 to 2026-11-20; look at") as raised:
        await days(opened(), Paper.silent)
    assert raised.value.code == 404
    assert len(paper.fetched) == Paper.silent


@pytest.mark.parametrize("limit", [1, 2, None])
async def test_where_a_history_ends_does_not_depend_on_the_size_of_a_page(paper: Paper, opened: Open, limit: int | None) -> None:
    for day in [*DAYS[:2], *DAYS[2 + Paper.absent - 1 : 20]]:  # one file less than the longest gap
        paper.put(day, "00700", "09999")
    files, found, after = opened(), list[Any](), None
    while True:
        page = await files.page(Symbol("HK", "09999"), limit=limit, after=after)
        found += [row.day for row in page.rows]
        if (after := page.cursor) is None:
            break
    assert found == [*DAYS[:2], *DAYS[9:20]]


# Where something should be


GONE = Absent("paper: 403 Forbidden")


@given(st.sets(st.integers(0, 29)), st.integers(1, 5), st.sampled_from([None, *DAYS]))
async def test_what_is_no_row_is_missing_or_an_error(gone: set[int], limit: int, after: date | None) -> None:
    paper = Paper()
    for number, day in enumerate(DAYS):
        paper.put(day, "00700")
        if number in gone:
            paper.texts[day] = GONE
    files = DayFiles(paper, now=lambda: NOW)
    with suppress(ConnectionLostError):
        page = await files.page(TENCENT, limit=limit, after=after.isoformat() if after else None)
        found = [row.day for row in page.rows if row.day]
        oldest = found[-1] if len(found) == limit else date.min
        expected = [day for day in DAYS if oldest <= day < (after or date.max)]
        told = sorted((*found, *page.missing), reverse=True)
        assert told == expected[: len(told)]
        assert told == expected or told[-1] in page.missing  # files that end say so


@pytest.mark.parametrize("count", [1, 2])
async def test_a_few_days_may_be_missing_and_are_named(paper: Paper, opened: Open, count: int, caplog: pytest.LogCaptureFixture) -> None:
    gone = DAYS[1 : 1 + count]
    paper.texts |= dict.fromkeys(gone, GONE)
    page = await opened().page(TENCENT, limit=3, after=None)
    assert ([row.day for row in page.rows], page.missing) == ([DAYS[0], *DAYS[1 + count : 3 + count]], tuple(gone))
    assert f"HK.00700: there is no file of Paper's for {', '.join(map(str, gone))}, and should be" in caplog.text


async def test_more_are_an_error_in_the_words_of_the_source(paper: Paper, opened: Open) -> None:
    paper.texts |= dict.fromkeys((DAYS[1], *DAYS[3:5], *DAYS[6:8]), GONE)
    said = f"paper: 403 Forbidden; Paper says so of 5 days from {DAYS[7]} to {DAYS[1]} that should have a file; it may let nobody in"
    with pytest.raises(ConnectionLostError, match=said) as raised:
        await days(opened(), 5)
    assert raised.value.retryable


async def test_what_should_be_there_is_kept_neither_in_memory_nor_on_disk(paper: Paper, opened: Open, tmp_path: Path) -> None:
    old = date(2026, 11, 4)
    text, paper.texts[old] = paper.texts[old], GONE
    files = opened(folder=tmp_path)
    assert (await files.page(TENCENT, limit=1, after="2026-11-05")).missing == (old,)
    paper.texts[old] = text
    assert await days(files, 1, "2026-11-05") == [old]


async def test_files_that_end_are_believed_where_one_that_was_there_is_still(paper: Paper, opened: Open) -> None:
    paper.texts |= dict.fromkeys(DAYS[3:], GONE)
    page = await opened().page(TENCENT, limit=5, after=None)
    assert ([row.day for row in page.rows], page.cursor, page.missing) == (DAYS[:3], None, tuple(DAYS[3 : 3 + Paper.silent]))
    assert paper.fetched[-1] == NEWEST


async def test_files_that_end_are_an_error_where_one_that_was_there_is_not_any_more(paper: Paper, opened: Open) -> None:
    files = opened()
    await days(files, 3)
    paper.texts |= dict.fromkeys(DAYS, GONE)
    with pytest.raises(ConnectionLostError, match=f"Paper says so of 4 days from {DAYS[6]} to {DAYS[3]}"):
        await days(files, 5)


@pytest.mark.parametrize("after", [None, DAYS[9]])
async def test_a_page_without_any_file_is_an_error_where_none_is_let_in(paper: Paper, opened: Open, after: date | None) -> None:
    paper.texts |= dict.fromkeys(DAYS, GONE)
    with pytest.raises(ConnectionLostError, match=r"paper: 403 Forbidden; Paper says so of \d days"):
        await days(opened(), 5, after.isoformat() if after else None)


async def test_a_holiday_that_a_clock_ahead_of_the_sources_finds_is_not_kept(paper: Paper, opened: Open, tmp_path: Path) -> None:
    paper.clock = NOW
    assert await days(opened(folder=tmp_path, now=lambda: NOW + timedelta(days=30)), 1, "2026-11-21") == [NEWEST]
    assert names(tmp_path) == set()


# Bounds


async def test_no_more_files_than_the_source_says_are_in_hand_at_the_same_time(paper: Paper, opened: Open) -> None:
    paper.at_once, gate = 2, asyncio.Event()
    paper.held |= dict.fromkeys(DAYS, gate)
    asked = asyncio.create_task(days(opened(), 5))
    for _ in range(20):
        await asyncio.sleep(0)
    assert len(paper.fetched) == 2
    gate.set()
    assert await asked == DAYS[:5]


MIB = 1024 * 1024


class Heavy(Paper):
    """Files of 4 MiB, made when they are fetched; two of them in hand at the same time."""

    page: ClassVar = 20
    at_once = 2

    async def fetch(self, day: date) -> bytes | Absent | None:
        text = await super().fetch(day)
        return text + b"\n" + bytes(4 * MIB) if isinstance(text, bytes) else text

    def row(self, file: DayFile, code: str) -> ShortVolume | None:
        return ShortVolume(day=file.day)


async def test_a_page_holds_no_more_than_the_memory_and_the_files_in_hand() -> None:
    heavy = Heavy()
    for day in DAYS:
        heavy.put(day)
    files = DayFiles(heavy, now=lambda: NOW)
    tracemalloc.start()
    try:
        assert await days(files, 20) == DAYS[:20]
        held, most = (count / MIB for count in tracemalloc.get_traced_memory())
    finally:
        tracemalloc.stop()
    assert held < 33
    assert most < 33 + 2 * 3 * 4  # of each file in hand: as it came, while it is put together, and checked


@pytest.mark.parametrize("kept", [0, 1, 7, 100])
async def test_the_folder_takes_no_more_than_is_allowed_and_the_oldest_days_go_first(paper: Paper, tmp_path: Path, kept: int) -> None:
    foreign = tmp_path / "paper.txt"
    foreign.write_bytes(b"x" * 10_000)
    size = len(cast("bytes", paper.texts[DAYS[1]]))
    files = DayFiles(paper, folder=tmp_path, most=kept * size + size // 2, now=lambda: NOW)
    after: str | None = None
    for _ in range(4):
        after = (await files.page(TENCENT, limit=None, after=after)).cursor
    expected = {f"paper-{day}.txt" for day in DAYS[1:20][:kept]}
    assert {name for name in names(tmp_path) if name.endswith(".txt")} == expected | {"paper.txt"}
    assert foreign.stat().st_size == 10_000


async def test_what_another_process_kept_counts_too(paper: Paper, tmp_path: Path) -> None:
    size = len(cast("bytes", paper.texts[DAYS[1]]))
    for _ in range(3):
        await days(DayFiles(paper, folder=tmp_path, most=10 * size, now=lambda: NOW), 5)
    await days(DayFiles(paper, folder=tmp_path, most=2 * size, now=lambda: NOW), 2, DAYS[6].isoformat())
    assert names(tmp_path) - {"paper-2026-11-18.closed"} == {f"paper-{day}.txt" for day in DAYS[1:3]}


async def test_a_copy_that_is_too_large_is_not_read_to_its_end(
    paper: Paper, opened: Open, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / f"paper-{DAYS[1]}.txt"
    with path.open("wb") as file:
        file.truncate(2**34)
    assert await days(opened(folder=tmp_path), 2) == DAYS[:2]
    assert "Paper's file of 2026-11-19 is larger than 16,777,216 bytes, the most that is taken" in caplog.text
    assert path.stat().st_size < 1000


async def test_a_file_that_is_too_large_is_refused(paper: Paper, opened: Open) -> None:
    paper.texts[NEWEST] = bytes(Paper.largest + 1)
    with pytest.raises(BadReplyError, match="is larger than 16,777,216 bytes"):
        await days(opened(), 1)


# Had once


async def test_callers_who_need_a_day_at_the_same_time_share_it(paper: Paper, opened: Open) -> None:
    files = opened()
    await asyncio.gather(*(days(files, 5, symbol=Symbol("HK", code)) for code in ("00700", "00005", "00700")))
    assert set(Counter(paper.fetched).values()) == {1}


async def test_who_leaves_does_not_end_it_for_others(paper: Paper, opened: Open) -> None:
    files, paper.held[NEWEST] = opened(), asyncio.Event()
    first, second = (asyncio.create_task(days(files, 1)) for _ in range(2))
    await until(lambda: bool(paper.fetched))
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    paper.held[NEWEST].set()
    assert await second == [NEWEST]
    assert paper.fetched == [NEWEST]


async def test_other_symbols_of_the_same_days_cost_nothing(paper: Paper, opened: Open) -> None:
    files = opened()
    await days(files, 5)
    before = len(paper.fetched)
    assert await days(files, 5, symbol=Symbol("HK", "00005")) == DAYS[:5]
    assert len(paper.fetched) == before


async def test_a_failure_is_asked_for_again_and_what_was_there_is_not(paper: Paper, opened: Open) -> None:
    text, paper.texts[DAYS[2]] = paper.texts[DAYS[2]], ConnectionLostError("once")
    files = opened()
    with pytest.raises(ConnectionLostError, match="once"):
        await days(files, 3)
    paper.texts[DAYS[2]] = text
    assert await days(files, 3) == DAYS[:3]
    assert Counter(paper.fetched)[DAYS[2]] == 2
    assert max(Counter(paper.fetched)[day] for day in DAYS[:2]) == 1


@pytest.mark.parametrize(("later", "times"), [(FRESH - timedelta(seconds=1), 1), (FRESH, 2), (timedelta(minutes=-20), 2)])
async def test_the_present_days_file_is_believed_for_a_while(paper: Paper, opened: Open, later: timedelta, times: int) -> None:
    moment = [NOW]
    files = opened(now=lambda: moment[0])
    await days(files, 2)
    moment[0] = NOW + later
    await days(files, 2)
    assert (Counter(paper.fetched)[NEWEST], Counter(paper.fetched)[DAYS[1]]) == (times, 1)


def test_the_memory_is_bounded_and_forgets_what_was_used_longest_ago() -> None:
    memory = Memory(capacity=4000)
    kept = [DayFile(date(2026, 1, day), NOW, b"x" * 1000) for day in range(1, 5)]
    for file in kept[:3]:
        memory.keep(file, None)
    assert memory.get(kept[0].day, NOW) is kept[0]
    memory.keep(kept[3], None)
    assert [memory.get(file.day, NOW) for file in kept] == [kept[0], None, kept[2], kept[3]]


async def test_closing_closes_the_source(paper: Paper, opened: Open) -> None:
    await opened().aclose()
    assert paper.closed == 1


# On disk


async def test_nothing_is_written_unless_a_folder_is_named(opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    await days(opened(), 5)
    assert names(tmp_path) == set()


async def test_what_changes_no_more_is_kept_and_not_fetched_again(paper: Paper, opened: Open, tmp_path: Path) -> None:
    folder, old = tmp_path / "new" / "paper", date(2026, 11, 4)
    del paper.texts[old]
    expected = await days(opened(folder=folder), 5, "2026-11-07") + await days(opened(folder=folder), 5)
    paper.fetched.clear()
    assert await days(opened(folder=folder), 5, "2026-11-07") + await days(opened(folder=folder), 5) == expected
    assert sorted(paper.fetched) == [HOLIDAY, NEWEST]  # one may have a file yet, the other may be posted again
    assert {f"paper-{DAYS[1]}.txt", f"paper-{old}.closed"} <= names(folder)
    assert names(folder).isdisjoint({f"paper-{NEWEST}.txt", f"paper-{HOLIDAY}.closed"})


async def test_a_day_that_has_no_file_yet_is_not_taken_for_a_holiday(paper: Paper, opened: Open, tmp_path: Path) -> None:
    late = DAYS[2]
    assert NEWEST - late < LATE
    del paper.texts[late]
    assert late not in await days(opened(folder=tmp_path), 4)
    paper.put(late, "00700")
    assert late in await days(opened(folder=tmp_path), 4)


@pytest.mark.parametrize("damage", [b"", b"<html>", b"2026-11-17\n00700 1"])
async def test_a_damaged_copy_is_fetched_again(
    paper: Paper, opened: Open, tmp_path: Path, damage: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / f"paper-{DAYS[1]}.txt"
    path.write_bytes(damage)
    with caplog.at_level(logging.WARNING, "brokerport"):
        assert await days(opened(folder=tmp_path), 2) == DAYS[:2]
    assert "the cached copy is damaged, and fetched again: Paper's file of 2026-11-19 begins with" in caplog.text
    assert path.read_bytes() == paper.texts[DAYS[1]]


async def test_a_bad_file_is_not_kept(paper: Paper, opened: Open, tmp_path: Path) -> None:
    paper.texts[DAYS[1]] = b"<html>"
    with pytest.raises(BadReplyError, match="Paper's file of 2026-11-19 begins with"):
        await days(opened(folder=tmp_path), 2)
    assert names(tmp_path) == set()


async def test_a_folder_that_cannot_be_used_costs_no_call(opened: Open, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("no folder")
    with caplog.at_level(logging.WARNING, "brokerport"):
        assert await days(opened(folder=tmp_path / "file"), 4) == DAYS[:4]
    assert caplog.text.count("the cache cannot be used, and every file is fetched") == 1


async def test_a_place_that_is_taken_costs_no_call_and_leaves_nothing_beside_it(
    opened: Open, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / f"paper-{DAYS[1]}.txt").mkdir()
    with caplog.at_level(logging.WARNING, "brokerport"):
        assert await days(opened(folder=tmp_path), 2) == DAYS[:2]
    assert caplog.text.count("the cache cannot be used") == 1
    assert names(tmp_path) == {f"paper-{DAYS[1]}.txt"}


async def test_a_home_folder_that_nobody_knows_costs_downloads_and_no_call(opened: Open, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "brokerport"):
        assert await days(opened(folder=Path("~nobody-of-this-name/paper")), 2) == DAYS[:2]
    assert caplog.text.count("nobody knows your home folder: set HOME to its whole path") == 1


async def test_a_home_folder_is_the_users(opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    await days(opened(folder=Path("~/paper")), 2)
    assert names(tmp_path / "paper") == {f"paper-{DAYS[1]}.txt"}
