"""A file that is not there, and a server that lets nobody in, are not the same: no row is missing without a word."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from brokerport import AsyncClient, BadReplyError, BrokerportError, ConnectionLostError, RejectedError, ShortVolumeHistory, Symbol
from brokerport.kit.day_files.archive import LATE
from core.kit.web import Answer
from finra.conftest import DAYS, NEWEST, NOW, Make, Open
from finra.server import MISSING, NO_SUCH_KEY, FileServer, daily, figures, trading_days

FIREWALLS = {
    "CloudFront's": Answer(
        b"<HTML><HEAD><TITLE>ERROR: The request could not be satisfied</TITLE> Request blocked. </HTML>", "403 Forbidden"
    ),
    "Akamai's": Answer(b"<HTML><HEAD>\n<TITLE>Access Denied</TITLE>\n</HEAD> Reference #18.1 </HTML>", "403 Forbidden"),
    "without a word": Answer(b"", "403 Forbidden"),
    "in JSON": Answer(b'{"Code": "AccessDenied"}', "403 Forbidden"),
    "another code": Answer(b"<Error><Code>RequestTimeTooSkewed</Code></Error>", "403 Forbidden"),
    "more than the document": Answer(b"<html>" + NO_SUCH_KEY, "403 Forbidden"),
}
AS_FOR_ABSENT = {
    "the store's 403": MISSING,
    "the store's 404": Answer(NO_SUCH_KEY.replace(b"AccessDenied", b"NoSuchKey"), "404 Not Found"),
    "a web server's 404": Answer(b"<html>404 Not Found</html>", "404 Not Found"),
}
BLOCKS = {**FIREWALLS, **AS_FOR_ABSENT}
OTHERS = {
    "a page to log in at": (Answer(b"<!DOCTYPE html><title>Welcome</title>"), BadReplyError),
    "nothing": (Answer(b""), BadReplyError),
    "a redirect": (Answer(status="302 Found", headers=("Location: https://login.example/",)), RejectedError),
    "a failure": (Answer(status="502 Bad Gateway"), ConnectionLostError),
    "half a file": (Answer(daily(NEWEST, [figures(NEWEST, "AAPL")] * 1)[:-8], length=-1), BadReplyError),
}


def refused(server: FileServer, answer: Answer, days: list[date]) -> None:
    for day in days:
        server.put(day, answer)


async def once(make: Make, limit: int | None = None, **settings: object) -> ShortVolumeHistory:
    """By a client that asks as often as all do."""
    async with AsyncClient(lambda: make(**settings), broker="finra") as client:
        return await client.short_volume("US.AAPL", limit=limit)


async def once_only(make: Make) -> ShortVolumeHistory:
    """One attempt."""
    provider = make()
    try:
        return await provider.short_volume(Symbol("US", "AAPL"), limit=None, after=None)
    finally:
        await provider.aclose()


# Blocks


@pytest.mark.parametrize("answer", BLOCKS.values(), ids=BLOCKS)
async def test_who_is_let_in_nowhere_is_told_so_with_the_number_and_the_address(bare: FileServer, make: Make, answer: Answer) -> None:
    bare.otherwise = answer
    with pytest.raises(
        ConnectionLostError, match=rf"{bare.url}/CNMSshvol202611\d\d\.txt: the server answers {answer.status}.*url|address"
    ) as raised:
        await once(make, 60)
    assert raised.value.retryable


@pytest.mark.parametrize("form", FIREWALLS)
@pytest.mark.parametrize("nth", [2, 3, 7])
async def test_a_firewall_that_refuses_some_days_is_an_error_and_no_gap(server: FileServer, make: Make, form: str, nth: int) -> None:
    refused(server, FIREWALLS[form], DAYS[1::nth])
    with pytest.raises(ConnectionLostError, match="the server answers 403 Forbidden, and not as for a file that is not there"):
        await once(make, 60)


@pytest.mark.parametrize("form", AS_FOR_ABSENT)
@pytest.mark.parametrize("days", [DAYS[::3] + DAYS[1::3], DAYS[1::3], DAYS[:6], DAYS[3:10]], ids=["2 of 3", "1 of 3", "new", "some"])
async def test_more_absent_days_than_can_be_are_an_error(server: FileServer, make: Make, form: str, days: list[date]) -> None:
    refused(server, AS_FOR_ABSENT[form], days)
    with pytest.raises(ConnectionLostError, match=r"FINRA says so of \d+ days from .* that should have a file"):
        await once(make, 60)


async def test_where_files_cease_in_the_middle_of_a_page_one_that_was_there_tells_whether_they_end(server: FileServer, make: Make) -> None:
    refused(server, MISSING, DAYS[6:])
    server.put(NEWEST, server.answers[NEWEST][0], MISSING)
    with pytest.raises(ConnectionLostError, match="FINRA says so of 10 days"):
        await once_only(make)
    assert server.asked[NEWEST] == 2


@pytest.mark.parametrize("answer", BLOCKS.values(), ids=BLOCKS)
async def test_once_a_block_is_over_every_row_is_there(server: FileServer, ask: Open, answer: Answer, tmp_path: Path) -> None:
    good = dict(server.answers)
    async with ask(cache=tmp_path) as client:
        refused(server, answer, DAYS[1::2])
        with pytest.raises(ConnectionLostError):
            await client.short_volume("US.AAPL", limit=60)
        server.answers.update(good)
        history = await client.short_volume("US.AAPL", limit=60)
    assert ([row.day for row in history], history.missing) == (DAYS[:60], ())
    marks = {path.name for path in await asyncio.to_thread(tmp_path.iterdir) if path.suffix != ".txt"}
    assert marks == {"CNMSshvol20260907.closed"}


@pytest.mark.parametrize("answer", BLOCKS.values(), ids=BLOCKS)
@pytest.mark.parametrize("nth", [1, 3])
async def test_what_a_block_says_of_a_holiday_is_not_kept(bare: FileServer, ask: Open, answer: Answer, nth: int, tmp_path: Path) -> None:
    weekdays = trading_days(NEWEST, 60)
    bare.put_days(weekdays, ["AAPL"])
    good = dict(bare.answers)
    async with ask(cache=tmp_path) as client:
        refused(bare, answer, [*weekdays[::nth], date(2026, 9, 7)])
        with pytest.raises(ConnectionLostError):
            await client.short_volume("US.AAPL", limit=60)
        bare.answers.update(good)
        assert [row.day for row in await client.short_volume("US.AAPL", limit=60)] == weekdays


@pytest.mark.parametrize("answer", FIREWALLS.values(), ids=FIREWALLS)
async def test_a_block_that_lasts_an_attempt_costs_no_row(server: FileServer, make: Make, answer: Answer) -> None:
    for day in DAYS[:3]:
        server.put(day, answer, server.answers[day][0])
    assert [row.day for row in await once(make, 3, concurrency=3)] == DAYS[:3]


@pytest.mark.parametrize(("answer", "kind"), OTHERS.values(), ids=OTHERS)
async def test_what_is_no_file_is_an_error_and_not_kept(
    server: FileServer, make: Make, answer: Answer, kind: type[BrokerportError], tmp_path: Path
) -> None:
    day = DAYS[2]
    good = server.answers[day][0]
    server.put(day, answer)
    with pytest.raises(kind):
        await once(make, 5, cache=tmp_path)
    assert not any(f"{day:%Y%m%d}" in path.name for path in await asyncio.to_thread(tmp_path.iterdir))
    server.put(day, good)
    assert [row.day for row in await once(make, 5, cache=tmp_path)] == DAYS[:5]


# Days without a file


NO_ROW = {**AS_FOR_ABSENT, "a file without a record": Answer(daily(NEWEST, []))}


@pytest.mark.parametrize("answer", NO_ROW.values(), ids=NO_ROW)
async def test_a_trading_day_without_a_file_is_named_and_asked_for_again(
    server: FileServer, ask: Open, answer: Answer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    day = DAYS[30]
    assert NEWEST - day > LATE
    good = server.answers[day][0]
    server.put(day, answer)
    async with ask(cache=tmp_path) as client:
        history = await client.short_volume("US.AAPL", limit=40)
        assert ([row.day for row in history], history.missing) == ([each for each in DAYS[:41] if each != day], (day,))
        assert f"US.AAPL: there is no file of FINRA's for {day}, and should be" in caplog.text
        server.put(day, good)
        history = await client.short_volume("US.AAPL", limit=40)
    assert ([row.day for row in history], history.missing) == (DAYS[:40], ())


async def test_a_page_names_what_is_missing_between_its_rows_and_no_more(server: FileServer, make: Make) -> None:
    refused(server, MISSING, [DAYS[1], DAYS[3], DAYS[5]])
    history = await once(make, 3)
    assert ([row.day for row in history], history.missing) == ([DAYS[0], DAYS[2], DAYS[4]], (DAYS[1], DAYS[3]))


async def test_marks_of_earlier_versions_are_not_believed(server: FileServer, make: Make, tmp_path: Path) -> None:
    for day in DAYS[1:20]:
        (tmp_path / f"CNMSshvol{day:%Y%m%d}.none").touch()
    assert [row.day for row in await once(make, 20, cache=tmp_path)] == DAYS[:20]


@pytest.mark.parametrize("answer", FIREWALLS.values(), ids=FIREWALLS)
async def test_a_block_on_a_holiday_is_a_block(server: FileServer, make: Make, answer: Answer) -> None:
    server.put(date(2026, 9, 7), answer)
    with pytest.raises(ConnectionLostError):
        await once(make, 60)


# Clocks


def clock(moment: datetime) -> tuple[str, ...]:
    return (f"Date: {format_datetime(moment, usegmt=True)}",)


@pytest.mark.parametrize("days", [1, 14, 45, 400])
async def test_a_clock_that_is_ahead_costs_no_row(server: FileServer, make: Make, days: int, tmp_path: Path) -> None:
    server.headers = clock(NOW)
    history = await once(make, 60, now=NOW + timedelta(days=days), cache=tmp_path)
    assert ([row.day for row in history], history.missing) == (DAYS[:60], ())
    assert not (tmp_path / f"CNMSshvol{NEWEST:%Y%m%d}.txt").exists()  # by the server's clock it may be posted again


@pytest.mark.parametrize("days", [1, 14, 45, 400])
async def test_a_clock_that_is_behind_costs_no_row(server: FileServer, make: Make, days: int) -> None:
    server.headers = clock(NOW)
    server.put_days(trading_days(NEWEST - timedelta(days=400), 3), ["AAPL"])
    history = await once(make, 3, now=NOW - timedelta(days=days))
    assert ([row.day for row in history], history.missing) == (DAYS[:3], ())


@pytest.mark.parametrize("days", [14, 45, 400])
async def test_where_the_server_tells_no_time_a_clock_that_is_ahead_is_named(server: FileServer, make: Make, days: int) -> None:
    with pytest.raises(ConnectionLostError, match="and at this machine's clock, which may be ahead"):
        await once(make, 60, now=NOW + timedelta(days=days))


async def test_where_the_servers_clock_is_ahead_the_error_names_both(server: FileServer, make: Make) -> None:
    server.headers = clock(NOW + timedelta(days=1461))
    with pytest.raises(ConnectionLostError, match="by that of FINRA's server it is 2030-11-20, by this machine's 2026-11-20"):
        await once_only(make)


async def test_a_clock_before_the_first_file_is_named(server: FileServer, make: Make) -> None:
    with pytest.raises(RejectedError, match=r"the newest of FINRA's files is that of 1969-12-31, .* 2018-08-01; set the clock"):
        await once(make, now=datetime(1970, 1, 1, tzinfo=UTC))
    assert server.days == []


async def test_a_days_file_that_is_late_is_missing_until_it_is_there(server: FileServer, ask: Open) -> None:
    server.headers = clock(NOW)
    server.put(NEWEST, MISSING, server.answers[NEWEST][0])
    async with ask() as client:
        late, there = [await client.short_volume("US.AAPL", limit=2) for _ in range(2)]
    assert ([row.day for row in late], late.missing) == (DAYS[1:3], (NEWEST,))
    assert ([row.day for row in there], there.missing) == (DAYS[:2], ())


async def test_an_answer_that_lay_in_a_cache_tells_the_time_all_the_same(server: FileServer, make: Make) -> None:
    server.headers = (*clock(NOW - timedelta(days=3)), f"Age: {3 * 86400}")
    server.put(NEWEST, MISSING)
    assert (await once(make, 2)).missing == (NEWEST,)
