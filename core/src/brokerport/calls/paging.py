"""Follows the pages of a history, asking only for what is missing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from attrs import define, evolve, field

from brokerport.calls.part import Part
from brokerport.errors import BadReplyError, BrokerportError, PaginationError, PluginError
from brokerport.models import Paged

if TYPE_CHECKING:
    from brokerport.calls.call import Call

H = TypeVar("H", bound=Paged[Any])
H_co = TypeVar("H_co", bound=Paged[Any], covariant=True)

_IDLE = 3  # pages in a row that may bring nothing new: a row or two that were added meanwhile push as many on to the next page


class Fetch(Protocol[H_co]):
    """Gets one page; a ShortProvider's method with its symbol filled in."""

    def __call__(self, *, limit: int | None, after: str | None) -> Awaitable[H_co]:
        """At most ``limit`` rows after the cursor ``after``."""


async def whole(fetch: Fetch[H], *, key: tuple[str, ...], limit: int | None, after: str | None, call: Call | None = None) -> H:
    """The pages, until ``limit`` rows are there or the last page is, joined into one history, as one call.

    What belongs to no row is the first page's. Of rows that ``key`` does not tell apart, the last stands, in the place of the first.

    Raises:
        PaginationError: A cursor came before, a page without rows names a next one, or page after page brings nothing new.
        BadReplyError: A page has more rows than were asked for.
        PluginError: A page is none.
    """
    walk = _Walk(fetch, key, limit, after)
    first = last = await walk.next(call)
    while not walk.over:
        last = await walk.next(call)
    rows = walk.part.rows
    if first is last:
        return _with_rows(first, rows)
    return evolve(first, rows=rows, cursor=last.cursor, source=last.source)


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


def _with_rows(page: H, rows: tuple[Any, ...]) -> H:
    """The page itself, where none of its rows is doubled."""
    return page if len(page) == len(rows) else evolve(page, rows=rows)


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
    _seen: set[str | None] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.part = Part(self._after, self._key)
        self._seen = {self._after}

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
            call.page_arrived(len(page), more=page.cursor is not None)
        return page

    def _pass(self, page: H) -> None:
        new = self.part.add(page.rows)
        self._came += new
        self._idle = 0 if new else self._idle + 1
        self.part.cursor = page.cursor
        self._seen.add(page.cursor)
        self.over = page.cursor is None or self._came == self._limit
        if self._idle == _IDLE and not self.over:
            said = f"{_of(page)}after {self._came} rows came {_IDLE} pages whose rows had all come before; the pages would never end"
            raise self.part.carried(PaginationError(said, rows=()))

    def _check(self, page: H, missing: int | None) -> None:
        if not isinstance(page, Paged):
            raise PluginError(f"after {self._came} rows the plugin gave {page!r}, which is no page of a history; tell its author")
        so_far = f"{_of(page)}after {self._came} rows"
        if missing is not None and len(page) > missing:
            raise BadReplyError(f"{so_far} at most {missing} more were asked for and {len(page)} came")
        if page.cursor is None:
            return
        if page.cursor in self._seen:
            raise PaginationError(f"{so_far} the cursor {page.cursor!r} came a second time; the pages would never end", rows=page.rows)
        if not page.rows:
            raise PaginationError(f"{so_far} came a page without rows that names a next one, {page.cursor!r}", rows=())


def _of(page: Paged[Any]) -> str:
    of = getattr(page, "symbol", None) or getattr(page, "market", None)
    return f"{of}: " if of else ""
