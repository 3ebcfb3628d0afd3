"""Faults of the server and the network, each by its error, and how politely it is asked."""

from __future__ import annotations

import asyncio
import gzip
import socket

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
from brokerport.kit.http.client import LARGEST
from brokerport_finra.provider import FinraProvider
from core.kit.web import Answer
from finra.conftest import DAYS, NEWEST, SYMBOLS, Make, Open
from finra.server import FileServer, daily, figures

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
    "a redirect": (Answer(status="302 Found", headers=("Location: http://a.example/",)), RejectedError, "to http://a.example/; it is not"),
    "refused": (Answer(status="451 Unavailable For Legal Reasons"), RejectedError, "answers 451"),
    "wants to be left alone": (Answer(status="429 Too Many Requests"), QuotaError, "left alone for 30 s"),
    "a page for people": (Answer(b"<html>\x1b[2J</html>"), BadReplyError, "line 1: '<html> [2J</html>'"),
    "a wrong count": (Answer(daily(NEWEST, ["AAPL|1|0|2|Q"], count=7)), BadReplyError, "expected was 1"),
    "too large": (Answer(b"x" * (LARGEST + 1)), BadReplyError, "larger than 16,777,216 bytes"),
    "half of what was packed": (Answer(gzip.compress(FILE)[:-9], headers=("Content-Encoding: gzip",)), BadReplyError, "ends in the middle"),
}


@pytest.mark.parametrize(("answer", "kind", "words"), FAULTS.values(), ids=FAULTS)
async def test_a_fault_has_its_error(bare: FileServer, make: Make, answer: Answer, kind: type[BrokerportError], words: str) -> None:
    bare.put(NEWEST, answer)
    with pytest.raises(BrokerportError) as raised:
        await once(make)
    assert type(raised.value) is kind
    assert words in str(raised.value)
    assert str(raised.value).isprintable()
    assert len(bare.days) == 1


async def test_nobody_at_the_address_is_a_connect_error(make: Make) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and does not listen
        provider = make(url=f"http://127.0.0.1:{taken.getsockname()[1]}")
        with pytest.raises(ConnectError, match=r"no connection.*set url") as raised:
            await provider.short_volume(APPLE, limit=1, after=None)
        await provider.aclose()
    assert type(raised.value) is ConnectError
    assert raised.value.retryable


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
    assert server.connections == concurrency
    assert {request.headers["user-agent"] for request in server.requests} == {"brokerport-finra"}


async def test_a_server_that_is_silent_ends_with_the_calls_own_time(bare: FileServer, ask: Open) -> None:
    bare.put(NEWEST, Answer(FILE, hold=asyncio.Event()))
    async with ask() as client:
        with pytest.raises(DeadlineError, match=r"all spent: 0\.\d+ s fetching files of FINRA"):
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
    assert len(server.days) == 2  # those that waited for their turn are not sent any more
    await provider.aclose()
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_page_may_take_longer_than_one_attempt(server: FileServer, ask: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FinraProvider, "reply_within", 0.05)
    released = asyncio.Event()
    server.put(NEWEST, Answer(FILE, hold=released))
    asyncio.get_running_loop().call_later(0.2, server.release, released)
    async with ask() as client:
        assert len(await client.short_volume("US.AAPL", limit=3)) == 3
        assert client.stats().attempts == 1
