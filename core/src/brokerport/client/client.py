"""The two doors to a broker: AsyncClient for coroutines, Client for everyone else.

A client costs nothing until it is asked: asyncio, the provider and all it needs are imported by the first call.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from brokerport.calls import paging
from brokerport.errors import ClientClosedError, InvalidRequestError, UnsupportedError
from brokerport.events.observers import Observers
from brokerport.logs import log
from brokerport.models import History, Symbol
from brokerport.questions import (
    ArkDynamic,
    BrokerRanking,
    CapitalDistribution,
    ShortInterest,
    ShortInterestHistory,
    ShortVolume,
    ShortVolumeHistory,
    arguments,
)
from brokerport.questions.providers import (
    ArkProvider,
    BrokerRankingProvider,
    CapitalProvider,
    Provider,
    ShortInterestProvider,
    ShortVolumeProvider,
)

if TYPE_CHECKING:
    import asyncio

    from brokerport.calls.call import Call
    from brokerport.calls.retry import Retry
    from brokerport.client.portal import Portal
    from brokerport.events.reporter import Reporter
    from brokerport.events.stats import Stats

T = TypeVar("T")
P = TypeVar("P", bound=Provider)
Row = TypeVar("Row")
H = TypeVar("H", bound=History[Any])

CLOSING = 1.0  # seconds that a provider has to close; what takes longer is left behind
# One for all clients, and free in a child that is forked meanwhile: nobody would ever release it there.
_opening = threading.RLock()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_opening.acquire, after_in_parent=_opening.release, after_in_child=_opening.release)

PAGE = 10  # rows, unless the caller says otherwise: what the brokers give when not told


class AsyncClient:
    """Asks one broker, from coroutines of one event loop.

    Every method takes ``timeout``, the seconds for the whole call: waiting for quota, connecting, every attempt, every page.

    Raises (every method):
        InvalidRequestError: An argument cannot be right; nothing was sent.
        UnsupportedError: This broker has no such data, or not for this market.
        ConnectError, HandshakeError: The broker cannot be reached.
        DeadlineError: The time is up.
        QuotaError, RejectedError: The broker said no.
        BadReplyError: The broker's answer makes no sense.
        ClientClosedError: The client was closed.
    """

    def __init__(self, make: Callable[[], Provider], *, broker: str, timeout: float = 60.0, observers: tuple[Observers, ...] = ()) -> None:
        self.broker = broker
        self._make = make
        self._observers = observers
        self._reporter: Reporter | None = None
        self._provider: Provider | None = None
        self._timeout = arguments.seconds(timeout)
        self._loop: asyncio.AbstractEventLoop | None = None  # that of the first call
        self._retries: Retry | None = None  # one for all calls: they share its budget
        self._calls: set[Call] = set()
        self._closed = False
        self._drained: asyncio.Event | None = None  # set when the last call is over, while closing

    async def ark_dynamic(self, symbol: str | Symbol, *, timeout: float | None = None) -> ArkDynamic:
        """What the ARK funds last did with a stock."""
        asked = Symbol.parse(symbol)
        provider = self._able(ArkProvider, "ARK fund dynamics")
        async with self._call(f"ark_dynamic('{asked}')", timeout):
            return await self._retry(partial(provider.ark_dynamic, asked))

    async def capital_distribution(self, symbol: str | Symbol, *, timeout: float | None = None) -> CapitalDistribution:
        """The day's turnover by direction and order size."""
        asked = Symbol.parse(symbol)
        provider = self._able(CapitalProvider, "capital distribution")
        async with self._call(f"capital_distribution('{asked}')", timeout):
            return await self._retry(partial(provider.capital_distribution, asked))

    async def broker_ranking(self, symbol: str | Symbol, *, days_before: int = 0, timeout: float | None = None) -> BrokerRanking:
        """The largest net buyers and sellers; ``days_before=0`` is the present day, n the n-th trading day before it."""
        asked = Symbol.parse(symbol)
        days = arguments.days_before(days_before)
        provider = self._able(BrokerRankingProvider, "broker ranking")
        async with self._call(f"broker_ranking('{asked}')", timeout):
            return await self._retry(partial(provider.broker_ranking, asked, days_before=days))

    async def short_volume(
        self, symbol: str | Symbol, *, limit: int | None = PAGE, after: str | None = None, timeout: float | None = None
    ) -> ShortVolumeHistory:
        """Daily short volume, newest first, at most ``limit`` rows (None: all), from the cursor ``after`` on."""
        asked, rows, cursor = Symbol.parse(symbol), arguments.limit(limit), arguments.cursor(after)
        fetch = partial(self._able(ShortVolumeProvider, "short volume").short_volume, asked)
        async with self._call(f"short_volume('{asked}')", timeout, _requests(rows)):
            return await paging.whole(self._retried(fetch), limit=rows, after=cursor)

    async def short_interest(
        self, symbol: str | Symbol, *, limit: int | None = PAGE, after: str | None = None, timeout: float | None = None
    ) -> ShortInterestHistory:
        """Short interest by report, newest first, at most ``limit`` rows (None: all), from the cursor ``after`` on."""
        asked, rows, cursor = Symbol.parse(symbol), arguments.limit(limit), arguments.cursor(after)
        fetch = partial(self._able(ShortInterestProvider, "short interest").short_interest, asked)
        async with self._call(f"short_interest('{asked}')", timeout, _requests(rows)):
            return await paging.whole(self._retried(fetch), limit=rows, after=cursor)

    def iter_short_volume(
        self, symbol: str | Symbol, *, limit: int | None = None, after: str | None = None, timeout: float | None = None
    ) -> paging.Rows[ShortVolume]:
        """Daily short volume row by row, fetched page by page; ``timeout`` is for each page."""
        asked = Symbol.parse(symbol)
        fetch = partial(self._able(ShortVolumeProvider, "short volume").short_volume, asked)
        return self._rows(f"iter_short_volume('{asked}')", fetch, limit, after, timeout)

    def iter_short_interest(
        self, symbol: str | Symbol, *, limit: int | None = None, after: str | None = None, timeout: float | None = None
    ) -> paging.Rows[ShortInterest]:
        """Short interest row by row, fetched page by page; ``timeout`` is for each page."""
        asked = Symbol.parse(symbol)
        fetch = partial(self._able(ShortInterestProvider, "short interest").short_interest, asked)
        return self._rows(f"iter_short_interest('{asked}')", fetch, limit, after, timeout)

    async def call(self, what: str, kind: type[P], ask: Callable[[P], Awaitable[T]], *, timeout: float | None = None) -> T:
        """Ask the provider, which has to be a ``kind``, for something beside the questions: with the deadline and the retries of one.

        ``what`` names it in errors, events and statistics.
        """
        provider = self._able(kind, what)
        async with self._call(what, timeout):
            return await self._retry(partial(ask, provider))

    def stats(self) -> Stats:
        """What the client has done so far, in numbers; also after it was closed."""
        return self._report().stats(budget=self._retry_policy().budget.tokens)

    def seconds(self, timeout: float | None) -> float:
        """The time that a call with this ``timeout`` has."""
        return self._timeout if timeout is None else arguments.seconds(timeout)

    @property
    def closed(self) -> bool:
        """Whether the client answers no more."""
        return self._closed

    def check_open(self) -> None:
        """Raise ClientClosedError when the client is closed."""
        if self._closed:
            raise ClientClosedError(f"{self.broker}: the client is closed; get a new one")

    def refuse(self) -> None:
        """Answer no further call; those that run go on."""
        self._closed = True

    async def aclose(self) -> None:
        """End every call that runs with ClientClosedError, and close the connection. A second time does nothing."""
        if self._closed:
            return
        self.refuse()
        if self._provider is None:
            return
        import asyncio

        self._check_loop("aclose()")
        try:
            async with asyncio.timeout(CLOSING):
                await self._abandon_calls()
                await self._provider.aclose()
        except TimeoutError:
            log().warning("%s: the provider did not close within %g s and was left behind", self.broker, CLOSING)
        except Exception:  # noqa: BLE001  # a stranger's code, whatever it raises
            log().warning("%s: the provider did not close and was left behind", self.broker, exc_info=True)

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.broker}{' closed' if self.closed else ''}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"{self!r} holds a connection and cannot be pickled or copied: pass its name and settings, and get another there")

    def _able(self, kind: type[P], data: str) -> P:
        self.check_open()
        if self._provider is None:
            self._provider = self._make()
        if isinstance(self._provider, kind):
            return self._provider
        raise UnsupportedError(f"{self.broker} has no {data}; brokerport capabilities shows who has")

    def _check_loop(self, what: str) -> None:
        import asyncio

        if self._loop not in (None, asyncio.get_running_loop()):
            raise InvalidRequestError(f"{self.broker}.{what}: this AsyncClient belongs to another event loop; get one for this loop")

    def _call(self, what: str, timeout: float | None, requests: int | None = 1) -> Call:
        import asyncio

        from brokerport.calls.call import Call

        self.check_open()
        self._loop = self._loop or asyncio.get_running_loop()
        self._check_loop(what)
        call = Call(f"{self.broker}.{what}", self.seconds(timeout), self._over, self._reporter or self._report(), requests=requests)
        self._calls.add(call)
        return call

    def _retried(self, fetch: paging.Fetch[H]) -> paging.Fetch[H]:
        """The same, each page asked for again when that may help: with the same cursor, so no row is lost or doubled."""

        async def page(*, limit: int | None, after: str | None) -> H:
            return await self._retry(partial(fetch, limit=limit, after=after))

        return page

    async def _retry(self, ask: Callable[[], Awaitable[T]]) -> T:
        return await (self._retries or self._retry_policy())(ask)

    def _retry_policy(self) -> Retry:
        if self._retries is None:
            from brokerport.calls.retry import Retry

            self._retries = Retry()
        return self._retries

    def _report(self) -> Reporter:
        if self._reporter is None:
            from brokerport.events.reporter import Reporter

            self._reporter = Reporter(self.broker, self._observers)
        return self._reporter

    def _over(self, call: Call) -> None:
        self._calls.discard(call)
        if self._drained is not None and not self._calls:
            self._drained.set()

    async def _abandon_calls(self) -> None:
        import asyncio

        if self._calls:
            self._drained = asyncio.Event()
            for call in self._calls:
                call.abandon()
            await self._drained.wait()

    def _rows(
        self, what: str, fetch: paging.Fetch[History[Row]], limit: int | None, after: str | None, timeout: float | None
    ) -> paging.Rows[Row]:
        rows, cursor, seconds = arguments.limit(limit), arguments.cursor(after), self.seconds(timeout)
        retried = self._retried(fetch)

        async def page(*, limit: int | None, after: str | None) -> History[Row]:
            async with self._call(what, seconds):
                return await retried(limit=limit, after=after)

        return paging.Rows(paging.pages(page, limit=rows, after=cursor))


def _requests(limit: int | None) -> int | None:
    """How many requests so many rows take at most, as far as one can tell."""
    return 1 if limit is not None and limit <= PAGE else None


class Client:
    """Asks one broker, from any thread; also from inside a running event loop, such as a notebook's.

    The methods, their arguments and errors are AsyncClient's; they block.
    """

    def __init__(self, make: Callable[[], Provider], *, broker: str, timeout: float = 60.0, observers: tuple[Observers, ...] = ()) -> None:
        self._async = AsyncClient(make, broker=broker, timeout=timeout, observers=observers)
        self._portal: Portal | None = None
        self._finish: Callable[[], object] | None = None

    @property
    def broker(self) -> str:
        """The name it was asked for by."""
        return self._async.broker

    def ark_dynamic(self, symbol: str | Symbol, *, timeout: float | None = None) -> ArkDynamic:
        """What the ARK funds last did with a stock."""
        return self._wait(partial(self._async.ark_dynamic, symbol), timeout)

    def capital_distribution(self, symbol: str | Symbol, *, timeout: float | None = None) -> CapitalDistribution:
        """The day's turnover by direction and order size."""
        return self._wait(partial(self._async.capital_distribution, symbol), timeout)

    def broker_ranking(self, symbol: str | Symbol, *, days_before: int = 0, timeout: float | None = None) -> BrokerRanking:
        """The largest net buyers and sellers; ``days_before=0`` is the present day, n the n-th trading day before it."""
        return self._wait(partial(self._async.broker_ranking, symbol, days_before=days_before), timeout)

    def short_volume(
        self, symbol: str | Symbol, *, limit: int | None = PAGE, after: str | None = None, timeout: float | None = None
    ) -> ShortVolumeHistory:
        """Daily short volume, newest first, at most ``limit`` rows (None: all), from the cursor ``after`` on."""
        return self._wait(partial(self._async.short_volume, symbol, limit=limit, after=after), timeout)

    def short_interest(
        self, symbol: str | Symbol, *, limit: int | None = PAGE, after: str | None = None, timeout: float | None = None
    ) -> ShortInterestHistory:
        """Short interest by report, newest first, at most ``limit`` rows (None: all), from the cursor ``after`` on."""
        return self._wait(partial(self._async.short_interest, symbol, limit=limit, after=after), timeout)

    def iter_short_volume(
        self, symbol: str | Symbol, *, limit: int | None = None, after: str | None = None, timeout: float | None = None
    ) -> Iterator[ShortVolume]:
        """Daily short volume row by row, fetched page by page; ``timeout`` is for each page."""
        return self._each(partial(self._async.iter_short_volume, symbol, limit=limit, after=after), timeout)

    def iter_short_interest(
        self, symbol: str | Symbol, *, limit: int | None = None, after: str | None = None, timeout: float | None = None
    ) -> Iterator[ShortInterest]:
        """Short interest row by row, fetched page by page; ``timeout`` is for each page."""
        return self._each(partial(self._async.iter_short_interest, symbol, limit=limit, after=after), timeout)

    def call(self, what: str, kind: type[P], ask: Callable[[P], Awaitable[T]], *, timeout: float | None = None) -> T:
        """Ask the provider, which has to be a ``kind``, for something beside the questions: with the deadline and the retries of one.

        ``what`` names it in errors, events and statistics. ``ask`` runs on brokerport's own thread and must not block.
        """
        return self._wait(partial(self._async.call, what, kind, ask), timeout)

    def stats(self) -> Stats:
        """What the client has done so far, in numbers; also after it was closed."""
        return self._async.stats()

    @property
    def closed(self) -> bool:
        """Whether the client answers no more; in a forked process, its parent's do not."""
        return self._async.closed or (self._portal is not None and self._portal.foreign)

    def close(self) -> None:
        """End every call that runs with ClientClosedError, and close the connection. A second time does nothing."""
        with _opening:
            finish = self._finish or self._async.refuse  # what was never asked has nothing to close
        finish()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.broker}{' closed' if self.closed else ''}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"{self!r} holds a connection and cannot be pickled or copied: pass its name and settings, and get another there")

    def _open(self) -> Portal:
        """Have the portal's thread run from the first call on, until the client is closed or collected."""
        if self._portal is not None:
            return self._portal
        with _opening:
            if self._portal is None:
                from brokerport.client import portal

                self._async.check_open()
                gate = portal.shared()
                gate.lease()
                self._finish = weakref.finalize(self, _close, self._async, gate)
                self._portal = gate
            return self._portal

    def _wait(self, ask: Callable[..., Coroutine[Any, Any, T]], timeout: float | None) -> T:
        seconds = self._async.seconds(timeout)
        return self._open().call(partial(ask, timeout=seconds), seconds=seconds)

    def _each(self, ask: Callable[..., paging.Rows[Row]], timeout: float | None) -> Iterator[Row]:
        seconds = self._async.seconds(timeout)
        rows = self._open().call(partial(_begin, partial(ask, timeout=seconds)), seconds=seconds)
        return self._follow(rows, seconds)

    def _follow(self, rows: paging.Rows[Row], seconds: float) -> Iterator[Row]:
        while (page := self._open().call(rows.page, seconds=seconds)) is not None:
            yield from page


async def _begin(ask: Callable[[], T]) -> T:
    return ask()


def _close(client: AsyncClient, gate: Portal) -> None:
    """Close what a Client held: by its close(), when it is collected, or at the interpreter's exit."""
    if not gate.foreign:  # a forked child leaves its parent's alone
        gate.end(client.aclose, seconds=CLOSING)
