"""Follows the pages of a history, asking only for what is missing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
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
H_co = TypeVar("H_co", bound=Paged[Any], covariant=True)

_IDLE = 3  # pages in a row that may bring nothing new: a row or two that were added meanwhile push as many on to the next page


class Fetch(Protocol[H_co]):
    """Gets one page; a ShortProvider's method with its symbol filled in."""

    def __call__(self, *, limit: int | None, after: str | None) -> Awaitable[H_co]:
        """At most ``limit`` rows after the cursor ``after``."""


async def whole(fetch: Fetch[H], *, key: tuple[str, ...], limit: int | None, after: str | None, call: Call | None = None) -> H:
    """The pages, until ``limit`` rows are there or the last page is, joined into one history, as one call.

    What belongs to no row is the first page's; the days that are missing are those of all. Of rows that ``key`` does not tell apart, the
    last stands, in the place of the first.

    Raises:
        PaginationError: A cursor came before or is too long, a page without rows names a next one, page after page brings nothing new, or
            there is no end of rows.
        BadReplyError: A page has more rows than were asked for.
        PluginError: A page is none, or its rows or its cursor are none.
    """
    walk = _Walk(fetch, key, limit, after)
    first = last = await walk.next(call)
    missing = _missing(first)
    while not walk.over:
        last = await walk.next(call)
        missing += _missing(last)
    rows = walk.part.rows
    if first is last:
        return _with_rows(first, rows)
    told = {"missing": missing} if missing else {}
    return evolve(first, rows=rows, cursor=last.cursor, source=last.source, **told)


async def pages(
    fetch: Fetch[H], *, key: tuple[str, ...], limit: int | None, after: str | None, begin: Callable[[int], Call]
) -> AsyncIterator[H]:
    """The same pages one by one, without rows that came before, each as a call of its own that ``begin`` makes.

    All have the place of the first. Raises as ``whole``.
    """
    walk, place = _Walk(fetch, key, limit, after), 0
    while not walk.over:
        async with begin(place) as call:
            page, place = await walk.next(call), call.place
        fresh = _with_rows(page, walk.part.rows)
        walk.part.hand_out()
        yield fresh


def _missing(page: Paged[Any]) -> tuple[date, ...]:
    """The days that a page lacks; what is no history of a symbol lacks none."""
    return getattr(page, "missing", ())


def _with_rows(page: H, rows: tuple[Any, ...]) -> H:
    """The page itself, where none of its rows is doubled."""
    return page if len(page.rows) == len(rows) else evolve(page, rows=rows)


@define(eq=False)
class _Walk(Generic[H]):
    """How far one has come in a history."""

    _fetch: Fetch[H]
    _key: tuple[str, ...]
    _limit: int | None
    _after: str | None
    part: Part = field(init=False)
    over: bool = field(init=False, default=False)
    _came: int = field(init=False, default=0)
    _idle: int = field(init=False, default=0)  # pages in a row that brought nothing new
    _seen: set[bytes] = field(init=False, factory=set)

    def __attrs_post_init__(self) -> None:
        self.part = Part(self._after, self._key)
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
        new = self.part.add(page.rows)
        self._came += new
        self._idle = 0 if new else self._idle + 1
        self.part.cursor = page.cursor
        if page.cursor is not None:
            self._seen.add(_mark(page.cursor))
        self.over = page.cursor is None or self._came == self._limit
        if self._idle == _IDLE and not self.over:
            said = f"{_of(page)}after {self._came} rows came {_IDLE} pages whose rows had all come before; the pages would never end"
            raise self.part.carried(PaginationError(said, rows=()))

    def _check(self, page: H, missing: int | None) -> None:
        if (fault := _fault(page)) is not None:
            raise PluginError(f"after {self._came} rows the plugin gave {fault}; tell its author")
        so_far = f"{_of(page)}after {self._came} rows"
        if missing is not None and len(page.rows) > missing:
            raise BadReplyError(f"{so_far} at most {missing} more were asked for and {len(page.rows)} came")
        if missing is None and len(self.part) + len(page.rows) > MOST_ROWS:
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


def _of(page: Paged[Any]) -> str:
    of = getattr(page, "symbol", None) or getattr(page, "market", None)
    return f"{of}: " if of else ""
