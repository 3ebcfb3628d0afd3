"""Rows one by one, as their pages come."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from brokerport.errors import InvalidRequestError
from brokerport.models.market import Market
from brokerport.models.paged import Paged
from brokerport.models.symbol import Symbol

if TYPE_CHECKING:
    from brokerport.models.source import Source

Row = TypeVar("Row")


class _Told:
    """What is true of all the rows."""

    def __init__(self, subject: Symbol | Market | None) -> None:
        self.symbol = subject if isinstance(subject, Symbol) else None
        self.market = subject if isinstance(subject, Market) else None
        self.source: Source | None = None

    def __repr__(self) -> str:
        subject = self.symbol or self.market
        return f"<{type(self).__name__}{f' of {subject}' if subject else ''}>"


class Rows(_Told, Iterator[Row], Generic[Row]):
    """The rows of a history one by one; a page is fetched when its first row is wanted.

    No row comes twice: one that was given stands, whatever a later page says of it. Each thread or task has an iterator of its own.

    Attributes:
        symbol: Whose rows they are; None of a question about a market, or about nothing.
        market: The same of a question about a market.
        source: Of the page that the last row came with; None before the first row.
    """

    def __init__(self, page: Callable[[], Paged[Row] | None], subject: Symbol | Market | None = None) -> None:
        super().__init__(subject)
        self._page = page
        self._rows: Iterator[Row] = iter(())

    def __next__(self) -> Row:
        for row in self._rows:
            return row
        page = self._page()
        if page is None:
            raise StopIteration
        self.source, self._rows = page.source, iter(page.rows)
        return next(self)


class AsyncRows(_Told, AsyncIterator[Row], Generic[Row]):
    """The same for coroutines: ``async for row in client.iter_short_volume("HK.00700")``."""

    def __init__(self, pages: AsyncIterator[Paged[Any]], subject: Symbol | Market | None = None) -> None:
        super().__init__(subject)
        self._pages = pages
        self._rows: Iterator[Row] = iter(())
        self._waits = False

    async def page(self) -> Paged[Row] | None:
        """The next page, None after the last. Raises InvalidRequestError while somebody else waits for it."""
        if self._waits:
            raise InvalidRequestError(
                "somebody waits for the next page of these rows already; give each thread or task an iterator of its own"
            )
        self._waits = True
        try:
            return await anext(self._pages, None)
        finally:
            self._waits = False

    async def __anext__(self) -> Row:
        for row in self._rows:
            return row
        page = await self.page()
        if page is None:
            raise StopAsyncIteration
        self.source, self._rows = page.source, iter(page.rows)
        return await anext(self)
