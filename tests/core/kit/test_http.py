"""Requests: what an answer is, which error each fault is, and that none is cut off."""

from __future__ import annotations

import asyncio
import gc
import gzip
import json
import logging
import socket
import sys
import tracemalloc
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brokerport import (
    BadReplyError,
    BrokerportError,
    ConnectError,
    ConnectionLostError,
    HandshakeError,
    InvalidRequestError,
    NotEntitledError,
    PluginError,
    QuotaError,
    RejectedError,
)
from brokerport.kit.http import Http, Reply, body
from brokerport.kit.http.times import LONGEST_PAUSE
from brokerport.settings.secret import Secret
from core.conftest import RunPython
from core.kit.web import Answer, WebServer

GZIP = ("Content-Encoding: gzip",)


# What is sent, and what comes


async def test_an_answer_is_read_to_its_end(server: WebServer, http: Http) -> None:
    server.put("/quote", Answer(b'{"code": 0}', headers=("X-Left: 7",)))
    reply = await http.get(f"{server.root}/quote", query={"symbol": "BRK/B & more", "count": 3}, headers={"X-Key": "mine"})
    assert (reply.status, reply.body, reply.json(), reply.headers["x-left"]) == (200, b'{"code": 0}', {"code": 0}, "7")
    (request,) = server.requests
    assert (request.method, request.path, request.query) == ("GET", "/quote", {"symbol": "BRK/B & more", "count": "3"})
    assert (request.headers["user-agent"], request.headers["accept-encoding"]) == ("brokerport-tests", "gzip")
    assert request.headers["x-key"] == "mine"


async def test_what_is_posted_is_json(server: WebServer, http: Http) -> None:
    server.put("/data", b"[]")
    reply = await http.post(f"{server.root}/data", json={"limit": 5}, headers={"Authorization": Secret("Bearer abc")})
    assert reply.json() == []
    (request,) = server.requests
    assert (request.method, json.loads(request.body)) == ("POST", {"limit": 5})
    assert (request.headers["content-type"], request.headers["authorization"]) == ("application/json", "Bearer abc")


async def test_a_packed_answer_is_unpacked(server: WebServer, http: Http) -> None:
    server.put("/", Answer(gzip.compress(b"figures"), headers=GZIP))
    assert (await http.get(f"{server.root}/")).body == b"figures"


async def test_a_status_that_is_an_answer_comes_with_its_words(server: WebServer, http: Http) -> None:
    server.put("/none", Answer(b"NoSuchKey", "404 Not Found"))
    reply = await http.get(f"{server.root}/none", answers=(200, 404))
    assert (reply.status, reply.body) == (404, b"NoSuchKey")
    assert type(reply.error()) is RejectedError


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"a": NaN}', b"[" * 10_000, b"\xff"])
def test_what_is_no_json_is_a_bad_reply(body: bytes) -> None:
    with pytest.raises(BadReplyError, match=r"^http://x/y: it is no JSON: ") as raised:
        Reply("http://x/y", 200, body=body).json()
    assert len(str(raised.value)) < 400


def test_what_would_become_too_large_is_not_unpacked_to_its_end() -> None:
    bomb = gzip.compress(b"x" * 50_000_000)
    tracemalloc.start()
    with pytest.raises(BadReplyError, match="larger than 100,000 bytes"):
        body.unpacked("http://x/y", bomb, "gzip", 100_000)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 1_000_000


# Errors


FAULTS: dict[str, tuple[Answer, type[BrokerportError], str]] = {
    "cut in the body": (Answer(b"half", length=8), ConnectionLostError, "it broke on the way"),
    "no HTTP at all": (Answer(status="\0\0", length=0), ConnectionLostError, "it broke on the way"),
    "failed": (Answer(status="500 Internal\x1b[31m Error"), ConnectionLostError, "answers 500 Internal [31m Error"),
    "not there for now": (Answer(status="503 Service Unavailable"), ConnectionLostError, "answers 503 Service Unavailable"),
    "wrong credentials": (Answer(status="401 Unauthorized"), HandshakeError, "answers 401 Unauthorized; look at the credentials"),
    "no right": (Answer(status="403 Forbidden"), NotEntitledError, "answers 403 Forbidden"),
    "unknown": (Answer(status="404 Not Found"), RejectedError, "answers 404 Not Found"),
    "another success": (Answer(status="206 Partial Content"), RejectedError, "answers 206 Partial Content"),
    "a redirect": (
        Answer(status="302 Found", headers=("Location: http://example.com/",)),
        RejectedError,
        "to http://example.com/; it is not",
    ),
    "too large": (Answer(b"x" * 100_001), BadReplyError, "larger than 100,000 bytes"),
    "too large once unpacked": (Answer(gzip.compress(b"x" * 100_001), headers=GZIP), BadReplyError, "larger than 100,000 bytes"),
    "packed badly": (Answer(b"no gzip", headers=GZIP), BadReplyError, "cannot be unpacked"),
    "half of what was packed": (Answer(gzip.compress(b"x" * 999)[:-9], headers=GZIP), BadReplyError, "ends in the middle"),
    "packed in another way": (Answer(b"", headers=("Content-Encoding: br",)), BadReplyError, "came packed as 'br'"),
}


@pytest.mark.parametrize(("answer", "kind", "words"), FAULTS.values(), ids=FAULTS)
async def test_a_fault_has_its_error(server: WebServer, http: Http, answer: Answer, kind: type[BrokerportError], words: str) -> None:
    server.put("/data", answer)
    with pytest.raises(BrokerportError) as raised:
        await http.get(f"{server.root}/data?key=secret")
    assert type(raised.value) is kind
    assert str(raised.value).startswith(f"{server.root}/data")
    assert words in str(raised.value)
    assert "secret" not in str(raised.value)
    assert str(raised.value).isprintable()
    assert len(server.requests) == 1


async def test_a_refusal_has_the_servers_number_and_words(server: WebServer, http: Http) -> None:
    server.put("/", Answer(status="418 I am a teapot"))
    with pytest.raises(RejectedError) as raised:
        await http.get(server.root)
    assert (raised.value.code, raised.value.text) == (418, "I am a teapot")


async def test_nobody_at_the_address_is_a_connect_error_with_the_authors_hint() -> None:
    http = Http("brokerport-tests", hint="look at the setting url")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and does not listen
        with pytest.raises(ConnectError, match=r"/data: no connection: .*; look at the setting url$") as raised:
            await http.get(f"http://me:secret@127.0.0.1:{taken.getsockname()[1]}/data")
    assert type(raised.value) is ConnectError
    assert "secret" not in str(raised.value)


async def test_a_server_that_speaks_no_tls_is_a_connect_error(http: Http) -> None:
    async def plain(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(plain, "127.0.0.1", 0) as server:
        with pytest.raises(ConnectError, match=r"no connection: .*SSL.*; check the network") as raised:
            await http.get(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
    assert type(raised.value) is ConnectError


async def test_nobody_there_has_one_cause_without_frames(http: Http) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with pytest.raises(ConnectError) as raised:
        await http.get(f"http://127.0.0.1:{port}/data")
    cause = raised.value.__cause__
    assert cause is not None
    assert (cause.__cause__, cause.__suppress_context__, cause.__traceback__) == (None, True, None)


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "/data", "http://[::1", "http://127.0.0.1:port/", "http://a\nb/"])
async def test_what_is_no_address_is_refused(http: Http, url: str) -> None:
    with pytest.raises(InvalidRequestError):
        await http.get(url)


@pytest.mark.parametrize("value", ["canary\n", "canary ", "canäry", "can\x00ary"])
async def test_a_header_that_cannot_be_sent_is_refused_without_telling_it(server: WebServer, http: Http, value: str) -> None:
    with pytest.raises(InvalidRequestError, match="the header Authorization cannot be sent") as raised:
        await http.get(server.root, headers={"Authorization": Secret(value)})
    assert (raised.value.__cause__, "ary" in str(raised.value)) == (None, False)
    assert server.requests == []


async def test_a_proxy_of_the_environment_is_named(server: WebServer, http: Http, monkeypatch: pytest.MonkeyPatch) -> None:
    server.otherwise = Answer(status="403 Forbidden")  # it is the proxy
    monkeypatch.setenv("HTTPS_PROXY", server.root)
    named = rf"HTTPS_PROXY names the proxy 127\.0\.0\.1:{server.port}: mend or unset HTTPS_PROXY, or put 127\.0\.0\.1 into NO_PROXY"
    with pytest.raises(ConnectError, match=rf"the proxy lets nothing through: 403 Forbidden; .*; {named}$"):
        await http.get("https://127.0.0.1:1/data")


async def test_without_httpx_the_error_says_what_to_install(http: Http, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "httpx", None)
    with pytest.raises(PluginError, match=r"pip install 'brokerport\[http\]'"):
        await http.get("http://127.0.0.1:1/")


def test_importing_it_imports_no_httpx(run_python: RunPython) -> None:
    done = run_python("import sys, brokerport.kit.http; print('httpx' in sys.modules)")
    assert (done.stdout, done.stderr) == ("False\n", "")


async def test_a_server_that_is_silent_is_a_lost_connection(server: WebServer) -> None:
    server.put("/", Answer(hold=asyncio.Event()))
    silent, slow = Http("tests", silence=0.05), Http("tests", longest=0.05)
    with pytest.raises(ConnectionLostError, match="it broke on the way: ReadTimeout"):
        await silent.get(f"{server.root}/")
    with pytest.raises(ConnectionLostError, match=r"it did not end within 0\.05 s"):
        await slow.get(f"{server.root}/")
    await silent.aclose()
    await slow.aclose()


# A server that wants to be left alone


@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Service Unavailable"])
async def test_a_server_that_wants_to_be_left_alone_is(server: WebServer, http: Http, status: str) -> None:
    server.put("/", Answer(status=status, headers=("Retry-After: 120",)))
    with pytest.raises(QuotaError, match="left alone for 120 s") as first:
        await http.get(f"{server.root}/")
    with pytest.raises(QuotaError, match="was not asked for") as second:
        await http.get(f"{server.root}/other")
    assert first.value.retry_after == 120
    assert 100 < second.value.retry_after <= 120
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("said", "least", "most"),
    [
        (format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True), 3000, 3600),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0, 0),
        ("9" * 5000, 3600, 3600),
        ("1e400", 30, 30),
        ("inf", 30, 30),
        ("nan", 30, 30),
        ("١٢٠", 30, 30),
        ("Fri, 31 Dec 9998 23:59:59 GMT", 30, 30),
        ("Fri, 31 Dec 2399 23:59:59 GMT", 3600, 3600),
        (f"Fri, 31 Dec {'9' * 5000} 23:59:59 GMT", 30, 30),
        ("Fri, 31 Dec 99999999999 23:59:59 GMT", 30, 30),
        ("Fri, 31 Dec 2026 23:59:59 +9999999999", 30, 30),
        ("Mon", 30, 30),
        ("soon", 30, 30),
        ("-5", 30, 30),
        ("", 30, 30),
    ],
)
def test_a_retry_after_is_read_in_both_its_forms(said: str, least: float, most: float) -> None:
    error = Reply("http://x/y", 429, "Too Many Requests", {"retry-after": said}).error()
    assert isinstance(error, QuotaError)
    assert least <= error.retry_after <= most


@given(
    st.one_of(
        st.binary().map(lambda text: text.decode("latin-1")),
        st.integers().map(str),
        st.floats().map(str),
        st.datetimes().map(format_datetime),
    )
)
def test_whatever_a_retry_after_says_the_server_is_asked_again(said: str) -> None:
    error = Reply("http://x/y", 429, "Too Many Requests", {"retry-after": said}).error()
    assert isinstance(error, QuotaError)
    assert 0 <= error.retry_after <= LONGEST_PAUSE


NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
STATED = format_datetime(NOON, usegmt=True)


@pytest.mark.parametrize(
    ("headers", "time"),
    [
        ({"date": STATED}, NOON),
        ({"date": STATED, "age": "60"}, NOON + timedelta(minutes=1)),
        ({"date": STATED, "age": "-60"}, NOON),
        ({"date": STATED, "age": "9" * 5000}, NOON + timedelta(days=366)),
        ({"date": "Fri, 31 Dec 9999 23:59:59 GMT", "age": "60"}, None),
        ({"date": "noon"}, None),
        ({}, None),
    ],
)
def test_an_answer_tells_the_servers_time(headers: dict[str, str], time: datetime | None) -> None:
    assert Reply("http://x/y", 200, headers=headers).told_at == time


async def test_the_servers_clock_goes_on_from_its_last_answer(server: WebServer, http: Http) -> None:
    assert http.time() is None
    server.put("/", Answer(b"", headers=(f"Date: {STATED}",)))
    await http.get(f"{server.root}/")
    first, second = http.time(), http.time()
    assert first is not None
    assert second is not None
    assert NOON <= first <= second < NOON + timedelta(minutes=1)


# How many, and what becomes of those whose callers leave


async def test_no_more_than_the_stated_number_of_requests_run_at_the_same_time(server: WebServer, http: Http) -> None:
    held = asyncio.Event()
    server.put("/", Answer(b"", hold=held))
    calls = [asyncio.create_task(http.get(f"{server.root}/")) for _ in range(6)]
    for _ in range(2):
        await asyncio.to_thread(server.arrived.acquire)
    server.release(held)
    await asyncio.gather(*calls)
    assert (server.busiest, server.connections) == (2, 2)


async def test_a_request_that_began_is_read_to_its_end_and_its_connection_used_again(server: WebServer) -> None:
    held = asyncio.Event()
    server.put("/", Answer(b"first", hold=held), b"second")
    http = Http("tests", at_once=1)
    call = asyncio.create_task(http.get(f"{server.root}/"))
    await asyncio.to_thread(server.arrived.acquire)
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)
    server.release(held)
    assert (await http.get(f"{server.root}/")).body == b"second"
    await http.aclose()
    assert server.connections == 1


async def test_one_that_waits_for_its_turn_is_not_sent_when_its_caller_leaves(server: WebServer) -> None:
    held = asyncio.Event()
    server.put("/first", Answer(hold=held))
    http = Http("tests", at_once=1)
    first, second = (asyncio.create_task(http.get(f"{server.root}/{name}")) for name in ("first", "second"))
    await asyncio.to_thread(server.arrived.acquire)
    second.cancel()
    server.release(held)
    await asyncio.gather(first, second, return_exceptions=True)
    await http.aclose()
    assert [request.path for request in server.requests] == ["/first"]


@pytest.mark.parametrize("steps", range(0, 40, 3))
async def test_wherever_a_call_is_cancelled_no_place_is_lost(server: WebServer, steps: int) -> None:
    server.put("/", b"figures")
    http = Http("tests", at_once=1)
    for _ in range(3):
        call = asyncio.create_task(http.get(f"{server.root}/"))
        for _ in range(steps):
            await asyncio.sleep(0)
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
    assert (await http.get(f"{server.root}/")).body == b"figures"
    await http.aclose()
    assert asyncio.all_tasks() == {asyncio.current_task()}


@pytest.mark.parametrize("steps", range(0, 24, 2))
async def test_wherever_all_is_closed_no_socket_is_left(server: WebServer, steps: int) -> None:
    server.put("/", b"figures")
    http = Http("tests", at_once=8)
    await http.get(f"{server.root}/")
    calls = [asyncio.create_task(http.get(f"{server.root}/")) for _ in range(8)]
    for _ in range(steps):
        await asyncio.sleep(0)
    await http.aclose()
    await asyncio.gather(*calls, return_exceptions=True)
    del calls
    gc.collect()  # what is open still would warn


async def test_closing_does_not_wait_for_a_server_that_is_silent(server: WebServer) -> None:
    server.put("/", Answer(hold=asyncio.Event()))
    http = Http("tests")
    call = asyncio.create_task(http.get(f"{server.root}/"))
    await asyncio.to_thread(server.arrived.acquire)
    async with asyncio.timeout(2.0):
        await http.aclose()
    (ended,) = await asyncio.gather(call, return_exceptions=True)
    assert isinstance(ended, ConnectionLostError | asyncio.CancelledError)


async def test_a_failure_that_nobody_waits_for_is_told_to_nobody(server: WebServer, http: Http, caplog: pytest.LogCaptureFixture) -> None:
    held = asyncio.Event()
    server.put("/", Answer(status="500 Oops", hold=held))
    call = asyncio.create_task(http.get(f"{server.root}/"))
    await asyncio.to_thread(server.arrived.acquire)
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)
    server.release(held)
    with caplog.at_level(logging.ERROR, "asyncio"), pytest.raises(ConnectionLostError):
        await http.get(f"{server.root}/")
    assert caplog.text == ""
