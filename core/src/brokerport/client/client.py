"""The door for everyone who blocks: threads, scripts, notebooks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from brokerport.client.asking import Asking, Terms
from brokerport.client.door import Door
from brokerport.client.line import Line
from brokerport.events.observers import Observers
from brokerport.models import Paged, Rows
from brokerport.questions import Provider, Question
from brokerport.questions.known import Known

if TYPE_CHECKING:
    from brokerport.events.stats import Stats

P = ParamSpec("P")
A = TypeVar("A")
T = TypeVar("T")
K = TypeVar("K", bound=Provider)
Row = TypeVar("Row")


class Client(Door):
    """Asks one broker, from any thread; also from inside a running event loop, such as a notebook's.

    The methods, their arguments and errors are AsyncClient's; they block. Those who got it from a registry share its connection, each with
    a ``timeout`` of his own: leaving a ``with`` block gives back one's own hold, and the last one closes it.
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
        self._take(Line(Asking(make, broker, observers, questions or Known())), Terms(timeout, quotas, share))

    def ask(self, question: Question[P, A], /, *args: P.args, **kwargs: P.kwargs) -> A:
        """The answer to any question, a stranger's too; the method of its name does the same."""
        seconds = self._terms.seconds(_timeout(kwargs))
        return self._line.open().call(partial(self._asking.ask, question, args, kwargs, self._terms), seconds=seconds)

    def iterate(self, question: Question[P, Paged[Row]], /, *args: P.args, **kwargs: P.kwargs) -> Rows[Row]:
        """The rows of a paged question one by one, fetched page by page; without a ``limit`` all; ``timeout`` is for each page."""
        seconds = self._terms.seconds(_timeout(kwargs))
        rows = self._line.open().call(partial(_begin, partial(self._asking.rows, question, args, kwargs, self._terms)), seconds=seconds)
        return Rows(lambda: self._line.open().call(rows.page, seconds=seconds), rows.symbol or rows.market)

    def call(
        self, what: str, kind: type[K], ask: Callable[[K], Awaitable[T]], *, question: str | None = None, timeout: float | None = None
    ) -> T:
        """Ask the provider, which has to be a ``kind``, for something beside the questions: with the deadline and the retries of one.

        ``what`` names it in errors, events and statistics; what it asks uses up the limits of ``question``, if one is named. ``ask`` runs
        on brokerport's own thread and must not block.
        """
        seconds = self._terms.seconds(timeout)
        work = partial(self._asking.call, what, kind, ask, question, self._terms, timeout)
        return self._line.open().call(work, seconds=seconds)

    def stats(self) -> Stats:
        """What all who share the connection have done so far, in numbers; also after it was closed."""
        return self._asking.stats()

    @property
    def closed(self) -> bool:
        """Whether the client answers no more; in a forked process, its parent's do not."""
        return self._line.closed

    def close(self) -> None:
        """End every call that runs with ClientClosedError, whoever made it, and close the connection.

        It is closed once: whoever comes later waits for the same end. A caller that is interrupted leaves, and the closing goes on.
        """
        self._line.close()

    def __enter__(self) -> Client:
        self._line.holds.enter()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._line.holds.leave():
            self.close()

    def _take(self, line: Line, terms: Terms) -> None:
        self._line, self._asking, self._terms = line, line.asking, terms
        super().__init__(line.asking.broker, line.asking.questions)
        line.clients[terms] = self


def sharing(client: Client, terms: Terms) -> Client:
    """For one more who shares a client's line and did not enter a ``with`` block yet: the client of his own terms."""
    line = client._line  # noqa: SLF001  # the class is this module's
    line.holds.add()
    if isinstance(one := line.clients.get(terms), Client):
        return one
    other = Client.__new__(Client)
    other._take(line, terms)  # noqa: SLF001  # the class is this module's
    return other


def closing(client: Client) -> Callable[[], None]:
    """Begin to close it; what is returned waits for the end."""
    return client._line.end()  # noqa: SLF001  # the class is this module's


def _timeout(kwargs: dict[str, Any]) -> float | None:
    timeout: float | None = kwargs.get("timeout")
    return timeout


async def _begin(ask: Callable[[], T]) -> T:
    return ask()
