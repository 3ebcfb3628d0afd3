"""What runs on a thread of its own: begun when start returns, ended when stop does."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any

import pytest

from brokerport_opend.sandbox import own_thread
from brokerport_opend.sandbox.own_thread import OwnThread


def noting(seen: list[int]) -> Callable[[], Coroutine[Any, Any, None]]:
    async def note() -> None:
        seen.append(threading.get_ident())

    return note


async def nothing() -> None:
    pass


def test_it_begins_and_ends_on_one_thread_which_is_not_the_callers() -> None:
    seen: list[int] = []
    thread = OwnThread(noting(seen), noting(seen))
    thread.start()
    assert len(seen) == 1
    thread.stop()
    assert seen[0] == seen[1] != threading.get_ident()
    assert not thread._thread.is_alive()


def test_what_it_fails_to_begin_with_is_raised_and_it_is_not_ended() -> None:
    async def fail() -> None:
        raise OSError("in use")

    ended: list[int] = []
    thread = OwnThread(fail, noting(ended))
    with pytest.raises(OSError, match="in use"):
        thread.start()
    assert (ended, thread._thread.is_alive()) == ([], False)


def test_what_begins_when_nobody_waits_any_more_ends_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_thread, "PATIENCE", 0.0)
    go: Future[None] = Future()
    ended: list[int] = []

    async def begin() -> None:
        await asyncio.wrap_future(go)

    thread = OwnThread(begin, noting(ended))
    with pytest.raises(TimeoutError):
        thread.start()
    go.set_result(None)
    thread._thread.join()
    assert len(ended) == 1


def test_what_does_not_end_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    go: Future[None] = Future()

    async def end() -> None:
        await asyncio.wrap_future(go)

    thread = OwnThread(nothing, end)
    thread.start()
    monkeypatch.setattr(own_thread, "PATIENCE", 0.0)
    with pytest.raises(TimeoutError, match="opend-sandbox did not end within 0 s"):
        thread.stop()
    go.set_result(None)
    thread._thread.join()
