"""Faults of the server and the network, each by its error, and how politely it is asked."""

from __future__ import annotations

import asyncio
import gzip
import socket
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from brokerport import (
    BadReplyError,
    BrokerportError,
    ConnectError,
    ConnectionLostError,
    DeadlineError,
    QuotaError,
    RejectedError,
    ShortVolumeHistory,
    Symbol,
)
from brokerport_finra.download import LARGEST
from brokerport_finra.provider import FinraProvider
from finra.conftest import DAYS, NEWEST, SYMBOLS, Make, Open
from finra.server import Answer, FileServer, daily, figures

APPLE = Symbol.parse("US.AAPL")
FILE = daily(NEWEST, [figures(NEWEST, symbol) for symbol in SYMBOLS])


async def once(make: Make) -> ShortVolumeHistory:
    """One attempt, without those of the client."""
    provider = make()
    try:
        return await provider.short_volume(APPLE, limit=1, after=None)
    finally:
        await provider.aclose()


FAULTS: dict[str, tuple[Answer, type[BrokerportError], str]] = {
    "cut in the body": (Answer(FILE[:100], length=len(FILE)), ConnectionLostError, "it broke on the way"),
    "cut, and nobody said how long it was": (Answer(FILE[:100], length=-1), BadReplyError, "2026-11-20, line 2"),
    "no HTTP at all": (Answer(status="\0\0", length=0), ConnectionLostError, "it broke on the way"),
    "failed": (Answer(status="500 Internal\x1b[31m Error"), ConnectionLostError, "answers 500"),
    "not there for now": (Answer(status="503 Service Unavailable"), ConnectionLostError, "answers 503 Service Unavailable"),
    "a redirect": (
        Answer(status="302 Found", headers=("Location: http://example.com/",)),
        RejectedError,
        "to http://example.com/; it is not",
    ),
    "refused": (Answer(status="451 Unavailable For Legal Reasons"), RejectedError, "answers 451"),
    "a page for people": (Answer(b"<html>\x1b[2J</html>"), BadReplyError, "line 1: '<html> [2J</html>'"),
    "a wrong count": (Answer(daily(NEWEST, ["AAPL|1|0|2|Q"], count=7)), BadReplyError, "expected was 1"),
    "too large": (Answer(b"x" * (LARGEST + 1)), BadReplyError, "larger than 16,777,216 bytes"),
    "too large once unpacked": (
        Answer(gzip.compress(b"x" * (LARGEST + 1)), headers=("Content-Encoding: gzip",)),
        BadReplyError,
        "larger than 16,777,216 bytes",
    ),
    "packed badly": (Answer(b"no gzip", headers=("Content-Encoding: gzip",)), BadReplyError, "cannot be unpacked"),
    "half of what was packed": (Answer(gzip.compress(FILE)[:-9], headers=("Content-Encoding: gzip",)), BadReplyError, "ends in the middle"),
    "packed in another way": (Answer(FILE, headers=("Content-Encoding: br",)), BadReplyError, "came packed as 'br'"),
}


@pytest.mark.parametrize(("answer", "kind", "words"), FAULTS.values(), ids=FAULTS)
async def test_a_fault_has_its_error(bare: FileServer, make: Make, answer: Answer, kind: type[BrokerportError], words: str) -> None:
    bare.put(NEWEST, answer)
    with pytest.raises(BrokerportError) as raised:
        await once(make)
    assert type(raised.value) is kind
    assert words in str(raised.value)
    assert str(raised.value).isprintable()
    assert len(bare.requests) == 1


async def test_a_redirect_tells_its_number(bare: FileServer, make: Make) -> None:
    bare.put(NEWEST, FAULTS["a redirect"][0])
    with pytest.raises(RejectedError) as raised:
        await once(make)
    assert (raised.value.code, raised.value.text) == (302, "Found")


@pytest.mark.parametrize("status", ["403 Forbidden", "404 Not Found"])
async def test_a_file_that_is_missing_is_a_holiday(server: FileServer, make: Make, status: str) -> None:
    server.put(NEWEST, Answer(b"<Error/>", status))
    assert (await once(make))[0].day == DAYS[1]


async def test_a_packed_file_is_unpacked(bare: FileServer, make: Make) -> None:
    bare.put(NEWEST, Answer(gzip.compress(FILE), headers=("Content-Encoding: gzip",)))
    assert (await once(make))[0].day == NEWEST


async def test_nobody_at_the_address_is_a_connect_error(make: Make) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and does not listen
        provider = make(url=f"http://127.0.0.1:{taken.getsockname()[1]}")
        with pytest.raises(ConnectError, match=r"no connection.*set url") as raised:
            await provider.short_volume(APPLE, limit=1, after=None)
        await provider.aclose()
    assert type(raised.value) is ConnectError
    assert raised.value.retryable


@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Service Unavailable"])
async def test_a_server_that_wants_to_be_left_alone_is(bare: FileServer, make: Make, status: str) -> None:
    bare.put(NEWEST, Answer(status=status, headers=("Retry-After: 120",)))
    provider = make()
    with pytest.raises(QuotaError, match="left alone for 120 s") as first:
        await provider.short_volume(APPLE, limit=1, after=None)
    with pytest.raises(QuotaError, match="was not asked for") as second:
        await provider.short_volume(APPLE, limit=1, after=None)
    await provider.aclose()
    assert first.value.retry_after == 120
    assert 100 < second.value.retry_after <= 120
    assert len(bare.requests) == 1


@pytest.mark.parametrize(
    ("said", "least", "most"),
    [
        (format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True), 3000, 3600),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0, 0),
        ("soon", 30, 30),
        ("-5", 30, 30),
        ("", 30, 30),
    ],
)
async def test_a_retry_after_is_read_in_both_its_forms(bare: FileServer, make: Make, said: str, least: float, most: float) -> None:
    bare.put(NEWEST, Answer(status="429 Too Many Requests", headers=(f"Retry-After: {said}",)))
    with pytest.raises(QuotaError) as raised:
        await once(make)
    assert least <= raised.value.retry_after <= most


async def test_the_client_asks_again_after_a_failure_and_only_for_what_failed(server: FileServer, ask: Open) -> None:
    server.put(DAYS[4], Answer(status="500 Oops"), Answer(FILE[:50], length=len(FILE)), daily(DAYS[4], [figures(DAYS[4], "AAPL")]))
    async with ask(concurrency=1) as client:
        history = await client.short_volume("US.AAPL", limit=5)
    assert [row.day for row in history] == DAYS[:5]
    assert server.asked == {**dict.fromkeys(DAYS[:4], 1), DAYS[4]: 3}


@pytest.mark.parametrize("concurrency", [1, 3])
async def test_no_more_than_the_stated_number_of_requests_run_at_the_same_time(server: FileServer, ask: Open, concurrency: int) -> None:
    released = asyncio.Event()
    for day in DAYS[:20]:
        server.put(day, Answer(daily(day, [figures(day, symbol) for symbol in SYMBOLS]), hold=released))
    async with ask(concurrency=concurrency) as client:
        calls = [asyncio.create_task(client.short_volume(f"US.{code}", limit=20)) for code in ("AAPL", "BRK.B", "ABRpD")]
        for _ in range(concurrency):
            await asyncio.to_thread(server.arrived.acquire)
        server.release(released)
        await asyncio.gather(*calls)
    assert server.busiest == concurrency
    assert server.connections <= concurrency + 1  # one ended with the holiday, whose words are not read
    assert server.agents == {"User-Agent: brokerport-finra"}


async def test_a_server_that_is_silent_ends_with_the_calls_own_time(bare: FileServer, ask: Open) -> None:
    bare.put(NEWEST, Answer(FILE, hold=asyncio.Event()))
    async with ask() as client:
        with pytest.raises(DeadlineError, match=r"all spent: 0\.\d+ s fetching from 127\.0\.0\.1:\d+"):
            await client.short_volume("US.AAPL", limit=1, timeout=0.2)


async def test_a_call_that_is_cancelled_leaves_no_task_and_its_place_to_others(server: FileServer, make: Make) -> None:
    held = asyncio.Event()
    for day in DAYS[:8]:
        server.put(day, Answer(b"", hold=held), daily(day, [figures(day, "AAPL")]))
    provider = make(concurrency=2)
    call = asyncio.create_task(provider.short_volume(APPLE, limit=8, after=None))
    for _ in range(2):
        await asyncio.to_thread(server.arrived.acquire)
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)
    assert len(server.requests) == 2  # those that waited for their turn are not sent any more
    await provider.aclose()
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_request_that_began_is_read_to_its_end_and_its_connection_used_again(server: FileServer, make: Make) -> None:
    released = asyncio.Event()
    server.put(NEWEST, Answer(FILE, hold=released), FILE)
    provider = make(concurrency=1)
    call = asyncio.create_task(provider.short_volume(APPLE, limit=1, after=None))
    await asyncio.to_thread(server.arrived.acquire)
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)
    server.release(released)
    assert (await provider.short_volume(APPLE, limit=1, after=None))[0].day == NEWEST
    await provider.aclose()
    assert server.connections == 1


async def test_a_page_may_take_longer_than_one_attempt(server: FileServer, ask: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FinraProvider, "reply_within", 0.05)
    released = asyncio.Event()
    server.put(NEWEST, Answer(FILE, hold=released))
    asyncio.get_running_loop().call_later(0.2, server.release, released)
    async with ask() as client:
        assert len(await client.short_volume("US.AAPL", limit=3)) == 3
        assert client.stats().attempts == 1
