"""The door for coroutines."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from types import TracebackType
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from brokerport.client.asking import Asking, Terms
from brokerport.client.door import Door
from brokerport.events.observers import Observers
from brokerport.models import AsyncRows, Paged
from brokerport.questions import Provider, Question
from brokerport.questions.known import Known

if TYPE_CHECKING:
    from brokerport.events.stats import Stats

P = ParamSpec("P")
A = TypeVar("A")
T = TypeVar("T")
K = TypeVar("K", bound=Provider)
Row = TypeVar("Row")


class AsyncClient(Door):
    """Asks one broker, from coroutines of one event loop of asyncio's.

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
        self._asking = Asking(make, broker, observers, self._questions)
        self._terms = Terms(timeout, quotas, share)

    def ask(self, question: Question[P, A], /, *args: P.args, **kwargs: P.kwargs) -> Coroutine[Any, Any, A]:
        """The answer to any question, a stranger's too; the method of its name does the same."""
        return self._asking.ask(question, args, kwargs, self._terms)

    def iterate(self, question: Question[P, Paged[Row]], /, *args: P.args, **kwargs: P.kwargs) -> AsyncRows[Row]:
        """The rows of a paged question one by one, fetched page by page; without a ``limit`` all; ``timeout`` is for each page."""
        return self._asking.rows(question, args, kwargs, self._terms)

    def call(
        self, what: str, kind: type[K], ask: Callable[[K], Awaitable[T]], *, question: str | None = None, timeout: float | None = None
    ) -> Coroutine[Any, Any, T]:
        """Ask the provider, which has to be a ``kind``, for something beside the questions: with the deadline and the retries of one.

        ``what`` names it in errors, events and statistics; what it asks uses up the limits of ``question``, if one is named.
        """
        return self._asking.call(what, kind, ask, question, self._terms, timeout)

    def stats(self) -> Stats:
        """What the client has done so far, in numbers; also after it was closed."""
        return self._asking.stats()

    @property
    def closed(self) -> bool:
        """Whether the client answers no more."""
        return self._asking.closed

    async def aclose(self) -> None:
        """End every call that runs with ClientClosedError, and close the connection.

        It is closed once: whoever comes later waits for the same end. A caller that is cancelled leaves, and the closing goes on.
        """
        await self._asking.aclose()

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.aclose()
