"""One broker: what every provider is, whatever it answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from functools import cache
from typing import Any, ClassVar

from brokerport.models import Account, Limit
from brokerport.questions.capability import Capability
from brokerport.questions.step import Step

_LIMITS = "_limits of the questions"  # among the attributes of a provider, which may be frozen; no name that an author could choose


class Provider:
    """One broker, not yet connected; it connects when it is first asked.

    A plugin's provider subclasses the abstract providers of the questions that it can answer. Their methods are coroutines; work that
    blocks goes through ``asyncio.to_thread``. They get arguments that are already checked, run under the caller's deadline and within
    the quotas that the provider declares, and raise the errors of ``brokerport.errors``.
    """

    #: seconds in which replies come when all is well: a first attempt that takes longer is made again; None: as long as the call has
    reply_within: ClassVar[float | None] = None

    async def aclose(self) -> None:
        """Give back what it holds; called once, also after failures."""

    def capabilities(self) -> tuple[Capability, ...]:
        """What it answers; by default, the methods of the abstract providers it subclasses."""
        kind: type = type(self)
        return _by_its_bases(kind)

    async def account(self) -> Account | None:
        """Whose limits the next request uses up; may connect to find out. By default nobody's in particular: the broker's name counts."""
        return None

    def limits(self, question: str) -> tuple[Limit, ...]:
        """How often ``question`` may be asked now. Asked before each request, after ``account``.

        By default what ``capabilities`` said when it was asked first: limits that change are told here.
        """
        told: dict[str, tuple[Limit, ...]] | None = self.__dict__.get(_LIMITS)
        if told is None:
            told = self.__dict__[_LIMITS] = {each.question: each.limits for each in reversed(tuple(self.capabilities()))}
        return told.get(question, ())

    def answering(self, question: str) -> Callable[..., Awaitable[Any]] | None:
        """What answers ``question``, of a provider that has no method for it but a table of its own; by default nothing."""
        return None

    def checks(self, question: str, symbol: Any) -> tuple[Step, ...]:
        """What of its own has to hold before it can answer, such as a gateway that is logged in; by default nothing. Does no I/O itself.

        ``symbol`` is what is asked about: a Symbol, or what else the question is about.
        """
        return ()


@cache
def _by_its_bases(kind: type) -> tuple[Capability, ...]:
    """Kept, as it is looked at before each request."""
    return tuple(map(Capability, dict.fromkeys(_abstract_methods(kind))))


def _abstract_methods(kind: type) -> Iterator[str]:
    """The names of the questions of the abstract providers that a class has among its bases, those of the first base first."""
    for base in kind.__mro__:
        if issubclass(base, Provider):
            yield from (name for name, method in vars(base).items() if getattr(method, "__isabstractmethod__", False))
