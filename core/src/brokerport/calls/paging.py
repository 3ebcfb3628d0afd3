"""Follows the pages of a history, asking only for what is missing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import date
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from attrs import define, evolve, field

from brokerport.calls.part import Part
from brokerport.errors import BadReplyError, BrokerportError, PaginationError, PluginError
from brokerport.logs import quoted
from brokerport.models import Paged

if TYPE_CHECKING:
    from brokerport.calls.call import Call

MOST_ROWS = 100_000  # that a call without a limit holds; 400 years of trading days
LONGEST_CURSOR = 4096  # characters; those of real brokers have some dozens

H = TypeVar("H", bound=Paged[Any])
Row = TypeVar("Row")
H_co = TypeVar("H_co", bound=Paged[Any], covariant=True)


class Fetch(Protocol[H_co]):
    """Gets one page; a ShortProvider's method with its symbol filled in."""

    def __call__(self, *, limit: int | None, after: str | None) -> Awaitable[H_co]:
        """At most ``limit`` rows after the cursor ``after``."""


async def whole(fetch: Fetch[H], *, limit: int | None, after: str | None, call: Call | None = None) -> H:
    """The pages, until ``limit`` rows are there or the last page is, joined into one history, as one call.

    What belongs to no row is the first page's; the days that are missing are those of all.

    Raises:
        PaginationError: A cursor came before or is too long, a page without rows names a next one, or there is no end of rows.
        BadReplyError: A page has more rows than were asked for.
        PluginError: A page is none, or its rows or its cursor are none.
    """
    walk = _Walk(fetch, limit, after)
    first = last = await walk.next(call)
    missing = _missing(first)
    while not walk.over:
        last = await walk.next(call)
        missing += _missing(last)
    if first is last:
        return first
    told = {"missing": missing} if missing else {}
    return evolve(first, rows=tuple(walk.part.rows), cursor=last.cursor, source=last.source, **told)


async def pages(fetch: Fetch[H], *, limit: int | None, after: str | None, begin: Callable[[int], Call]) -> AsyncIterator[H]:
    """The same pages one by one, each as a call of its own that ``begin`` makes; all have the place of the first. Raises as ``whole``."""
    walk, place = _Walk(fetch, limit, after), 0
    while not walk.over:
        async with begin(place) as call:
            page, place = await walk.next(call), call.place
        walk.part.rows.clear()  # they are handed out
        yield page


def _missing(page: Paged[Any]) -> tuple[date, ...]:
    """The days that a page lacks; what is no history of a symbol lacks none."""
    return getattr(page, "missing", ())


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


@define(eq=False)
class _Walk(Generic[H]):
    """How far one has come in a history."""

    _fetch: Fetch[H]
    _limit: int | None
    _after: str | None
    part: Part = field(init=False)
    over: bool = field(init=False, default=False)
    _came: int = field(init=False, default=0)
    _seen: set[bytes] = field(init=False, factory=set)

    def __attrs_post_init__(self) -> None:
        self.part = Part(self._after)
        if self._after is not None:
            self._seen.add(_mark(self._after))

    async def next(self, call: Call | None) -> H:
        """The next page, of which ``call`` is told; an error carries what came before it."""
        if call is not None:
            call.part = self.part
        missing = None if self._limit is None else self._limit - self._came
        try:
            page = await self._fetch(limit=missing, after=self.part.cursor)
            self._check(page, missing)
        except BrokerportError as error:
            if not self.part:
                raise
            raise self.part.carried(error) from error.__cause__
        self._pass(page)
        if call is not None:
            call.page_arrived(len(page.rows), more=page.cursor is not None)
        return page

    def _pass(self, page: H) -> None:
        self._came += len(page.rows)
        self.part.rows.extend(page.rows)
        self.part.cursor = page.cursor
        if page.cursor is not None:
            self._seen.add(_mark(page.cursor))
        self.over = page.cursor is None or self._came == self._limit

    def _check(self, page: H, missing: int | None) -> None:
        if (fault := _fault(page)) is not None:
            raise PluginError(f"after {self._came} rows the plugin gave {fault}; tell its author")
        of = getattr(page, "symbol", None) or getattr(page, "market", None)
        so_far = f"{of}: after {self._came} rows" if of else f"after {self._came} rows"
        if missing is not None and len(page.rows) > missing:
            raise BadReplyError(f"{so_far} at most {missing} more were asked for and {len(page.rows)} came")
        if missing is None and len(self.part.rows) + len(page.rows) > MOST_ROWS:
            text = f"{so_far} came {len(page.rows)} more, and without a limit a call holds no more than {MOST_ROWS:,}"
            raise PaginationError(f"{text}; pass limit=, or go through the rows one by one", rows=())
        if page.cursor is not None:
            self._check_cursor(page, page.cursor, so_far)

    def _check_cursor(self, page: H, cursor: str, so_far: str) -> None:
        if len(cursor) > LONGEST_CURSOR:
            text = f"{so_far} came a cursor of {len(cursor):,} characters, and none has more than {LONGEST_CURSOR:,}"
            raise PaginationError(text, rows=page.rows)
        if _mark(cursor) in self._seen:
            raise PaginationError(f"{so_far} the cursor {quoted(cursor)} came a second time; the pages would never end", rows=page.rows)
        if not page.rows:
            raise PaginationError(f"{so_far} came a page without rows that names a next one, {quoted(cursor)}", rows=())


def _fault(page: object) -> str | None:
    """What was given in place of a page, by its type alone: its repr may be a million rows."""
    if not isinstance(page, Paged):
        return f"{type(page).__name__!r}, which is no page of a history"
    if type(page.rows) not in (tuple, list):  # a stranger's sequence may lie about its length, and its iterator never end
        return f"{type(page.rows).__name__!r} for the rows of a page, which is no tuple"
    if not isinstance(page.cursor, str | None):
        return f"{type(page.cursor).__name__!r} for a cursor, which is no text"
    return None


def _mark(cursor: str) -> bytes:
    """What is kept of a cursor to know it again, however long it is."""
    from hashlib import blake2b

    return blake2b(cursor.encode("utf-8", "surrogatepass"), digest_size=16).digest()
