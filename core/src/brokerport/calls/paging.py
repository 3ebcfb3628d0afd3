"""Follows the pages of a history, asking only for what is missing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Iterator
from typing import Any, Protocol, TypeVar

from attrs import evolve

from brokerport.errors import BadReplyError, PaginationError, PluginError
from brokerport.models import Paged

H = TypeVar("H", bound=Paged[Any])
Row = TypeVar("Row")
H_co = TypeVar("H_co", bound=Paged[Any], covariant=True)


class Fetch(Protocol[H_co]):
    """Gets one page; a ShortProvider's method with its symbol filled in."""

    def __call__(self, *, limit: int | None, after: str | None) -> Awaitable[H_co]:
        """At most ``limit`` rows after the cursor ``after``."""


async def pages(fetch: Fetch[H], *, limit: int | None, after: str | None) -> AsyncIterator[H]:
    """Yield page by page until ``limit`` rows are there, or the last page is.

    Raises:
        PaginationError: A cursor came before, or a page without rows names a next one.
        BadReplyError: A page has more rows than were asked for.
        PluginError: A page is none.
    """
    rows: list[object] = []
    seen = {after}
    while True:
        missing = None if limit is None else limit - len(rows)
        page = await fetch(limit=missing, after=after)
        _check(page, missing, seen, rows)
        yield page
        rows.extend(page.rows)
        after = page.cursor
        seen.add(after)
        if after is None or len(rows) == limit:
            return


class Rows(AsyncIterator[Row]):
    """The rows of pages one by one; a page is fetched when its first row is wanted."""

    def __init__(self, histories: AsyncIterator[Paged[Row]]) -> None:
        self._histories = histories
        self._rows: Iterator[Row] = iter(())

    async def page(self) -> tuple[Row, ...] | None:
        """All the rows of the next page, None after the last."""
        history = await anext(self._histories, None)
        return None if history is None else history.rows

    async def __anext__(self) -> Row:
        for row in self._rows:
            return row
        page = await self.page()
        if page is None:
            raise StopAsyncIteration
        self._rows = iter(page)
        return await anext(self)


async def whole(fetch: Fetch[H], *, limit: int | None, after: str | None) -> H:
    """The pages joined into one history; what belongs to no row is the first page's."""
    every = [page async for page in pages(fetch, limit=limit, after=after)]
    first, last = every[0], every[-1]
    if first is last:
        return first
    rows = tuple(row for page in every for row in page.rows)
    return evolve(first, rows=rows, cursor=last.cursor, source=last.source)


def _check(page: Paged[Any], missing: int | None, seen: set[str | None], rows: list[object]) -> None:
    if not isinstance(page, Paged):
        raise PluginError(f"after {len(rows)} rows the plugin gave {page!r}, which is no page of a history; tell its author")
    of = getattr(page, "symbol", None) or getattr(page, "market", None)
    so_far = f"{of}: after {len(rows)} rows" if of else f"after {len(rows)} rows"
    if missing is not None and len(page) > missing:
        raise BadReplyError(f"{so_far} at most {missing} more were asked for and {len(page)} came")
    if page.cursor is None:
        return
    if page.cursor in seen:
        raise PaginationError(
            f"{so_far} the cursor {page.cursor!r} came a second time; the pages would never end", rows=(*rows, *page.rows)
        )
    if not page.rows:
        raise PaginationError(f"{so_far} came a page without rows that names a next one, {page.cursor!r}", rows=tuple(rows))
