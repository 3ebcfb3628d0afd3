"""What both doors stand on: one broker, asked from the coroutines of one event loop.

It costs nothing until it is asked: asyncio, the provider and all it needs are imported by the first call.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from math import ceil
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar, cast

from attrs import field, frozen

from brokerport.blaming.strangers import is_strangers, stranger
from brokerport.errors import ClientClosedError, InvalidRequestError, UnsupportedError
from brokerport.events.observers import Observers
from brokerport.forks import elsewhere, watch
from brokerport.logs import log
from brokerport.models import AsyncRows, Paged
from brokerport.questions import Provider, Question, arguments
from brokerport.questions.asked import Asked
from brokerport.questions.doors import ROWS
from brokerport.questions.known import Known
from brokerport.questions.question import check_takes

if TYPE_CHECKING:
    import asyncio

    from brokerport.calls import paging
    from brokerport.calls.call import Call
    from brokerport.calls.retry import Retry
    from brokerport.calls.sharing import Sharing
    from brokerport.events.reporter import Reporter
    from brokerport.events.stats import Stats
    from brokerport.quotas.keeper import Keeper

T = TypeVar("T")
K = TypeVar("K", bound=Provider)
Row = TypeVar("Row")

NO_LOOP = (
    "an AsyncClient needs asyncio, and no event loop of asyncio's runs here; with trio, ask a blocking client, by registry.get, in "
    "trio.to_thread.run_sync, or run the program by anyio.run with its backend 'asyncio'"
)
CLOSING = 1.0  # seconds that a provider has to close; what takes longer is left behind
STUBBORN = 0.5  # seconds more, for one that is cancelled then; whoever waits for one that goes on all the same leaves it


@frozen
class Terms:
    """What is one caller's own, where several share a connection."""

    timeout: float = field(default=60.0, converter=arguments.seconds)  #: seconds that a call has which does not say otherwise
    quotas: bool = True
    share: bool = True

    def seconds(self, timeout: float | None) -> float:
        """The time that a call with this ``timeout`` has."""
        return self.timeout if timeout is None else arguments.seconds(timeout)


class Asking:
    """Asks one broker, and is closed once and for good; the methods are told on whose terms they ask."""

    def __init__(self, make: Callable[[], Provider], broker: str, observers: tuple[Observers, ...], questions: Known) -> None:
        self.broker = broker
        self.questions = questions
        self._sharing: Sharing | None = None  # of the requests that are on their way
        self._keeper: Keeper | None = None  # of the limits that the provider declares
        self._make = make
        self._observers = observers
        self._reporter: Reporter | None = None
        self._provider: Provider | None = None
        self._page_sizes: dict[str, int | None] | None = None  # of the questions, as the provider says
        self._methods: dict[Callable[..., Any], Callable[..., Awaitable[Any]]] = {}  # that answer, by the question's signature
        self._loop: asyncio.AbstractEventLoop | None = None  # that of the first call
        self._retries: Retry | None = None  # one for all calls: they share its budget
        self._calls: set[Call] = set()
        self._refusal: str | None = None  # why no call is answered any more
        self._process: int | None = None  # in which the provider was made
        self._foreign = False  # whether this is another one, forked from that
        self._closing: asyncio.Task[None] | None = None  # which goes on when those who wait for it leave
        self._drained: asyncio.Event | None = None  # set when the last call is over, while closing

    async def ask(self, question: Question[..., T], args: tuple[Any, ...], kwargs: dict[str, Any], terms: Terms) -> T:
        """The answer to any question."""
        asked = question.asked(args, kwargs)
        if self._loop is None:
            self._check_loop(str(asked))  # before a provider is made that would need one
        method = self._answering(question, asked)
        async with self._call(str(asked), terms, asked.timeout, self._requests(question, asked)) as call:
            if not question.paged:
                return cast("T", await self._request(asked, partial(method, *asked.place, **asked.arguments), terms))
            from brokerport.calls import paging

            return cast("T", await paging.whole(self._pages(method, asked, terms), **_bounds(question, asked), call=call))

    def rows(self, question: Question[..., Paged[Row]], args: tuple[Any, ...], kwargs: dict[str, Any], terms: Terms) -> AsyncRows[Row]:
        """The rows of a paged question one by one, fetched page by page; ``timeout`` is for each page."""
        asked = question.asked(args, {"limit": None, **kwargs})
        terms.seconds(asked.timeout)  # refused here, and not with the first page
        pages = self._pages(self._answering(question, asked), asked, terms)
        begin = partial(self._call, f"{ROWS}{asked}", terms, asked.timeout, 1)
        from brokerport.calls import paging

        return AsyncRows(paging.pages(pages, **_bounds(question, asked), begin=begin), asked.subject)

    async def call(
        self, what: str, kind: type[K], ask: Callable[[K], Awaitable[T]], question: str | None, terms: Terms, timeout: float | None
    ) -> T:
        """Ask the provider, which has to be a ``kind``, for something beside the questions: with the deadline and the retries of one."""
        if self._loop is None:
            self._check_loop(what)
        provider = self._open()
        if not isinstance(provider, kind):
            raise UnsupportedError(f"{self.broker} has no {what}")
        async with self._call(what, terms, timeout, 1):
            request = partial(ask, provider)
            return await self._retry(request if question is None else partial(self._within_limits, question, request, terms))

    def stats(self) -> Stats:
        """What was done so far, in numbers; also after it was closed."""
        return self._report().stats(budget=self._retry_policy().budget.tokens)

    @property
    def closed(self) -> bool:
        """Whether no call is answered any more."""
        return self._refusal is not None

    def check_open(self) -> None:
        """Raise ClientClosedError when it is closed."""
        if self._refusal is not None:
            raise ClientClosedError(f"{self.broker}: {self._refusal}")

    def refuse(self) -> None:
        """Answer no further call; those that run go on."""
        self._refusal = self._refusal or "the client is closed; get a new one"

    async def aclose(self) -> None:
        """End every call that runs with ClientClosedError, and close the connection.

        It is closed once. Whoever comes later waits for the same end, and it comes without those who leave.
        """
        again = self.closed
        self.refuse()
        if self._provider is None or self._foreign or (again and self._closing is None and self._lost()) or self._never_ran():
            return
        import asyncio

        if self._closing is None:
            self._check_loop("aclose()")
            self._closing = asyncio.create_task(self._close(self._provider), name=f"close {self.broker}")
            self._closing.add_done_callback(_look)
        if not self._closing.done():
            self._check_loop("aclose()")
            _, left_behind = await asyncio.wait({self._closing}, timeout=CLOSING + STUBBORN)
            if left_behind:
                log().warning("%s: the provider goes on closing although it was cancelled, and was left behind", self.broker)

    def forked(self) -> None:
        """In a forked child: whatever is open is its parent's."""
        assert self._process is not None
        self._foreign = True
        self._refusal = elsewhere(self._process)
        for call in tuple(self._calls):
            call.abandon(self._refusal)

    async def _close(self, provider: Provider) -> None:
        import asyncio

        try:
            async with asyncio.timeout(CLOSING) as patience:
                try:
                    async with asyncio.timeout(CLOSING / 2):
                        await self._abandon_calls()
                except TimeoutError:
                    log().warning("%s: a call goes on that was cancelled, and was left behind", self.broker)
                except asyncio.CancelledError:  # the loop ends, and the provider has what it has left
                    if patience.expired():
                        raise
                await provider.aclose()
        except TimeoutError:
            log().warning("%s: the provider did not close within %g s and was left behind", self.broker, CLOSING)
        except BaseException as error:
            if not is_strangers(error, asyncio.current_task()):
                raise
            log().warning("%s: the provider did not close and was left behind", self.broker, exc_info=True)

    def _lost(self) -> bool:
        """Whether its event loop ended before it was closed, and nothing can be done on it any more."""
        return self._loop is not None and self._loop.is_closed()

    def _never_ran(self) -> bool:
        """Whether it was never asked, and there is no event loop to close on what nobody opened."""
        import asyncio

        return self._loop is None and asyncio._get_running_loop() is None  # noqa: SLF001  # without an error where there is none

    def _open(self) -> Provider:
        """The provider, which the first call makes."""
        self.check_open()
        if self._provider is None:
            self._process = os.getpid()
            watch(self)
            self._provider = self._make()
        return self._provider

    def _answering(self, question: Question[..., Any], asked: Asked) -> Callable[..., Awaitable[Any]]:
        """What answers it of the provider."""
        method = self._methods.get(question.signature) or self._method(question)
        if question.said.added:
            check_takes(method, asked, question.said.added, self.broker)
        return method

    def _method(self, question: Question[..., Any]) -> Callable[..., Awaitable[Any]]:
        provider = self._open()
        with stranger(self.broker, f"could not tell what answers {question.name}"):
            method = question.answered_by(provider)
        if method is None:
            raise UnsupportedError(f"{self.broker} has no {question.data}; brokerport capabilities shows who has")
        self._methods[question.signature] = method
        return method

    def _pages(self, method: Callable[..., Awaitable[Any]], asked: Asked, terms: Terms) -> paging.Fetch[Any]:
        """Gets one page, again when that may help: with the same cursor, so no row is lost or doubled."""

        async def page(*, limit: int | None, after: str | None) -> Paged[Any]:
            one = partial(method, *asked.place, **{**asked.arguments, "limit": limit, "after": after})
            return cast("Paged[Any]", await self._request(asked, one, terms, limit, after))

        return page

    def _check_loop(self, what: str) -> asyncio.AbstractEventLoop:
        """The running event loop, if the client can be used on it."""
        import asyncio

        try:
            running = asyncio.get_running_loop()
        except RuntimeError as error:
            raise InvalidRequestError(f"{self.broker}.{what}: {NO_LOOP}") from error
        if self._loop not in (None, running):
            raise InvalidRequestError(f"{self.broker}.{what}: this AsyncClient belongs to another event loop; get one for this loop")
        return running

    def _requests(self, question: Question[..., Any], asked: Asked) -> int | None:
        """How many requests it takes when all is well; None where nobody knows. Calls that came later wait for them."""
        if not question.paged:
            return 1
        if (limit := asked.arguments["limit"]) is None:
            return None
        if limit <= arguments.PAGE:  # which every broker gives at a time
            return 1
        size = self._page_size(question.name)
        return None if size is None else ceil(limit / size)

    def _page_size(self, question: str) -> int | None:
        if self._page_sizes is None:
            provider = self._open()
            with stranger(self.broker, "told no capabilities"):
                self._page_sizes = {each.question: each.page_size for each in provider.capabilities()}
        return self._page_sizes.get(question)

    def _call(self, what: str, terms: Terms, timeout: float | None, requests: int | None, place: int = 0) -> Call:
        from brokerport.calls.call import Call

        self.check_open()
        self._loop = self._check_loop(what)
        seconds, reporter, patient = terms.seconds(timeout), self._reporter or self._report(), timeout is None
        call = Call(f"{self.broker}.{what}", seconds, self._over, reporter, patient=patient, requests=requests, place=place)
        self._calls.add(call)
        return call

    async def _request(self, asked: Asked, ask: Callable[[], Awaitable[T]], terms: Terms, *page: object) -> T:
        """One request, of one page where there are pages, made again when that may help; shared by all who ask the same meanwhile."""
        within = partial(self._retry, partial(self._within_limits, asked.question, ask, terms))
        if not terms.share:
            return await within()
        return await (self._sharing or self._new_sharing()).join((asked.key, terms.quotas, *page), within)

    async def _within_limits(self, question: str, ask: Callable[[], Awaitable[T]], terms: Terms) -> T:
        if not terms.quotas:
            return await ask()
        provider, request = self._open(), ask()  # what a provider is able to refuse at once, it does here: nothing was sent
        try:
            account = await provider.account()  # may connect: no slot is spent on a broker that is not there
            async with (self._keeper or self._new_keeper()).slot(question, provider.limits(question), account):
                return await request
        finally:
            if isinstance(request, Coroutine):
                request.close()  # one that never began would be complained of

    def _new_keeper(self) -> Keeper:
        from brokerport.quotas.keeper import Keeper

        self._keeper = Keeper(self.broker)
        return self._keeper

    def _new_sharing(self) -> Sharing:
        from brokerport.calls.sharing import Sharing

        self._sharing = Sharing()
        return self._sharing

    async def _retry(self, ask: Callable[[], Awaitable[T]]) -> T:
        return await (self._retries or self._retry_policy())(ask, self._provider.reply_within if self._provider else None)

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


class _Bounds(TypedDict):
    key: tuple[str, ...]
    limit: int | None
    after: str | None


def _bounds(question: Question[..., Any], asked: Asked) -> _Bounds:
    """What tells the rows of a history apart, how many of them, and from where on."""
    return {"key": question.rows, "limit": asked.arguments["limit"], "after": asked.arguments["after"]}


def _look(closing: asyncio.Task[None]) -> None:
    """Else asyncio would report what ended it: an interrupt, which its loop told already."""
    if not closing.cancelled():
        closing.exception()
