"""A route: who is asked, when the next one is, and what the caller hears of it. All in made-up time."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Awaitable, Callable, Coroutine
from copy import copy
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from attrs import frozen

from brokerport import (
    ArkDynamic,
    ArkProvider,
    AsyncClient,
    BadReplyError,
    BrokerportError,
    Capability,
    Client,
    ConnectError,
    ConnectionLostError,
    DeadlineError,
    HandshakeError,
    InvalidRequestError,
    Market,
    NotEntitledError,
    PluginError,
    Provider,
    Quota,
    QuotaError,
    Registry,
    RejectedError,
    RouteError,
    Settings,
    ShortVolume,
    ShortVolumeHistory,
    ShortVolumeProvider,
    Source,
    Symbol,
    UnknownBrokerError,
    UnsupportedError,
)
from brokerport.quotas.limiter import Limiter
from brokerport.routing.route import Route
from brokerport.routing.stop import AWAY, PATIENCE, Stop
from brokerport.settings.secret import Secret
from brokerport.testing import run_in_virtual_time
from core.toy import heard, kinds

NOW = datetime(2024, 5, 2, tzinfo=UTC)
DAYS = 200  # that every broker has
QUOTA_ERROR = QuotaError("used up", retry_after=20.0)

#: what a broker does when it is asked: raises the error, or does the work and answers; None: answers at once
Doing = BrokerportError | Callable[[], Awaitable[object]] | None


def now() -> float:
    return asyncio.get_running_loop().time()


class Broker(ArkProvider, ShortVolumeProvider):
    """Does what a test says, and remembers when it was asked."""

    def __init__(self, name: str, does: Doing = None, *, markets: frozenset[Market] | None = None, page_size: int = 50) -> None:
        self.name = name
        self.does = does
        self.markets = markets
        self.page_size = page_size
        self.asked: list[float] = []
        self.pages: list[tuple[int | None, str | None]] = []
        self.closed = 0

    async def ark_dynamic(self, symbol: Symbol) -> ArkDynamic:
        await self._do(symbol)
        return ArkDynamic(symbol=symbol, source=Source(self.name, NOW))

    async def short_volume(self, symbol: Symbol, *, limit: int | None, after: str | None) -> ShortVolumeHistory:
        self.pages.append((limit, after))
        await self._do(symbol)
        first = int(after or 0)
        last = min(first + min(limit or self.page_size, self.page_size), DAYS)
        rows = tuple(ShortVolume(day=date(2024, 5, 2) - timedelta(days)) for days in range(first, last))
        return ShortVolumeHistory(symbol=symbol, source=Source(self.name, NOW), rows=rows, cursor=str(last) if last < DAYS else None)

    def capabilities(self) -> tuple[Capability, ...]:
        return Capability("ark_dynamic", self.markets), Capability("short_volume", self.markets, page_size=self.page_size)

    async def aclose(self) -> None:
        self.closed += 1

    async def _do(self, symbol: Symbol) -> None:
        if self.markets is not None and symbol.market not in self.markets:
            raise UnsupportedError(f"{self.name} has no {symbol.market}")
        self.asked.append(now())
        if isinstance(self.does, BrokerportError):
            raise copy(self.does)
        if self.does is not None:
            await self.does()


async def for_ever() -> None:
    """Is never done."""
    await asyncio.sleep(1e6)


def seconds(number: float) -> Callable[[], Awaitable[object]]:
    """Takes so long."""
    return lambda: asyncio.sleep(number)


def after_pages(broker: Broker, number: int, does: Doing) -> None:
    """Have it answer so many pages, and then do this."""

    async def work() -> None:
        if len(broker.pages) > number:
            if isinstance(does, BrokerportError):
                raise copy(does)
            if does is not None:
                await does()

    broker.does = work


def route(*brokers: Broker, clock: Callable[[], float] = now) -> AsyncClient:
    def stop(broker: Broker) -> Stop:
        return Stop(broker.name, broker.capabilities, lambda: AsyncClient(lambda: broker, broker=broker.name, share=False), clock)

    return AsyncClient(lambda: Route([stop(each) for each in brokers]), broker="route", share=False)


async def who(client: AsyncClient, symbol: str = "US.TSLA", timeout: float | None = None) -> str:
    return (await client.ark_dynamic(symbol, timeout=timeout)).source.broker


async def refused(client: AsyncClient, symbol: str = "US.TSLA", timeout: float | None = None) -> dict[str, str]:
    """The reasons, by the kinds of their errors."""
    with pytest.raises(RouteError) as raised:
        await client.ark_dynamic(symbol, timeout=timeout)
    return {name: type(error).__name__ for name, error in raised.value.reasons.items()}


def made_up(work: Coroutine[Any, Any, Any]) -> Any:
    return run_in_virtual_time(work)


# Who is asked


def test_the_first_answers_and_no_other_is_asked() -> None:
    first, second = Broker("first"), Broker("second")
    assert made_up(who(route(first, second))) == "first"
    assert (len(first.asked), second.asked) == (1, [])


def test_where_the_market_is_lacking_nothing_is_asked_there() -> None:
    first, second = Broker("first", markets=frozenset({Market.HK})), Broker("second")
    assert made_up(who(route(first, second))) == "second"
    assert (first.asked, len(second.asked)) == ([], 1)


def test_one_that_lacks_the_question_is_no_failure_and_no_alternative() -> None:
    class Nothing(Broker):
        def capabilities(self) -> tuple[Capability, ...]:
            return ()

    slow, nothing = Broker("slow", seconds(9)), Nothing("nothing", UnsupportedError("has no such data"))
    assert made_up(who(route(nothing, slow))) == "slow"  # it had more than the 5 s of one beside which another can be asked
    assert nothing.asked == []


@pytest.mark.parametrize(
    "error",
    [
        ConnectError("nobody"),
        ConnectionLostError("gone"),
        HandshakeError("refused"),
        DeadlineError("too late"),
        PluginError("a bug"),
        QUOTA_ERROR,
        RejectedError("no", code=-1, text="no"),
        NotEntitledError("no", code=-1, text="no"),
        BadReplyError("nonsense"),
        UnsupportedError("not here"),
        InvalidRequestError("rsa_key: no such file"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_the_next_is_asked_after(error: BrokerportError) -> None:
    first, second = Broker("first", error), Broker("second")
    assert made_up(who(route(first, second))) == "second"
    assert made_up(refused(route(first))) == {"first": type(error).__name__}


async def _bug() -> None:
    raise ZeroDivisionError


def test_a_bug_of_one_broker_hurts_nobody() -> None:
    assert made_up(who(route(Broker("first", _bug), Broker("second")))) == "second"
    assert made_up(refused(route(Broker("first", _bug)))) == {"first": "PluginError"}


@pytest.mark.parametrize("asked", [{"symbol": "TSLA"}, {"limit": 0}, {"after": ""}, {"timeout": 0}, {"after": "elsewhere:50"}])
def test_a_request_that_cannot_be_right_is_refused_at_once(asked: dict[str, Any]) -> None:
    first = Broker("first")
    with pytest.raises(InvalidRequestError):
        made_up(route(first).short_volume(**{"symbol": "US.TSLA", **asked}))
    assert first.pages == []


# Who was there a moment ago


async def _down_for_a_while() -> None:
    clock = [100.0]
    first, second = Broker("first", HandshakeError("refused")), Broker("second")
    async with route(first, second, clock=lambda: clock[0]) as client:
        assert [await who(client) for _ in range(3)] == ["second"] * 3
        assert len(first.asked) == 1
        clock[0] += AWAY - 0.001
        assert await who(client) == "second"
        assert len(first.asked) == 1
        clock[0] += 0.001
        assert await who(client) == "second"  # one more call finds that it is still down
        assert len(first.asked) == 2
        first.does = None
        assert await who(client) == "second"
        clock[0] += AWAY
        assert [await who(client), await who(client)] == ["first", "first"]


def test_one_that_was_down_is_asked_last_for_ten_seconds() -> None:
    made_up(_down_for_a_while())


async def _one_finds_out() -> None:
    clock = [0.0]
    first, second = Broker("first", HandshakeError("refused")), Broker("second")
    async with route(first, second, clock=lambda: clock[0]) as client:
        await who(client)
        first.does = seconds(1)
        clock[0] = AWAY
        assert sorted(await asyncio.gather(*(who(client) for _ in range(50)))) == ["first"] + ["second"] * 49
        assert len(first.asked) == 2


def test_exactly_one_call_tries_it_again_while_the_others_go_where_they_are_answered() -> None:
    made_up(_one_finds_out())


async def _all_away() -> None:
    first, second = Broker("first", HandshakeError("refused")), Broker("second", HandshakeError("refused"))
    async with route(first, second) as client:
        assert await refused(client) == {"first": "HandshakeError", "second": "HandshakeError"}
        second.does = None
        assert await who(client) == "second"
        first.does = None
        assert await who(client) == "second"  # the one that answered a moment ago


def test_those_that_were_down_are_asked_all_the_same_when_nobody_else_is_there() -> None:
    made_up(_all_away())


@pytest.mark.parametrize("error", [QUOTA_ERROR, RejectedError("no", code=-1, text="no"), BadReplyError("nonsense")])
def test_who_says_no_is_there(error: BrokerportError) -> None:
    async def law() -> None:
        clock = [0.0]
        first, second = Broker("first", HandshakeError("refused")), Broker("second")
        async with route(first, second, clock=lambda: clock[0]) as client:
            await who(client)
            clock[0], first.does = AWAY, error
            assert await who(client) == "second"
            first.does = None
            assert await who(client) == "first"

    made_up(law())


async def _hurry() -> None:
    first, second = Broker("first", seconds(1)), Broker("second")
    async with route(first, second) as client:
        assert await who(client, timeout=0.1) == "second"
        assert await who(client) == "first"


def test_a_call_in_a_hurry_says_nothing_about_a_broker() -> None:
    made_up(_hurry())


async def _probe_of_another_market() -> None:
    clock = [0.0]
    us = frozenset({Market.US})
    first, second = Broker("first", HandshakeError("refused"), markets=us), Broker("second", markets=us)
    async with route(first, second, clock=lambda: clock[0]) as client:
        await who(client)
        for _ in range(3):
            clock[0] += AWAY / 2
            assert await refused(client, "HK.00700") == {"first": "UnsupportedError", "second": "UnsupportedError"}
        first.does = None
        clock[0] += AWAY / 2
        assert await who(client) == "first"


def test_questions_that_it_cannot_be_asked_keep_nobody_away() -> None:
    made_up(_probe_of_another_market())


# How long each has


async def _time_of(*brokers: Broker, timeout: float) -> tuple[str | dict[str, str], float]:
    """Who answered, or why nobody did; and after how many seconds."""
    began = now()
    async with route(*brokers) as client:
        try:
            outcome: str | dict[str, str] = await who(client, timeout=timeout)
        except RouteError as error:
            outcome = {name: type(reason).__name__ for name, reason in error.reasons.items()}
    return outcome, round(now() - began, 1)


@pytest.mark.parametrize(("timeout", "cost"), [(60, 5.0), (20, 5.0), (8, 4.0), (2, 1.0)])
def test_a_silent_broker_costs_five_seconds_or_half_of_the_time(timeout: float, cost: float) -> None:
    assert made_up(_time_of(Broker("first", for_ever), Broker("second"), timeout=timeout)) == ("second", cost)


def test_of_several_silent_ones_each_costs_no_more() -> None:
    brokers = [Broker(name, for_ever) for name in ("first", "second", "third")]
    assert made_up(_time_of(*brokers, Broker("fourth"), timeout=60)) == ("fourth", 15.0)
    assert made_up(_time_of(*brokers, Broker("fourth"), timeout=8)) == ("fourth", 7.0)


@pytest.mark.parametrize("timeout", [0.02, 0.5, 2, 9, 12, 30, 60, 300])
@pytest.mark.parametrize("number", [1, 2, 3, 6])
def test_when_all_are_silent_every_reason_comes_before_the_deadline(timeout: float, number: int) -> None:
    brokers = [Broker(f"broker {each}", for_ever) for each in range(number)]

    async def law() -> tuple[dict[str, str], float]:
        async with route(*brokers) as client:
            return await refused(client, timeout=timeout), now()

    reasons, ended = made_up(law())
    assert reasons == {broker.name: "DeadlineError" for broker in brokers}
    assert ended <= timeout
    assert ended > timeout - 0.05 or timeout > 12  # as long as one broker is asked, before it is given up


def test_the_last_one_has_all_the_time_that_is_left() -> None:
    assert made_up(_time_of(Broker("first", HandshakeError("refused")), Broker("second", seconds(11)), timeout=12)) == ("second", 11.0)


def test_one_that_is_slow_is_asked_once_more_when_nobody_else_is_there() -> None:
    slow, down = Broker("slow", seconds(8)), Broker("down", HandshakeError("refused"))
    assert made_up(_time_of(slow, down, timeout=60)) == ("slow", 5.0 + 8.0)


def test_of_two_slow_ones_each_has_its_time() -> None:
    assert made_up(_time_of(Broker("first", for_ever), Broker("second", seconds(8)), timeout=60)) == ("second", 5.0 + 8.0)
    silent = Broker("second", for_ever)
    assert made_up(_time_of(Broker("first", seconds(8)), silent, timeout=60)) == ("first", 5.0 + 27.5 + 8.0)


def test_an_answer_that_takes_longer_than_one_attempt_is_waited_for_once() -> None:
    first = Broker("first", seconds(11))
    outcome, took = made_up(_time_of(Broker("down", HandshakeError("refused")), first, timeout=60))
    assert (outcome, took, len(first.asked)) == ("first", 11.0, 1)


# Quotas


class Limited(Broker):
    """Within a quota of so many requests in so many seconds."""

    def __init__(self, name: str, every: float, requests: int = 1) -> None:
        super().__init__(name)
        self.limiter = Limiter(Quota(requests, every), name="toy", clock=now)

    async def _do(self, symbol: Symbol) -> None:
        async with self.limiter.slot():
            await super()._do(symbol)


@pytest.mark.parametrize("first", [Broker("first", QUOTA_ERROR), Limited("first", 3.0)], ids=["refused", "waiting"])
def test_one_that_is_out_of_quota_is_not_waited_for_while_another_can_be_asked(first: Broker) -> None:
    async def law() -> None:
        async with route(first, Broker("second")) as client:
            assert [await who(client) for _ in range(2)][1] == "second"
            assert now() < 0.001

    made_up(law())


async def _back_first() -> None:
    async with route(Limited("first", 30.0), Limited("second", 20.0), Limited("third", 25.0)) as client:
        assert [await who(client) for _ in range(3)] == ["first", "second", "third"]
        assert now() < 0.001
        assert await who(client) == "second"
        assert 20.0 <= now() < 20.5
        assert await who(client) == "third"
        assert 25.0 <= now() < 25.5


def test_when_all_are_out_of_quota_the_one_that_is_back_first_is_waited_for() -> None:
    made_up(_back_first())


async def _too_long() -> None:
    async with route(Limited("first", 30.0), Limited("second", 20.0)) as client:
        assert [await who(client), await who(client)] == ["first", "second"]
        with pytest.raises(RouteError) as raised:
            await client.ark_dynamic("US.TSLA", timeout=10)
        assert now() < 0.001
        first, second = raised.value.reasons["first"], raised.value.reasons["second"]
        assert isinstance(first, QuotaError)
        assert isinstance(second, QuotaError)
        assert [round(first.retry_after), round(second.retry_after)] == [30, 20]


def test_a_wait_for_quota_that_the_deadline_does_not_allow_is_not_begun() -> None:
    made_up(_too_long())


async def _quota_and_silence() -> None:
    first = Limited("first", 20.0)
    async with route(first, Broker("second", for_ever)) as client:
        assert await who(client) == "first"
        assert await who(client) == "first"
        assert 20.0 <= now() < 20.5  # the silence of the other cost none of it


def test_while_quota_is_waited_for_a_silent_broker_is_asked_too() -> None:
    made_up(_quota_and_silence())


# Histories


async def _whole(client: AsyncClient, **asked: Any) -> tuple[str, int, str | None]:
    history = await client.short_volume("US.TSLA", **asked)
    days = [row.day for row in history.rows]
    assert days == sorted({day for day in days if day}, reverse=True)
    return history.source.broker, len(days), history.cursor


def test_a_history_of_several_pages_is_one_brokers() -> None:
    first, second = Broker("first"), Broker("second")
    assert made_up(_whole(route(first, second), limit=120)) == ("first", 120, "first:120")
    assert (first.pages, second.pages) == ([(50, None), (50, "50"), (20, "100")], [])


@pytest.mark.parametrize("does", [HandshakeError("gone"), BadReplyError("nonsense"), for_ever], ids=["lost", "broken", "silent"])
def test_a_history_that_breaks_in_the_middle_is_wholly_the_next_ones(does: Doing) -> None:
    first, second = Broker("first"), Broker("second", page_size=100)
    after_pages(first, 2, does)
    assert made_up(_whole(route(first, second), limit=120)) == ("second", 120, "second:120")
    assert second.pages == [(100, None), (20, "100")]


def test_a_history_that_was_begun_waits_for_quota_rather_than_begin_again() -> None:
    first, second = Limited("first", 40.0, requests=2), Broker("second")
    assert made_up(_whole(route(first, second), limit=120)) == ("first", 120, "first:120")
    assert (len(first.asked), second.pages) == (3, [])


def test_without_a_limit_the_rest_of_a_history_is_the_first_pages_brokers() -> None:
    first, second = Broker("first"), Broker("second")
    assert made_up(_whole(route(first, second), limit=None)) == ("first", DAYS, None)
    assert first.pages == [(50, None), (50, "50"), (50, "100"), (50, "150")]
    broken = Broker("broken")
    after_pages(broken, 2, HandshakeError("gone"))
    with pytest.raises(RouteError) as raised:
        made_up(_whole(route(broken, second), limit=None))
    assert (list(raised.value.reasons), second.pages) == (["broken"], [])


async def _cursor_leads_back() -> None:
    first, second = Broker("first", HandshakeError("down")), Broker("second")
    async with route(first, second) as client:
        assert await _whole(client, limit=60) == ("second", 60, "second:60")
        first.does = None
        assert await _whole(client, limit=60, after="second:60") == ("second", 60, "second:120")
        assert await _whole(client, limit=60, after="first:60") == ("first", 60, "first:120")
        second.does = HandshakeError("down")
        with pytest.raises(RouteError) as raised:
            await client.short_volume("US.TSLA", after="second:60")
        assert list(raised.value.reasons) == ["second"]


def test_a_cursor_leads_to_the_broker_that_gave_it_and_to_no_other() -> None:
    made_up(_cursor_leads_back())


@pytest.mark.parametrize("cursor", ["50", "first", "first:", "third:50", ":50", "firstly:50"])
def test_what_is_no_cursor_of_the_route_is_refused(cursor: str) -> None:
    first = Broker("first")
    with pytest.raises(InvalidRequestError, match=r"is no cursor of this route's; pass the \.cursor of an earlier history of its own"):
        made_up(route(first, Broker("second")).short_volume("US.TSLA", after=cursor))
    assert first.pages == []


def test_a_cursor_that_its_broker_refuses_is_the_callers_mistake() -> None:
    first = Broker("first", InvalidRequestError("after='x' is no day"))
    with pytest.raises(InvalidRequestError, match=r"^after='x' is no day$"):
        made_up(route(first, Broker("second")).short_volume("US.TSLA", after="first:x"))


async def _iterates(*brokers: Broker) -> tuple[list[date | None], BrokerportError | None]:
    days: list[date | None] = []
    async with route(*brokers) as client:
        try:
            async for row in client.iter_short_volume("US.TSLA"):
                days.append(row.day)  # noqa: PERF401  # what came before an error counts
        except BrokerportError as error:
            return days, error
    return days, None


def test_rows_one_by_one_are_one_brokers_to_the_end() -> None:
    first, second = Broker("first"), Broker("second")
    days, error = made_up(_iterates(first, second))
    assert (len(days), error, second.pages) == (DAYS, None, [])
    first = Broker("first")
    after_pages(first, 2, HandshakeError("gone"))
    days, error = made_up(_iterates(first, second))
    assert (len(days), type(error), second.pages) == (100, RouteError, [])


# What is told


def test_the_reasons_are_the_errors_themselves_in_the_order_of_asking() -> None:
    brokers = (Broker("first", ConnectError("nobody")), Broker("second", RejectedError("no", code=7, text="no")))
    with pytest.raises(RouteError) as raised:
        made_up(route(*brokers, Broker("third", markets=frozenset({Market.HK}))).ark_dynamic("US.TSLA"))
    error = raised.value
    assert list(error.reasons) == ["first", "second", "third"]
    assert [type(reason) for reason in error.reasons.values()] == [ConnectError, RejectedError, UnsupportedError]
    assert error.reasons["first"].attempts == ()  # nobody there: it is not asked again while another can be
    assert [reason.__traceback__ for reason in error.reasons.values()] == [None] * 3  # they would hold the frames that hold them
    assert str(error) == (
        "no broker answered ark_dynamic of US.TSLA; "
        "first: ConnectError: nobody; second: RejectedError: no; third: UnsupportedError: third has no US"
    )
    again = pickle.loads(pickle.dumps(error))  # our own bytes
    assert (str(again), list(again.reasons)) == (str(error), list(error.reasons))
    assert (error.retryable, isinstance(again.reasons["second"], RejectedError) and again.reasons["second"].code) == (False, 7)


async def _cancels() -> None:
    first, second = Broker("first", for_ever), Broker("second")
    async with route(first, second) as client:
        task = asyncio.create_task(client.ark_dynamic("US.TSLA"))
        while not first.asked:  # noqa: ASYNC110  # nobody sets an event when it is
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        first.does = None
        assert await who(client) == "first"
    assert second.asked == []


def test_a_cancellation_passes_and_asks_nobody_else() -> None:
    made_up(_cancels())


async def _closes() -> None:
    first, second, third = Broker("first", HandshakeError("refused")), Broker("second"), Broker("third")
    client = route(first, second, third)
    await who(client)
    await client.aclose()
    assert (first.closed, second.closed, third.closed) == (1, 1, 0)  # the third was never asked


def test_closing_closes_every_broker_that_was_asked() -> None:
    made_up(_closes())


def test_a_route_says_what_any_of_its_brokers_says() -> None:
    stops = [
        Stop("a", lambda: (Capability("short_volume", frozenset({Market.US}), Quota(1, 1.0), 20),), lambda: pytest.fail("opened")),
        Stop("b", lambda: (Capability("short_volume", frozenset({Market.HK})), Capability("ark_dynamic")), lambda: pytest.fail("opened")),
        Stop("c", lambda: (Capability("ark_dynamic", frozenset({Market.US})),), lambda: pytest.fail("opened")),
    ]
    assert Route(stops).capabilities() == (Capability("short_volume", frozenset({Market.US, Market.HK})), Capability("ark_dynamic"))
    assert Route([]).capabilities() == ()


# Through a registry


@pytest.fixture
def own() -> Any:
    own = Registry()
    yield own
    own.close()


def _register(own: Registry, *brokers: Broker) -> None:
    def offer(broker: Broker) -> None:
        own.register(broker.name, lambda _: broker)

    for broker in brokers:
        offer(broker)


def test_the_same_route_is_one_client_and_closing_the_registry_closes_it(own: Registry) -> None:
    first, second = Broker("first"), Broker("second")
    _register(own, first, second)
    client = own.route("first", "second")
    assert own.route("first", "second") is client is own.route("first", "second", timeout=60)
    assert own.route("second", "first") is not client
    assert own.route("first", "second", timeout=5) is not client
    assert repr(client) == "<Client first,second>"
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(client)
    assert client.ark_dynamic("US.TSLA").source.broker == "first"
    own.close()
    assert (client.closed, first.closed, second.closed) == (True, 1, 0)
    assert own.route("first", "second") is not client


def test_routes_with_other_secrets_are_other_routes(own: Registry) -> None:
    @frozen(kw_only=True)
    class Keyed(Settings):
        token: Secret

    own.register("first", lambda _: Broker("first"), settings=Keyed)

    def keyed(text: str) -> Client:
        given: dict[str, Any] = {"token": Secret(text)}
        return own.route("first", **given)

    mine, theirs = map(keyed, ("the one of mine", "the one of theirs"))
    assert mine is not theirs
    assert keyed("the one of mine") is mine


@pytest.mark.parametrize("names", [(), ("first", "first"), ("first", None), ("",), ("first", ""), (7,)])
def test_a_route_is_of_names_each_once(own: Registry, names: tuple[Any, ...]) -> None:
    with pytest.raises(InvalidRequestError, match=r"each once, in the order to ask them; not .*; write route\('one', 'two'\)$"):
        own.route(*names)
    with pytest.raises(InvalidRequestError, match=r"; not \['first', 'second'\]; write route\('first', 'second'\)$"):
        own.route(["first", "second"])  # type: ignore[call-overload]
    with pytest.raises(InvalidRequestError, match="timeout='soon' is no time to wait"):
        own.route("first", timeout="soon")  # type: ignore[call-overload]


def test_a_broker_that_cannot_be_had_is_a_reason(own: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(settings: Settings) -> Provider:
        raise OSError("disk")

    own.register("broken", broken)
    own.register("unset", lambda _: Broker("unset"))
    _register(own, Broker("whole"))
    monkeypatch.setenv("BROKERPORT_UNSET_TIMEOUT", "soon")
    assert own.route("missing", "broken", "unset", "whole").ark_dynamic("US.TSLA").source.broker == "whole"
    with pytest.raises(RouteError) as raised:
        own.route("missing", "broken", "unset").ark_dynamic("US.TSLA")
    kinds_of = {name: type(error) for name, error in raised.value.reasons.items()}
    assert kinds_of == {"unset": InvalidRequestError, "missing": UnknownBrokerError, "broken": PluginError}


def test_names_that_nobody_has_are_all_told(own: Registry) -> None:
    with pytest.raises(RouteError) as raised:
        own.route("acme", "beta").ark_dynamic("US.TSLA")
    assert {name: str(error).partition(";")[0] for name, error in raised.value.reasons.items()} == {
        "acme": "no broker 'acme'",
        "beta": "no broker 'beta'",
    }


def test_the_calls_of_the_route_and_of_the_broker_that_it_asked_are_both_heard(own: Registry) -> None:
    _register(own, Broker("first", HandshakeError("refused")), Broker("second"))
    events = heard(own)
    client = own.route("first", "second")
    client.ark_dynamic("US.TSLA")
    assert [(event.broker, kind) for event, kind in zip(events, kinds(events), strict=True)] == [
        ("first,second", "CallStarted"),
        ("first", "CallStarted"),
        ("first", "AttemptFailed"),
        ("first", "CallEnded"),
        ("second", "CallStarted"),
        ("second", "CallEnded"),
        ("first,second", "CallEnded"),
    ]
    assert (client.stats().calls, client.stats().answered) == (1, 1)


async def test_settings_that_are_given_are_every_brokers(own: Registry) -> None:
    seen: list[float] = []

    def make(settings: Settings) -> Provider:
        seen.append(settings.timeout)
        return Broker("toy", HandshakeError("refused"))

    own.register("first", make)
    own.register("second", make)
    async with own.route_async("first", "second") as client:
        assert await refused(client) == {"first": "HandshakeError", "second": "HandshakeError"}
    assert seen.count(60.0) == len(seen)


def test_a_setting_that_no_broker_of_the_route_has_is_refused_at_once(own: Registry) -> None:
    @frozen(kw_only=True)
    class Coloured(Settings):
        colour: str = "blue"

    _register(own, Broker("first"), Broker("second"))
    own.register("third", lambda _: Broker("third"), settings=Coloured)
    red: dict[str, Any] = {"colour": "red"}
    with pytest.raises(InvalidRequestError) as raised:
        own.route("first", "second", "missing", **red)
    assert str(raised.value) == (
        "registry.route('first', 'second', 'missing', ...): there is no setting 'colour'; there are timeout, quotas, share"
    )
    with pytest.raises(
        InvalidRequestError, match=r"there is no setting 'color'; did you mean 'colour'\? there are timeout, quotas, share, colour"
    ):
        own.route_async("first", "third", color="red")  # type: ignore[call-overload]
    assert own.route("first", "third", **red).ark_dynamic("US.TSLA").source.broker == "third"
    with pytest.raises(RouteError):
        own.route("missing", **red).ark_dynamic("US.TSLA")  # it may be a setting of that one's


def test_a_name_that_is_no_brokers_is_in_the_log_once(own: Registry, caplog: pytest.LogCaptureFixture) -> None:
    _register(own, Broker("first"), Broker("second"))
    for _ in range(2):
        assert own.route("firrst", "second").ark_dynamic("US.TSLA").source.broker == "second"
        own.route("second", "firrst")
    installed = ", ".join(own.names())
    text = f"no broker 'firrst'; installed are {installed}; did you mean 'first'?"
    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == [f"a route never asks 'firrst': {text}"]


def test_patience_is_what_the_pages_say() -> None:
    assert (PATIENCE, AWAY) == (5.0, 10.0)
