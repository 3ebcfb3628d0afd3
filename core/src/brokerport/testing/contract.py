"""What holds for every provider, as tests."""
# ruff: noqa: D102  # a test's name is its sentence

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import date, timedelta
from typing import Any, ClassVar, TypeVar

import attrs
import pytest

from brokerport import (
    ArkDynamic,
    AsyncClient,
    BrokerRanking,
    CapitalDistribution,
    Client,
    ClientClosedError,
    History,
    Market,
    Provider,
    Quota,
    ShortInterestHistory,
    ShortVolumeHistory,
    Source,
    Symbol,
    UnsupportedError,
)
from brokerport.providers import QUESTIONS
from brokerport.testing.shape import broken_promises

T = TypeVar("T")

Make = Callable[[], Provider]
Example = tuple[str, str]  # a question, and a symbol that has data for it

ANSWERS: dict[str, type] = {
    "ark_dynamic": ArkDynamic,
    "capital_distribution": CapitalDistribution,
    "broker_ranking": BrokerRanking,
    "short_volume": ShortVolumeHistory,
    "short_interest": ShortInterestHistory,
}
HISTORIES = ("short_volume", "short_interest")
STEPS = 12  # of the event loop, after each of which a call is cancelled once
_WRITING = frozenset("wax+")


class ProviderContract:
    """What callers rely on, whoever the broker is. Make it yours with a subclass::

        class TestAcme(ProviderContract):
            symbols = {"short_volume": ["US.TSLA"], "short_interest": ["US.TSLA"]}

            @pytest.fixture
            def make(self) -> Callable[[], Provider]:
                return lambda: AcmeProvider(AcmeSettings())

    The symbols have data, ten rows of it at least for a history. No test asks a question 30 times.
    """

    #: every question that the provider answers, and the symbols to ask it for
    symbols: ClassVar[Mapping[str, Sequence[str]]] = {}

    @pytest.fixture
    def make(self) -> Make:
        """A function that makes an unconnected provider; each test makes its own."""
        raise NotImplementedError("the subclass has a fixture make, which returns the function that makes a provider")

    @pytest.fixture
    def examples(self) -> list[Example]:
        """Every question with each of its symbols."""
        return [(question, symbol) for question, symbols in self.symbols.items() for symbol in symbols]

    @pytest.fixture
    def histories(self, examples: list[Example]) -> list[Example]:
        """The examples whose answers are histories."""
        return [example for example in examples if example[0] in HISTORIES]

    def test_01_making_it_does_no_io(self, make: Make) -> None:
        make()  # what it imports is there now
        threads = threading.active_count()
        with _Watch() as watch:
            make()
        assert (watch.seen, threading.active_count()) == ([], threads)

    def test_02_its_capabilities_are_the_questions_it_can_be_asked(self, make: Make) -> None:
        provider = make()
        named = [capability.question for capability in provider.capabilities()]
        assert sorted(named) == sorted(question for question, kind in QUESTIONS.items() if isinstance(provider, kind))
        assert sorted(named) == sorted(self.symbols), "every question that it answers needs symbols that have data"

    def test_03_its_capabilities_make_sense(self, make: Make) -> None:
        for capability in make().capabilities():
            markets, quota = capability.markets or frozenset(), capability.quota or Quota(1, 1.0)
            assert {type(market) for market in markets} <= {Market}, capability
            assert (quota.requests > 0, quota.seconds > 0, capability.page_size != 0) == (True, True, True), capability

    def test_04_an_answer_is_what_the_annotations_promise(self, make: Make, examples: list[Example]) -> None:
        for (question, symbol), answer in zip(examples, _run(_ask_each(make, examples)), strict=True):
            assert type(answer) is ANSWERS[question]
            assert list(broken_promises(answer, f"{question}({symbol!r})")) == []

    def test_05_an_answer_names_its_symbol_and_its_source(self, make: Make, examples: list[Example]) -> None:
        for (_, symbol), answer in zip(examples, _run(_ask_each(make, examples)), strict=True):
            source: Source = answer.source
            assert answer.symbol == Symbol.parse(symbol)
            assert source.broker
            assert source.fetched_at.utcoffset() == timedelta(0)

    def test_06_an_answer_cannot_be_changed(self, make: Make, examples: list[Example]) -> None:
        for answer in _run(_ask_each(make, examples)):
            assert hash(answer) == hash(attrs.evolve(answer))
            with pytest.raises(attrs.exceptions.FrozenInstanceError):
                answer.symbol = Symbol.parse("US.TSLA")

    def test_07_times_are_in_the_zone_of_the_market(self, make: Make, examples: list[Example]) -> None:
        for answer in _run(_ask_each(make, examples)):
            for time in filter(None, (getattr(answer, name, None) for name in ("as_of", "updated_at"))):
                assert time.utcoffset() == time.astimezone(answer.symbol.market.zone).utcoffset()

    def test_08_rows_are_newest_first(self, make: Make, histories: list[Example]) -> None:
        for history in _run(_ask_each(make, histories)):
            days: list[date] = [row.day for row in history if row.day is not None]
            assert days == sorted(set(days), reverse=True)

    def test_09_a_limit_cuts_the_oldest_rows_off(self, make: Make, histories: list[Example]) -> None:
        async def both(client: AsyncClient, question: str, symbol: str) -> tuple[History[Any], History[Any]]:
            return await _ask(client, question, symbol, limit=3), await _ask(client, question, symbol, limit=7)

        for few, more in _run(_each(make, histories, both)):
            assert (len(few), len(more)) == (3, 7)
            assert few.rows == more.rows[:3]

    def test_10_a_cursor_goes_on_where_the_rows_ended(self, make: Make, histories: list[Example]) -> None:
        async def both(client: AsyncClient, question: str, symbol: str) -> tuple[History[Any], History[Any], History[Any]]:
            first = await _ask(client, question, symbol, limit=4)
            rest = await _ask(client, question, symbol, limit=5, after=first.cursor)
            return first, rest, await _ask(client, question, symbol, limit=9)

        for first, rest, whole in _run(_each(make, histories, both)):
            assert (*first, *rest) == whole.rows
            assert rest.cursor == whole.cursor

    @pytest.mark.parametrize("page_size", [1, 3, 50])
    def test_11_rows_are_the_same_whatever_the_size_of_a_page(self, make: Make, histories: list[Example], page_size: int) -> None:
        async def both(client: AsyncClient, question: str, symbol: str) -> tuple[list[Any], History[Any]]:
            whole = await _ask(client, question, symbol, limit=9)
            paged: list[Any] = []
            after = None
            while len(paged) < len(whole):
                page = await _ask(client, question, symbol, limit=min(page_size, len(whole) - len(paged)), after=after)
                paged.extend(page)
                after = page.cursor
            return paged, whole

        for paged, whole in _run(_each(make, histories, both)):
            assert tuple(paged) == whole.rows

    def test_12_the_last_page_has_no_cursor(self, make: Make, histories: list[Example]) -> None:
        async def whole(client: AsyncClient, question: str, symbol: str) -> History[Any]:
            history: History[Any] = await _ask(client, question, symbol, limit=None)
            return history

        assert [history.cursor for history in _run(_each(make, histories, whole))] == [None] * len(histories)

    def test_13_row_by_row_it_is_the_same(self, make: Make, histories: list[Example]) -> None:
        async def both(client: AsyncClient, question: str, symbol: str) -> tuple[list[Any], History[Any]]:
            rows = getattr(client, f"iter_{question}")(symbol, limit=60)
            return [row async for row in rows], await _ask(client, question, symbol, limit=60)

        for rows, whole in _run(_each(make, histories, both)):
            assert tuple(rows) == whole.rows

    def test_14_a_market_without_the_data_is_unsupported(self, make: Make) -> None:
        elsewhere = [
            (capability.question, f"{market}.1")
            for capability in make().capabilities()
            for market in sorted(set(Market) - (capability.markets or set(Market)))
        ]

        async def refused(client: AsyncClient, question: str, symbol: str) -> None:
            with pytest.raises(UnsupportedError):
                await _ask(client, question, symbol)

        _run(_each(make, elsewhere, refused))

    def test_15_calls_at_the_same_time_get_their_own_answers(self, make: Make, examples: list[Example]) -> None:
        async def crowd() -> list[Any]:
            async with _client(make) as client:
                return await asyncio.gather(*(_ask(client, *example) for _ in range(5) for example in examples))

        for (question, symbol), answer in zip(examples * 5, _run(crowd()), strict=True):
            assert (type(answer), answer.symbol) == (ANSWERS[question], Symbol.parse(symbol))

    def test_16_a_cancelled_call_leaves_it_usable(self, make: Make, examples: list[Example]) -> None:
        async def usable() -> Any:
            async with _client(make) as client:
                for steps in range(STEPS):
                    await _cancelled(_ask(client, *examples[0]), after=steps)
                return await _ask(client, *examples[0])

        assert _run(usable()).symbol == Symbol.parse(examples[0][1])

    def test_17_closing_ends_a_running_call(self, make: Make, examples: list[Example]) -> None:
        async def outcome(steps: int) -> BaseException | Any:
            async with _client(make) as client:
                call = asyncio.create_task(_ask(client, *examples[0]))
                await _steps(steps)
            return (await asyncio.gather(call, return_exceptions=True))[0]

        for steps in range(1, STEPS):
            answer = _run(outcome(steps))
            assert isinstance(answer, ANSWERS[examples[0][0]] | ClientClosedError), answer

    def test_18_it_closes_twice_and_unconnected(self, make: Make, examples: list[Example]) -> None:
        async def close() -> list[None]:
            unused, used = make(), make()
            question, symbol = examples[0]
            await _ask(AsyncClient(lambda: used, broker="contract"), question, symbol)
            return [await provider.aclose() for provider in (unused, unused, used, used)]  # type: ignore[func-returns-value]

        assert _run(close()) == [None] * 4

    def test_19_callers_that_block_get_the_same_answers(self, make: Make, histories: list[Example]) -> None:
        with Client(make, broker="contract") as client:
            blocking = [getattr(client, question)(symbol, limit=3).rows for question, symbol in histories]
        assert blocking == [history.rows[:3] for history in _run(_ask_each(make, histories))]


class _Watch:
    """Notes what is opened, written or connected in this thread, between its start and its end."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self._thread: int | None = None
        sys.addaudithook(self._hear)  # for ever: hooks cannot be taken away

    def __enter__(self) -> _Watch:
        self._thread = threading.get_ident()
        return self

    def __exit__(self, *_: object) -> None:
        self._thread = None

    def _hear(self, event: str, details: tuple[Any, ...]) -> None:
        if self._thread != threading.get_ident():
            return
        writes = event == "open" and not _WRITING.isdisjoint(str(details[1]))
        if writes or event.startswith(("socket.", "subprocess.", "os.system", "os.mkdir", "os.remove", "os.rename")):
            self.seen.append(f"{event}{details}")


def _run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


@asynccontextmanager
async def _client(make: Make) -> AsyncIterator[AsyncClient]:
    async with AsyncClient(make, broker="contract") as client:
        yield client


def _ask(client: AsyncClient, question: str, symbol: str, **arguments: Any) -> Coroutine[Any, Any, Any]:
    asked: Coroutine[Any, Any, Any] = getattr(client, question)(symbol, **arguments)
    return asked


async def _each(make: Make, examples: list[Example], ask: Callable[[AsyncClient, str, str], Awaitable[T]]) -> list[T]:
    async with _client(make) as client:
        return [await ask(client, *example) for example in examples]


async def _ask_each(make: Make, examples: list[Example]) -> list[Any]:
    return await _each(make, examples, _ask)


async def _cancelled(work: Coroutine[Any, Any, object], *, after: int) -> None:
    task = asyncio.create_task(work)
    await _steps(after)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def _steps(count: int) -> None:
    """Let the event loop go round so often."""
    for _ in range(count):
        await asyncio.sleep(0)
