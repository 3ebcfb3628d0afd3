"""Answers in pages, histories above all: limits, cursors, and pages, whose sizes nobody shall notice."""
# ruff: noqa: D102  # a test's name is its sentence

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from brokerport import AsyncClient, Paged, PluginError
from brokerport.testing.about import about
from brokerport.testing.cases import Level, case
from brokerport.testing.contract.asking import Make, as_it_comes, ask, brief, cancelled, each, named, outcome, run, steps
from brokerport.testing.contract.basics import NO_HISTORY, Basics
from brokerport.testing.examples import Example
from brokerport.testing.shape import differences

MANY = 500  # rows, beyond which no last page is looked for
PAGE = 50  # rows: the most that one page has

NO_END = f"no history ends within {MANY} rows"
ONE_PAGE = "no history has a second page that is waited for"


class Pages(Basics):
    """The cases of histories."""

    @case(Level.SILVER, needs=(4, 8), skips=(NO_HISTORY,))
    def test_09_a_limit_cuts_the_oldest_rows_off(self, make: Make, histories: list[Example]) -> None:
        async def both(client: AsyncClient, example: Example) -> tuple[Paged[Any], Paged[Any]]:
            return await ask(client, example, limit=3), await ask(client, example, limit=7)

        for few, more in run(each(make, histories, both)):
            assert (len(few), len(more)) == (3, 7), f"{about(more)} has to have ten rows at least; if it has not, name another in symbols"
            assert few.rows == more.rows[:3], f"{named(more)} of limit 3 is not the newest 3 rows of limit 7: {_apart(few, more[:3])}"

    @case(Level.SILVER, needs=(9,), skips=(NO_HISTORY,))
    def test_10_a_cursor_goes_on_where_the_rows_ended(self, make: Make, histories: list[Example]) -> None:
        async def both(client: AsyncClient, example: Example) -> tuple[Paged[Any], Paged[Any], Paged[Any]]:
            first = await ask(client, example, limit=4)
            rest = await ask(client, example, limit=5, after=first.cursor)
            return first, rest, await ask(client, example, limit=9)

        for first, rest, whole in run(each(make, histories, both)):
            parts = (*first, *rest)
            assert parts == whole.rows, f"{named(whole)} in two parts, of 4 and 5 rows, is not that of 9: {_apart(parts, whole)}"
            cursors = f"cursor {rest.cursor!r} after 4 and 5 rows, and {whole.cursor!r} after 9"
            assert rest.cursor == whole.cursor, f"{named(whole)} has the {cursors}"

    @case(Level.SILVER, needs=(10,), skips=(NO_HISTORY,))
    def test_11_rows_are_the_same_whatever_the_size_of_a_page(self, make: Make, histories: list[Example]) -> None:
        async def both(client: AsyncClient, example: Example) -> tuple[list[Any], Paged[Any]]:
            singly: list[Any] = []
            after = None
            for _ in range(5):
                page = await ask(client, example, limit=1, after=after)
                singly.extend(page)
                after = page.cursor
            return singly, await ask(client, example, limit=PAGE)

        for singly, whole in run(each(make, histories, both)):
            newest = whole.rows[:5]
            assert tuple(singly) == newest, f"{named(whole)} in pages of 1 row is not that of limit {PAGE}: {_apart(singly, newest)}"

    @case(Level.SILVER, needs=(10,), skips=(NO_HISTORY, NO_END))
    def test_12_the_last_page_has_no_cursor(self, make: Make, histories: list[Example]) -> None:
        async def whole(client: AsyncClient, example: Example) -> Paged[Any]:
            history: Paged[Any] = await ask(client, example, limit=MANY)
            return history

        ended = [history for history in run(each(make, histories, whole)) if len(history) < MANY] or pytest.skip(NO_END)
        found = brief(f"{named(each)} ends after {len(each)} rows with cursor {each.cursor!r}" for each in ended if each.cursor is not None)
        assert not found, f"{found}; the last page has None"

    @case(Level.SILVER, needs=(10,), skips=(NO_HISTORY,))
    def test_13_the_end_of_a_page_loses_no_row(self, make: Make, histories: list[Example]) -> None:
        async def both(client: AsyncClient, example: Example) -> tuple[Paged[Any], list[Any], tuple[Any, ...]]:
            rows = client.iterate(as_it_comes(example.question), *example.place, **{**example.arguments, "limit": PAGE + 10})
            first = await ask(client, example, limit=PAGE - 5)
            rest = await ask(client, example, limit=15, after=first.cursor) if first.cursor else ()
            return first, [row async for row in rows], (*first, *rest)

        for history, rows, parts in run(each(make, histories, both)):
            assert tuple(rows) == parts, f"{named(history)} in {PAGE + 10} rows is not that in {PAGE - 5} and 15: {_apart(rows, parts)}"

    @case(Level.SILVER, needs=(10,), skips=(NO_HISTORY,))
    def test_26_a_cursor_that_is_none_is_answered_or_refused(self, make: Make, histories: list[Example]) -> None:
        async def misled(client: AsyncClient, example: Example) -> object:
            return await outcome(ask(client, example, after="no cursor of yours"))

        for example, ended in zip(histories, run(each(make, histories, misled)), strict=True):
            assert isinstance(ended, Paged | Exception), f"{example} after a cursor that is none is {ended!r}"
            assert not isinstance(ended, PluginError), f"{example} after a cursor that is none breaks it: {ended}"

    @case(Level.SILVER, needs=(13, 16), skips=(NO_HISTORY, ONE_PAGE))
    def test_28_a_call_cancelled_in_its_second_page_leaves_it_usable(self, make: Make, histories: list[Example]) -> None:
        sizes = {capability.question: capability.page_size or PAGE for capability in make().capabilities()}

        async def again(client: AsyncClient, example: Example) -> tuple[bool, Any, Any]:
            limit = sizes[example.question.name] + 1
            before = await ask(client, example, limit=limit)
            reached = [await _broken_off(client, asyncio.create_task(ask(client, example, limit=limit)), at) for at in (0, 2)]
            return any(reached), before, await ask(client, example, limit=limit)

        ended = [(before, after) for reached, before, after in run(each(make, histories, again)) if reached]
        for before, after in ended or pytest.skip(ONE_PAGE):
            assert before.rows == after.rows, f"{named(after)} is another after a cancelled call: {_apart(before, after)}"


def _apart(some: Sequence[Any], others: Sequence[Any]) -> str:
    """What about rows is not equal."""
    if len(some) != len(others):
        return f"they are {len(some)} and {len(others)} rows"
    pairs = enumerate(zip(some, others, strict=True))
    return brief(said for place, (one, other) in pairs for said in differences(one, other, f"rows[{place}]"))


async def _broken_off(client: AsyncClient, call: asyncio.Task[Any], at: int) -> bool:
    """Cancel a call so many steps into its second page; False when the first was all."""
    first = client.stats().attempts + 1
    while client.stats().attempts <= first and not call.done():
        await steps(1)
    reached = not call.done()
    await steps(at)
    await cancelled(call)
    return reached
