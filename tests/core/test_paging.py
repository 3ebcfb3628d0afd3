"""Pages follow one another, and only those that are needed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import count
from typing import Any

import attrs
import pytest
from attrs import define, field
from hypothesis import given
from hypothesis import strategies as st

from brokerport import (
    AsyncClient,
    BadReplyError,
    BrokerportError,
    Client,
    ConnectionLostError,
    DeadlineError,
    InvalidRequestError,
    OpenShort,
    Paged,
    PaginationError,
    PluginError,
    Provider,
    Question,
    QuotaError,
    RejectedError,
    Rows,
    ShortInterest,
    ShortInterestHistory,
    ShortProvider,
    ShortVolume,
    ShortVolumeHistory,
    Source,
    Symbol,
)
from brokerport.calls import paging
from brokerport.calls.paging import LONGEST_CURSOR, MOST_ROWS
from brokerport.questions.arguments import After, Limit
from brokerport.questions.known import Known
from brokerport.testing import run_in_virtual_time

NEWEST = date(2024, 5, 31)
NIGHT = datetime(2024, 5, 31, tzinfo=UTC)
HK = Symbol.parse("HK.00700")


def rows(count: int) -> tuple[ShortVolume, ...]:
    return tuple(ShortVolume(day=NEWEST - timedelta(days=age), short_volume=age) for age in range(count))


def reports(count: int) -> tuple[ShortInterest, ...]:
    return tuple(ShortInterest(day=NEWEST - timedelta(weeks=age), short_shares=age) for age in range(count))


@define
class Archive(ShortProvider):
    """So many rows, in pages; notes what each page was asked for. A cursor is the number of rows before it."""

    size: int
    page_size: int = 50
    asked: list[tuple[int | None, str | None]] = field(factory=list)

    async def short_volume(self, symbol: Symbol, *, limit: int | None, after: str | None) -> ShortVolumeHistory:
        part, told = self._page(limit, after)
        return ShortVolumeHistory(symbol=symbol, rows=rows(self.size)[part], open_short=OpenShort(shares=len(self.asked)), **told)

    async def short_interest(self, symbol: Symbol, *, limit: int | None, after: str | None) -> ShortInterestHistory:
        part, told = self._page(limit, after)
        return ShortInterestHistory(symbol=symbol, rows=reports(self.size)[part], **told)

    def _page(self, limit: int | None, after: str | None) -> tuple[slice, dict[str, Any]]:
        self.asked.append((limit, after))
        start = int(after or 0)
        end = min(start + min(limit or self.page_size, self.page_size), self.size)
        source = Source("toy", NIGHT + timedelta(minutes=len(self.asked)))
        return slice(start, end), {"cursor": str(end) if end < self.size else None, "source": source}


@define
class Script(ShortProvider):
    """Gives these pages, whatever it is asked for."""

    pages: list[Any]

    async def short_volume(self, symbol: Symbol, *, limit: int | None, after: str | None) -> ShortVolumeHistory:
        page: ShortVolumeHistory = self.pages.pop(0)
        return page

    async def short_interest(self, symbol: Symbol, *, limit: int | None, after: str | None) -> ShortInterestHistory:
        raise NotImplementedError


def page(*days: int, cursor: str | None = None) -> ShortVolumeHistory:
    every = rows(100)
    return ShortVolumeHistory(
        symbol=HK, rows=tuple(every[day] for day in days), cursor=cursor, source=Source("toy", datetime(2024, 5, 31, tzinfo=UTC))
    )


async def whole(provider: ShortProvider, **given: Any) -> ShortVolumeHistory:
    async with AsyncClient(lambda: provider, broker="toy") as client:
        return await client.short_volume(HK, **given)


async def row_by_row(provider: ShortProvider, **given: Any) -> list[ShortVolume]:
    async with AsyncClient(lambda: provider, broker="toy") as client:
        return [row async for row in client.iter_short_volume(HK, **given)]


@pytest.mark.parametrize(
    ("limit", "asked"),
    [
        (1, [(1, None)]),
        (4, [(4, None)]),
        (5, [(5, None), (1, "4")]),
        (8, [(8, None), (4, "4")]),
        (9, [(9, None), (5, "4"), (1, "8")]),
        (10, [(10, None), (6, "4"), (2, "8")]),
        (11, [(11, None), (7, "4"), (3, "8")]),
        (None, [(None, None), (None, "4"), (None, "8")]),
    ],
)
async def test_each_page_is_asked_only_for_what_is_missing(limit: int | None, asked: list[tuple[int | None, str | None]]) -> None:
    archive = Archive(10, page_size=4)
    history = await whole(archive, limit=limit)
    assert history.rows == rows(10)[:limit]
    assert archive.asked == asked


async def test_without_a_word_it_is_ten_rows() -> None:
    archive = Archive(30)
    assert (await whole(archive)).rows == rows(10)
    assert archive.asked == [(10, None)]


async def test_row_by_row_without_a_word_it_is_all() -> None:
    archive = Archive(7, page_size=3)
    assert tuple(await row_by_row(archive)) == rows(7)
    assert archive.asked == [(None, None), (None, "3"), (None, "6")]


async def test_a_limit_reached_at_the_end_of_a_page_asks_for_no_other() -> None:
    archive = Archive(10, page_size=5)
    history = await whole(archive, limit=5)
    assert (archive.asked, history.cursor) == ([(5, None)], "5")


async def test_the_cursor_of_the_whole_is_that_of_its_last_page() -> None:
    first = await whole(Archive(10, page_size=3), limit=7)
    rest = await whole(Archive(10, page_size=3), limit=None, after=first.cursor)
    assert (first.cursor, rest.cursor) == ("7", None)
    assert first.rows + rest.rows == rows(10)


async def test_what_belongs_to_no_row_is_the_first_pages_and_the_source_the_last_ones() -> None:
    history = await whole(Archive(9, page_size=3), limit=None)
    assert history.open_short == OpenShort(shares=1)
    assert history.source.fetched_at == NIGHT + timedelta(minutes=3)


async def test_the_days_that_are_missing_are_those_of_all_pages() -> None:
    days = [date(2024, 5, 20), date(2024, 5, 10)]
    pages = [attrs.evolve(page(each, cursor=cursor), missing=(day,)) for each, cursor, day in ((0, "1", days[0]), (1, None, days[1]))]
    assert (await whole(Script([*pages]), limit=None)).missing == tuple(days)


async def test_a_history_without_rows_is_one_page() -> None:
    archive = Archive(0)
    history = await whole(archive, limit=None)
    assert (len(history), history.cursor, archive.asked) == (0, None, [(None, None)])


async def test_a_last_page_may_be_empty() -> None:
    assert (await whole(Script([page(0, 1, cursor="a"), page()]), limit=None)).rows == rows(2)


async def test_short_interest_follows_pages_too() -> None:
    archive = Archive(9, page_size=3)
    async with AsyncClient(lambda: archive, broker="toy") as client:
        history = await client.short_interest(HK, limit=7)
        each = [row async for row in client.iter_short_interest(HK, limit=7)]
    assert history.rows == tuple(each) == reports(7)
    assert archive.asked == [(7, None), (4, "3"), (1, "6")] * 2


@pytest.mark.parametrize(("ask", "handed_out"), [(whole, 0), (row_by_row, 2)])
async def test_a_cursor_that_comes_a_second_time_ends_it_with_the_rows_so_far(ask: Any, handed_out: int) -> None:
    script = Script([page(0, cursor="a"), page(1, cursor="b"), page(2, cursor="a"), page(3)])
    with pytest.raises(PaginationError, match=r"HK\.00700: after 2 rows the cursor 'a' came a second time") as raised:
        await ask(script, limit=None)
    assert (raised.value.rows, raised.value.cursor) == (rows(3)[handed_out:], None)
    assert len(script.pages) == 1


async def test_a_cursor_that_leads_back_to_the_callers_own_repeats_too() -> None:
    with pytest.raises(PaginationError, match="the cursor 'mine' came a second time") as raised:
        await whole(Script([page(5, cursor="mine")]), limit=None, after="mine")
    assert raised.value.rows == rows(6)[5:]


@pytest.mark.parametrize(("ask", "handed_out"), [(whole, 0), (row_by_row, 2)])
async def test_a_page_without_rows_that_names_a_next_one_ends_it(ask: Any, handed_out: int) -> None:
    script = Script([page(0, 1, cursor="a"), page(cursor="b"), page(2)])
    with pytest.raises(PaginationError, match="after 2 rows came a page without rows that names a next one, 'b'") as raised:
        await ask(script, limit=None)
    assert (raised.value.rows, raised.value.cursor) == (rows(2)[handed_out:], "a")


@pytest.mark.parametrize("ask", [whole, row_by_row])
async def test_more_rows_than_asked_for_break_the_protocol(ask: Any) -> None:
    with pytest.raises(BadReplyError, match="after 2 rows at most 1 more were asked for and 2 came"):
        await ask(Script([page(0, 1, cursor="a"), page(2, 3)]), limit=3)


@pytest.mark.parametrize("ask", [whole, row_by_row])
@pytest.mark.parametrize("nonsense", [None, [], {"rows": []}, 5])
async def test_what_is_no_page_is_the_plugins_fault(ask: Any, nonsense: object) -> None:
    with pytest.raises(PluginError, match=r"after 1 rows the plugin gave .* which is no page of a history; tell its author"):
        await ask(Script([page(0, cursor="a"), nonsense]), limit=None)


class Endless(Sequence[Any]):
    """Says that it has one row, and never comes to its end."""

    def __init__(self) -> None:
        self.given = 0

    def __len__(self) -> int:
        return 1

    def __getitem__(self, index: Any) -> Any:
        self.given += 1
        return rows(1)[0]


class LyingTuple(tuple[Any, ...]):
    __slots__ = ()

    def __len__(self) -> int:
        return 1

    def __iter__(self) -> Any:
        raise AssertionError("its rows were looked at")


@pytest.mark.parametrize("ask", [whole, row_by_row])
@pytest.mark.parametrize("lie", [Endless(), count(), LyingTuple(rows(3)), {1: 2}, None, "rows"], ids=lambda lie: type(lie).__name__)
async def test_rows_that_are_no_tuple_are_the_plugins_fault_and_never_begun(ask: Any, lie: Any) -> None:
    with pytest.raises(
        PluginError, match=rf"after 0 rows the plugin gave '{type(lie).__name__}' for the rows of a page, which is no tuple;"
    ):
        await ask(Script([attrs.evolve(page(), rows=lie, cursor="a")]), limit=10)
    assert getattr(lie, "given", 0) == 0


@pytest.mark.parametrize("ask", [whole, row_by_row])
async def test_a_page_of_any_size_is_refused_by_its_count(ask: Any) -> None:
    vast = attrs.evolve(page(), rows=rows(1) * 2_000_000)
    with pytest.raises(
        BadReplyError, match=r"^(toy\.\w+\('HK.00700'\): )?HK.00700: after 0 rows at most 5 more were asked for and 2000000 came"
    ):
        await ask(Script([vast]), limit=5)
    with pytest.raises(PaginationError, match=r"came 2000000 more, and without a limit a call holds no more than 100,000; pass limit="):
        await ask(Script([vast]), limit=None)


async def test_without_a_limit_rows_have_an_end_and_none_is_lost() -> None:
    half = MOST_ROWS // 2
    days = [ShortVolume(day=date.fromordinal(1 + number)) for number in range(3 * half)]
    pages = [paged(*days[number * half : (number + 1) * half], cursor=str(number)) for number in range(3)]
    with pytest.raises(PaginationError, match="without a limit a call holds no more than 100,000") as raised:
        await whole(Script([*pages]), limit=None)
    assert (len(raised.value.rows), raised.value.cursor) == (MOST_ROWS, "1")
    assert len((await whole(Script([*pages]), limit=3 * half)).rows) == 3 * half


@pytest.mark.parametrize("ask", [whole, row_by_row])
async def test_what_is_no_cursor_is_the_plugins_fault(ask: Any) -> None:
    nonsense: Any = 7
    with pytest.raises(PluginError, match=r"after 0 rows the plugin gave 'int' for a cursor, which is no text; tell its author"):
        await ask(Script([attrs.evolve(page(0), cursor=nonsense)]), limit=10)


@pytest.mark.parametrize("ask", [whole, row_by_row])
async def test_a_cursor_has_a_greatest_length(ask: Any) -> None:
    longest = "x" * LONGEST_CURSOR
    assert len(list(await ask(Script([page(0, cursor=longest), page(1)]), limit=None))) == 2
    with pytest.raises(
        PaginationError, match=r"after 1 rows came a cursor of 1,000,000 characters, and none has more than 4,096"
    ) as raised:
        await ask(Script([page(0, cursor=longest), page(1, cursor="x" * 1_000_000)]), limit=None)
    assert (raised.value.rows[-1:], raised.value.cursor) == ((rows(2)[1],), None)


def test_what_is_kept_of_each_cursor_is_as_long_for_all() -> None:
    walk: paging._Walk[ShortVolumeHistory] = paging._Walk(partial(Script([]).short_volume, HK), ("day",), None, "a" * LONGEST_CURSOR)
    for number, row in enumerate(rows(1000)):
        walk._pass(paged(row, cursor=f"{number}" * 1000))
    assert {len(mark) for mark in walk._seen} == {16}
    assert len(walk._seen) == 1001


async def test_a_repeated_cursor_is_shown_in_short_and_cannot_harm() -> None:
    hostile = "\x1b]0;owned\x07\u202e\n" * 300
    with pytest.raises(PaginationError, match="came a second time") as raised:
        await whole(Script([page(0, cursor=hostile), page(1, cursor=hostile)]), limit=None)
    assert len(str(raised.value)) < 450
    assert str(raised.value).isprintable()


async def test_rows_that_came_before_the_error_were_given() -> None:
    async with AsyncClient(lambda: Script([page(0, 1, cursor="a"), page(cursor="b")]), broker="toy") as client:
        each = client.iter_short_volume(HK)
        before = await anext(each), await anext(each)
        with pytest.raises(PaginationError):
            await anext(each)
    assert before == rows(2)


# rows that come again


def restated(day: int, figure: int) -> ShortVolume:
    return attrs.evolve(rows(100)[day], short_volume=figure)


def paged(*told: ShortVolume, cursor: str | None = None) -> ShortVolumeHistory:
    return ShortVolumeHistory(symbol=HK, rows=told, cursor=cursor, source=Source("toy", NIGHT))


async def test_a_row_that_comes_on_two_pages_is_given_once_and_the_last_word_stands_in_its_place() -> None:
    script = Script([page(0, 1, cursor="a"), paged(restated(1, 77), *rows(4)[2:], cursor="b"), paged(restated(0, 88))])
    assert (await whole(script, limit=None)).rows == (restated(0, 88), restated(1, 77), *rows(4)[2:])


async def test_an_iterator_cannot_take_back_what_it_gave_and_gives_it_once() -> None:
    script = Script([page(0, 1, cursor="a"), paged(restated(1, 77), *rows(4)[2:], cursor="b"), paged(restated(0, 88))])
    assert tuple(await row_by_row(script)) == rows(4)


def test_so_does_one_for_callers_that_block() -> None:
    script = Script([page(0, 1, cursor="a"), page(0, 1, cursor="b"), page(1, 2)])
    with Client(lambda: script, broker="toy") as client:
        assert tuple(client.iter_short_volume(HK)) == rows(3)


@pytest.mark.parametrize("ask", [whole, row_by_row])
async def test_a_row_that_comes_twice_on_one_page_is_given_once(ask: Any) -> None:
    assert tuple(await ask(Script([paged(*rows(2), restated(0, 99), rows(2)[1])]), limit=None)) == (restated(0, 99), rows(2)[1])


@pytest.mark.parametrize("ask", [whole, row_by_row])
@pytest.mark.parametrize("limit", [4, 5, None])
async def test_doubles_do_not_count_towards_the_limit(ask: Any, limit: int | None) -> None:
    script = Script([page(0, 1, 2, cursor="a"), page(2, cursor="b"), page(3, cursor="c"), page(4), page(5)])
    assert tuple(await ask(script, limit=limit)) == rows(5)[:limit]


@pytest.mark.parametrize("ask", [whole, row_by_row])
async def test_rows_that_do_not_say_what_they_are_of_all_stay(ask: Any) -> None:
    nameless = ShortVolume(short_volume=7)
    told = await ask(Script([paged(nameless, *rows(1), nameless, cursor="a"), paged(nameless)]), limit=None)
    assert tuple(told) == (nameless, *rows(1), nameless, nameless)


@pytest.mark.parametrize(("ask", "handed_out"), [(whole, 0), (row_by_row, 2)])
async def test_a_broker_that_goes_round_with_ever_new_cursors_is_left(ask: Any, handed_out: int) -> None:
    script = Script([page(0, 1, cursor=str(number)) for number in range(9)])
    with pytest.raises(PaginationError, match=r"HK\.00700: after 2 rows came 3 pages whose rows had all come before") as raised:
        await ask(script, limit=None)
    assert (raised.value.rows, raised.value.cursor, len(script.pages)) == (rows(2)[handed_out:], "3", 5)


@pytest.mark.parametrize(("ask", "handed_out"), [(whole, 0), (row_by_row, 2)])
async def test_an_error_carries_no_row_twice(ask: Any, handed_out: int) -> None:
    script = Script([page(0, cursor="a"), page(1, cursor="b"), page(0, 1, cursor="a")])
    with pytest.raises(PaginationError, match="came a second time") as raised:
        await ask(script, limit=None)
    assert raised.value.rows == rows(2)[handed_out:]


@define
class Growing(Archive):
    """An archive whose pages begin with rows of the one before, as many as were added meanwhile; no cursor comes twice."""

    added: list[int] = field(factory=list)

    def _page(self, limit: int | None, after: str | None) -> tuple[slice, dict[str, Any]]:
        meanwhile = self.added.pop(0) if self.added and after else 0
        before = str(int(after.partition(" ")[0]) - meanwhile) if after else None
        part, told = super()._page(limit, before)
        return part, {**told, "cursor": told["cursor"] and f"{told['cursor']} {len(self.asked)}"}


@given(size=st.integers(0, 30), page_size=st.integers(3, 9), added=st.lists(st.integers(0, 2), max_size=9))
def test_rows_that_are_added_meanwhile_double_none_and_leave_none_out(size: int, page_size: int, added: list[int]) -> None:
    async def both() -> tuple[ShortVolumeHistory, list[ShortVolume]]:
        archives = [Growing(size, page_size, added=[*added]) for _ in range(2)]
        return await whole(archives[0], limit=None), await row_by_row(archives[1])

    history, each = asyncio.run(both())
    assert history.rows == tuple(each) == rows(size)


@attrs.frozen
class Trade:
    day: int
    side: str


@attrs.frozen(kw_only=True)
class Trades(Paged[Trade]):
    rows: tuple[Trade, ...] = ()


class TradesProvider(Provider):
    async def trades(self, *, limit: int | None, after: str | None) -> Trades:
        several = (Trade(1, "buy"), Trade(1, "sell"), Trade(2, "sell"))
        return Trades(rows=several, cursor=None if after else "more", source=Source("toy", NIGHT))


def trades(*, limit: Limit = 10, after: After = None, timeout: float | None = None) -> Trades:
    raise NotImplementedError


@pytest.mark.parametrize(("key", "given"), [(("day", "side"), 3), (("side",), 2), (("absent",), 6), ((), 6)])
async def test_a_question_names_what_tells_its_rows_apart(key: tuple[str, ...], given: int) -> None:
    question = Question(trades, TradesProvider, rows=key)
    async with AsyncClient(TradesProvider, broker="toy", questions=Known()) as client:
        assert len(await client.ask(question)) == given
        assert len([row async for row in client.iterate(question)]) == given


async def test_an_iterator_knows_whose_rows_it_gives_and_from_where() -> None:
    archive = Archive(4, page_size=2)
    async with AsyncClient(lambda: archive, broker="toy") as client:
        each = client.iter_short_volume("HK.00700")
        assert (each.symbol, each.market, each.source) == (HK, None, None)
        found = [(await anext(each), each.source)[1] for _ in range(4)]
    assert [told.fetched_at for told in found if told] == [NIGHT + timedelta(minutes=minute) for minute in (1, 1, 2, 2)]


async def test_an_iterator_shows_itself_by_its_symbol() -> None:
    async with AsyncClient(lambda: Archive(4), broker="toy") as client:
        assert repr(client.iter_short_volume("HK.00700")) == "<AsyncRows of HK.00700>"
    with Client(lambda: Archive(4), broker="toy") as blocking:
        assert repr(blocking.iter_short_volume("HK.00700")) == "<Rows of HK.00700>"
    assert repr(Rows[object](lambda: None)) == "<Rows>"


def test_so_does_one_that_blocks() -> None:
    with Client(lambda: Archive(4, page_size=2), broker="toy") as client:
        each = client.iter_short_volume("HK.00700")
        assert (each.symbol, each.source, next(each), each.source) == (HK, None, rows(1)[0], Source("toy", NIGHT + timedelta(minutes=1)))


@define
class Slow(Archive):
    """An archive that begins to answer, and goes on when it may."""

    begun: asyncio.Event = field(factory=asyncio.Event)
    may: asyncio.Event = field(factory=asyncio.Event)

    async def short_volume(self, symbol: Symbol, *, limit: int | None, after: str | None) -> ShortVolumeHistory:
        self.begun.set()
        await self.may.wait()
        return await super().short_volume(symbol, limit=limit, after=after)


async def test_an_iterator_whose_next_page_somebody_waits_for_refuses_another_and_loses_no_row() -> None:
    archive = Slow(4, page_size=2)
    async with AsyncClient(lambda: archive, broker="toy") as client:
        each = client.iter_short_volume("HK.00700")
        first = asyncio.create_task(anext(each))
        await archive.begun.wait()
        with pytest.raises(InvalidRequestError, match="give each thread or task an iterator of its own"):
            await anext(each)
        archive.may.set()
        assert (await first, *[row async for row in each]) == rows(4)


# what an error carries


@define
class Breaking(Archive):
    """An archive that gives so many pages, then raises the error, or never answers."""

    breaks_after: int = 2
    error: Exception | None = None

    def _page(self, limit: int | None, after: str | None) -> tuple[slice, dict[str, Any]]:
        if self.error is not None and len(self.asked) == self.breaks_after:
            raise self.error
        return super()._page(limit, after)

    async def short_volume(self, symbol: Symbol, *, limit: int | None, after: str | None) -> ShortVolumeHistory:
        if self.error is None and len(self.asked) == self.breaks_after:
            await asyncio.Event().wait()
        return await super().short_volume(symbol, limit=limit, after=after)


ERRORS = [
    QuotaError("used up", retry_after=90.0),
    ConnectionLostError("gone"),
    RejectedError("no", code=-1, text="no"),
    BadReplyError("nonsense"),
    ValueError("a bug"),
    None,
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_in_the_middle_carries_what_came_and_the_cursor_to_go_on_with(error: Exception | None) -> None:
    archive = Breaking(10, page_size=3, error=error)
    with pytest.raises(BrokerportError) as raised:
        run_in_virtual_time(whole(archive, limit=None, timeout=60))
    assert (raised.value.rows, raised.value.cursor) == (rows(6), "6")
    rest = run_in_virtual_time(whole(Archive(10, page_size=3), limit=None, after=raised.value.cursor))
    assert (*raised.value.rows, *rest.rows) == rows(10)


def test_the_error_that_ends_a_call_by_its_deadline_is_the_deadlines() -> None:
    with pytest.raises(DeadlineError, match="had 60 s") as raised:
        run_in_virtual_time(whole(Breaking(10, page_size=3), limit=8))
    assert (raised.value.rows, raised.value.cursor) == (rows(6), "6")


def test_an_iterators_error_does_not_repeat_what_it_gave_and_leads_on() -> None:
    async def run() -> tuple[list[ShortVolume], BrokerportError]:
        async with AsyncClient(lambda: Breaking(10, page_size=3), broker="toy") as client:
            each = client.iter_short_volume(HK)
            given = [await anext(each) for _ in range(6)]
            with pytest.raises(DeadlineError) as raised:
                await anext(each)
        return given, raised.value

    given, error = run_in_virtual_time(run())
    assert (tuple(given), error.rows, error.cursor) == (rows(6), (), "6")


def test_an_iterator_for_callers_that_block_says_where_to_go_on_too() -> None:
    with Client(lambda: Breaking(10, page_size=3, error=RejectedError("no", code=-1, text="no")), broker="toy") as client:
        each = client.iter_short_volume(HK)
        given = [next(each) for _ in range(6)]
        with pytest.raises(RejectedError) as raised:
            next(each)
    assert (tuple(given), raised.value.rows, raised.value.cursor) == (rows(6), (), "6")


async def test_an_error_before_the_first_page_leads_to_where_the_caller_began() -> None:
    error = RejectedError("no", code=-1, text="no")
    for after in (None, "3"):
        with pytest.raises(RejectedError) as raised:
            await whole(Breaking(10, error=error, breaks_after=0), limit=None, after=after)
        assert (raised.value.rows, raised.value.cursor) == ((), after)


async def test_one_error_that_ends_several_histories_carries_the_rows_of_each() -> None:
    lost = RejectedError("no", code=-1, text="no")
    archives = [Breaking(10, page_size=size, error=lost, breaks_after=1) for size in (2, 3)]
    ends: list[Any] = await asyncio.gather(*(whole(each, limit=None) for each in archives), return_exceptions=True)
    assert [(each.rows, each.cursor, each.code) for each in ends] == [(rows(2), "2", -1), (rows(3), "3", -1)]
    assert (lost.rows, lost.cursor) == ((), None)


async def test_a_page_with_too_many_rows_is_no_part_of_what_came() -> None:
    with pytest.raises(BadReplyError) as raised:
        await whole(Script([page(0, 1, cursor="a"), page(2, 3)]), limit=3)
    assert (raised.value.rows, raised.value.cursor) == (rows(2), "a")


async def test_the_cause_of_an_error_stays_its_cause() -> None:
    cause = OSError("reset")
    error = RejectedError("no", code=-1, text="no")
    error.__cause__ = cause
    with pytest.raises(RejectedError) as raised:
        await whole(Breaking(10, page_size=3, error=error), limit=None)
    assert raised.value.__cause__ is cause
    assert raised.value is not error


async def test_a_page_is_fetched_when_its_first_row_is_wanted_and_not_before() -> None:
    archive = Archive(6, page_size=2)
    async with AsyncClient(lambda: archive, broker="toy") as client:
        each = client.iter_short_volume(HK)
        assert archive.asked == []
        pages = [(await anext(each), len(archive.asked))[1] for _ in range(6)]
    assert pages == [1, 1, 2, 2, 3, 3]


def test_so_it_is_for_callers_that_block() -> None:
    archive = Archive(6, page_size=2)
    with Client(lambda: archive, broker="toy") as client:
        each = client.iter_short_volume(HK)
        assert archive.asked == []
        pages = [(next(each), len(archive.asked))[1] for _ in range(6)]
    assert pages == [1, 1, 2, 2, 3, 3]


async def test_the_row_that_fills_the_limit_asks_for_nothing_more() -> None:
    archive = Archive(6, page_size=2)
    assert tuple(await row_by_row(archive, limit=4)) == rows(4)
    assert archive.asked == [(4, None), (2, "2")]


def test_who_leaves_an_iterator_early_leaves_nothing_behind() -> None:
    archive = Archive(6, page_size=2)
    with Client(lambda: archive, broker="toy") as client:
        first = next(client.iter_short_volume(HK))
        assert client.short_volume(HK, limit=1).rows == (first,) == rows(1)


@given(size=st.integers(0, 40), page_size=st.integers(1, 50), limit=st.none() | st.integers(1, 60))
def test_rows_do_not_depend_on_the_size_of_a_page(size: int, page_size: int, limit: int | None) -> None:
    archive = Archive(size, page_size=page_size)
    wanted = rows(size)[:limit]

    async def both() -> tuple[ShortVolumeHistory, list[ShortVolume]]:
        return await whole(archive, limit=limit), await row_by_row(archive, limit=limit)

    history, each = asyncio.run(both())
    assert history.rows == tuple(each) == wanted
    assert history.cursor == (str(len(wanted)) if len(wanted) < size else None)
    assert len(archive.asked) == 2 * max(1, -(-len(wanted) // page_size))


@given(size=st.integers(1, 30), cut=st.integers(1, 30), page_size=st.integers(1, 7))
def test_going_on_from_a_cursor_leaves_no_row_out_and_gives_none_twice(size: int, cut: int, page_size: int) -> None:
    async def halves() -> AsyncIterator[ShortVolumeHistory]:
        first = await whole(Archive(size, page_size=page_size), limit=cut)
        yield first
        if first.cursor:
            yield await whole(Archive(size, page_size=page_size), limit=None, after=first.cursor)

    async def joined() -> list[ShortVolume]:
        return [row async for half in halves() for row in half]

    assert tuple(asyncio.run(joined())) == rows(size)


def test_a_page_is_not_changed_by_being_joined() -> None:
    one = page(0, 1)
    assert asyncio.run(whole(Script([one]), limit=None)) is one
    assert attrs.evolve(one) == one
