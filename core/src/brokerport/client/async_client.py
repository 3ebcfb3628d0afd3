"""The door for coroutines; the blocking one stands on it.

A client costs nothing until it is asked: asyncio, the provider and all it needs are imported by the first call.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from math import ceil
from types import TracebackType
from typing import TYPE_CHECKING, Any, ParamSpec, TypedDict, TypeVar, cast

from brokerport.client.door import Door
from brokerport.errors import ClientClosedError, InvalidRequestError, UnsupportedError
from brokerport.events.observers import Observers
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

P = ParamSpec("P")
A = TypeVar("A")
T = TypeVar("T")
K = TypeVar("K", bound=Provider)
Row = TypeVar("Row")

CLOSING = 1.0  # seconds that a provider has to close; what takes longer is left behind


class AsyncClient(Door):
    """Asks one broker, from coroutines of one event loop.

    It has a method for each question. Every one takes ``timeout``, the seconds for the whole call: waiting for quota, connecting, every
    attempt, every page.

    Raises (every method):
        InvalidRequestError: An argument cannot be right; nothing was sent.
        UnsupportedError: This broker has no such data, or not for this market.
        ConnectError, HandshakeError: The broker cannot be reached.
        DeadlineError: The time is up.
        QuotaError, RejectedError: The broker said no.
        BadReplyError: The broker's answer makes no sense.
        ClientClosedError: The client was closed.
    """

    def __init__(
        self,
        make: Callable[[], Provider],
        *,
        broker: str,
        timeout: float = 60.0,
        observers: tuple[Observers, ...] = (),
        questions: Known | None = None,
        quotas: bool = True,
        share: bool = True,
    ) -> None:
        super().__init__(broker, questions or Known())
        self._quotas = quotas
        self._share = share
        self._sharing: Sharing | None = None  # of the requests that are on their way
        self._keeper: Keeper | None = None  # of the limits that the provider declares
        self._make = make
        self._observers = observers
        self._reporter: Reporter | None = None
        self._provider: Provider | None = None
        self._page_sizes: dict[str, int | None] | None = None  # of the questions, as the provider says
        self._methods: dict[Callable[..., Any], Callable[..., Awaitable[Any]]] = {}  # that answer, by the question's signature
        self._timeout = arguments.seconds(timeout)
        self._loop: asyncio.AbstractEventLoop | None = None  # that of the first call
        self._retries: Retry | None = None  # one for all calls: they share its budget
        self._calls: set[Call] = set()
        self._closed = False
        self._drained: asyncio.Event | None = None  # set when the last call is over, while closing

    async def ask(self, question: Question[P, A], /, *args: P.args, **kwargs: P.kwargs) -> A:
        """The answer to any question, a stranger's too; the method of its name does the same."""
        asked = question.asked(args, kwargs)
        method = self._answering(question, asked)
        async with self._call(str(asked), asked.timeout, self._requests(question, asked)) as call:
            if not question.paged:
                return cast("A", await self._request(asked, partial(method, *asked.place, **asked.arguments)))
            from brokerport.calls import paging

            return cast("A", await paging.whole(self._pages(method, asked), **_bounds(question, asked), call=call))

    def iterate(self, question: Question[P, Paged[Row]], /, *args: P.args, **kwargs: P.kwargs) -> AsyncRows[Row]:
        """The rows of a paged question one by one, fetched page by page; without a ``limit`` all; ``timeout`` is for each page."""
        return self.rows(question, args, kwargs)

    def rows(self, question: Question[..., Paged[Row]], args: tuple[Any, ...], kwargs: dict[str, Any]) -> AsyncRows[Row]:
        """See ``iterate``."""
        asked = question.asked(args, {"limit": None, **kwargs})
        self.seconds(asked.timeout)  # refused here, and not with the first page
        pages = self._pages(self._answering(question, asked), asked)
        begin = partial(self._call, f"{ROWS}{asked}", asked.timeout, 1)
        from brokerport.calls import paging

        return AsyncRows(paging.pages(pages, **_bounds(question, asked), begin=begin), asked.subject)

    async def call(
        self, what: str, kind: type[K], ask: Callable[[K], Awaitable[T]], *, question: str | None = None, timeout: float | None = None
    ) -> T:
        """Ask the provider, which has to be a ``kind``, for something beside the questions: with the deadline and the retries of one.

        ``what`` names it in errors, events and statistics; what it asks uses up the limits of ``question``, if one is named.
        """
        provider = self._open()
        if not isinstance(provider, kind):
            raise UnsupportedError(f"{self.broker} has no {what}")
        async with self._call(what, timeout, 1):
            request = partial(ask, provider)
            return await self._retry(request if question is None else partial(self._within_limits, question, request))

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

    def _open(self) -> Provider:
        """The provider, which the first call makes."""
        self.check_open()
        if self._provider is None:
            self._provider = self._make()
        return self._provider

    def _answering(self, question: Question[..., Any], asked: Asked) -> Callable[..., Awaitable[Any]]:
        """What answers it of the provider."""
        method = self._methods.get(question.signature) or self._method(question)
        if question.said.added:
            check_takes(method, asked, question.said.added, self.broker)
        return method

    def _method(self, question: Question[..., Any]) -> Callable[..., Awaitable[Any]]:
        method = question.answered_by(self._open())
        if method is None:
            raise UnsupportedError(f"{self.broker} has no {question.data}; brokerport capabilities shows who has")
        self._methods[question.signature] = method
        return method

    def _pages(self, method: Callable[..., Awaitable[Any]], asked: Asked) -> paging.Fetch[Any]:
        """Gets one page, again when that may help: with the same cursor, so no row is lost or doubled."""

        async def page(*, limit: int | None, after: str | None) -> Paged[Any]:
            one = partial(method, *asked.place, **{**asked.arguments, "limit": limit, "after": after})
            return cast("Paged[Any]", await self._request(asked, one, limit, after))

        return page

    def _check_loop(self, what: str) -> None:
        import asyncio

        if self._loop not in (None, asyncio.get_running_loop()):
            raise InvalidRequestError(f"{self.broker}.{what}: this AsyncClient belongs to another event loop; get one for this loop")

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
            self._page_sizes = {each.question: each.page_size for each in self._open().capabilities()}
        return self._page_sizes.get(question)

    def _call(self, what: str, timeout: float | None, requests: int | None, place: int = 0) -> Call:
        import asyncio

        from brokerport.calls.call import Call

        self.check_open()
        self._loop = self._loop or asyncio.get_running_loop()
        self._check_loop(what)
        seconds, reporter, patient = self.seconds(timeout), self._reporter or self._report(), timeout is None
        call = Call(f"{self.broker}.{what}", seconds, self._over, reporter, patient=patient, requests=requests, place=place)
        self._calls.add(call)
        return call

    async def _request(self, asked: Asked, ask: Callable[[], Awaitable[T]], *page: object) -> T:
        """One request, of one page where there are pages, made again when that may help; shared by all who ask the same meanwhile."""
        within = partial(self._retry, partial(self._within_limits, asked.question, ask))
        if not self._share:
            return await within()
        return await (self._sharing or self._new_sharing()).join((asked.key, *page), within)

    async def _within_limits(self, question: str, ask: Callable[[], Awaitable[T]]) -> T:
        if not self._quotas:
            return await ask()
        request, provider = ask(), self._open()  # what a provider is able to refuse at once, it does here: nothing was sent
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
