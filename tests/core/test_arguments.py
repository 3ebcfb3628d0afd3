"""What callers may pass: refused at once and with a hint, through either door, and nothing is asked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np
import pytest

from brokerport import (
    ArkProvider,
    AsyncClient,
    BrokerRankingProvider,
    CapitalProvider,
    Client,
    InvalidRequestError,
    ShortProvider,
    Symbol,
)
from brokerport.questions import arguments

PAGED = ["short_volume", "short_interest", "iter_short_volume", "iter_short_interest"]
METHODS = ["ark_dynamic", "capital_distribution", "broker_ranking", *PAGED]

BAD_TIMEOUTS = [-1, -0.001, 0, 0.0, float("nan"), float("inf"), 10**400, True, "5", b"5", [5], 5j]
BAD_LIMITS = [0, -1, -(2**40), True, False, 1.5, 2.0, "10", float("nan"), [1], np.float64(3)]
BAD_DAYS = [-1, 2**40, True, 1.0, "0", None, [0]]
BAD_CURSORS = ["", 5, b"key", True, ["key"]]


class NeverAsked(ArkProvider, CapitalProvider, BrokerRankingProvider, ShortProvider):
    """Fails the test that lets a question through."""

    async def ark_dynamic(self, symbol: Symbol) -> NoReturn:
        pytest.fail(f"asked for {symbol}")

    async def capital_distribution(self, symbol: Symbol) -> NoReturn:
        pytest.fail(f"asked for {symbol}")

    async def broker_ranking(self, symbol: Symbol, *, days_before: int) -> NoReturn:
        pytest.fail(f"asked for {symbol}, {days_before}")

    async def short_volume(self, symbol: Symbol, *, limit: int | None, after: str | None) -> NoReturn:
        pytest.fail(f"asked for {symbol}, {limit}, {after}")

    async def short_interest(self, symbol: Symbol, *, limit: int | None, after: str | None) -> NoReturn:
        pytest.fail(f"asked for {symbol}, {limit}, {after}")


def blocking(method: str, symbol: Any, **given: Any) -> None:
    with Client(NeverAsked, broker="toy") as client:
        getattr(client, method)(symbol, **given)


def awaited(method: str, symbol: Any, **given: Any) -> None:
    async def ask() -> None:
        async with AsyncClient(NeverAsked, broker="toy") as client:
            asked = getattr(client, method)(symbol, **given)
            if not method.startswith("iter"):
                await asked

    asyncio.run(ask())


@pytest.fixture(params=[blocking, awaited], ids=["Client", "AsyncClient"])
def door(request: pytest.FixtureRequest) -> Callable[..., None]:
    chosen: Callable[..., None] = request.param
    return chosen


@pytest.mark.parametrize("method", METHODS)
def test_a_symbol_that_is_none_is_refused(door: Callable[..., None], method: str) -> None:
    with pytest.raises(InvalidRequestError, match=r"'700' is no symbol; write market, dot, code: 'HK\.00700'"):
        door(method, "700")


@pytest.mark.parametrize(("name", "method"), [("timeout", "ark_dynamic"), ("days_before", "broker_ranking"), ("after", "short_volume")])
@pytest.mark.parametrize("value", [10**5000, -(10**5000), [10**5000], "9" * 100_000 + "\n"], ids=["huge", "below", "within", "text"])
def test_what_is_refused_is_shown_short_whatever_it_is(door: Callable[..., None], name: str, method: str, value: Any) -> None:
    if (name, type(value)) == ("after", str):
        return
    with pytest.raises(InvalidRequestError, match=f"^{name}=") as raised:
        door(method, "HK.00700", **{name: value})
    assert len(str(raised.value)) < 200


@pytest.mark.parametrize("timeout", BAD_TIMEOUTS, ids=str)
@pytest.mark.parametrize("method", METHODS)
def test_a_timeout_is_a_positive_finite_number(door: Callable[..., None], method: str, timeout: Any) -> None:
    with pytest.raises(InvalidRequestError, match=r"^timeout=.* is no time to wait; pass seconds above 0, such as 2\.5$"):
        door(method, "HK.00700", timeout=timeout)


@pytest.mark.parametrize("limit", BAD_LIMITS, ids=repr)
@pytest.mark.parametrize("method", PAGED)
def test_a_limit_is_a_whole_number_of_rows_or_none(door: Callable[..., None], method: str, limit: Any) -> None:
    with pytest.raises(InvalidRequestError, match=r"^limit=.*; pass a number of rows from 1 up, or None for all pages$"):
        door(method, "HK.00700", limit=limit)


@pytest.mark.parametrize("after", BAD_CURSORS, ids=repr)
@pytest.mark.parametrize("method", PAGED)
def test_a_cursor_is_one_that_a_history_gave(door: Callable[..., None], method: str, after: Any) -> None:
    with pytest.raises(InvalidRequestError, match=r"^after=.* is no cursor; pass the \.cursor of an earlier history"):
        door(method, "HK.00700", after=after)


@pytest.mark.parametrize("days", BAD_DAYS, ids=repr)
def test_days_before_count_from_the_present_day_back(door: Callable[..., None], days: Any) -> None:
    with pytest.raises(InvalidRequestError, match=r"^days_before="):
        door("broker_ranking", "HK.00700", days_before=days)


@pytest.mark.parametrize("timeout", BAD_TIMEOUTS, ids=str)
def test_a_client_takes_no_default_that_a_call_would_not(timeout: Any) -> None:
    for kind in (Client, AsyncClient):
        with pytest.raises(InvalidRequestError, match="is no time to wait"):
            kind(NeverAsked, broker="toy", timeout=timeout)


def test_what_is_right_is_passed_on_as_pythons_own_type() -> None:
    limits: list[Any] = [None, 1, 10**30, np.int64(7), np.uint8(9)]
    days: list[Any] = [0, 36_525, np.int32(3)]
    assert [arguments.limit(value) for value in limits] == [None, 1, 10**30, 7, 9]
    assert [type(arguments.limit(value)) for value in limits[3:]] == [int, int]
    assert [arguments.days_before(value) for value in days] == [0, 36_525, 3]
    assert [arguments.cursor(value) for value in (None, "1795017600", " ")] == [None, "1795017600", " "]
    assert [arguments.seconds(value) for value in (1, 0.5, 1e300, np.float64(2.5))] == [1.0, 0.5, 1e300, 2.5]
    assert [type(arguments.seconds(value)) for value in (1, np.float64(2.5))] == [float, float]


def test_a_day_too_far_back_is_told_how_far_is_not() -> None:
    with pytest.raises(InvalidRequestError, match="at most 36,525"):
        arguments.days_before(36_526)
