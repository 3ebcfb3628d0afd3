"""One broker of a route: whether it was there a moment ago, and how much of a call's time it has."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from math import inf
from typing import TypeVar

from attrs import define, field, frozen

from brokerport.calls import call
from brokerport.client.async_client import AsyncClient
from brokerport.errors import (
    BadReplyError,
    BrokerportError,
    ConnectError,
    DeadlineError,
    HandshakeError,
    PluginError,
    QuotaError,
    RejectedError,
)
from brokerport.questions import Capability, Subject
from brokerport.questions.arguments import PAGE

R = TypeVar("R")

PATIENCE = 5.0  # seconds that a broker has while another can be asked
AWAY = 10.0  # seconds that a broker which was not there is asked last
SILENCE = 0.5  # seconds; a call with less time than this says nothing about the broker that did not answer it
DOWN = (ConnectError, HandshakeError, DeadlineError, PluginError)  # the errors of a broker that is not there
THERE = (QuotaError, RejectedError, BadReplyError)  # those of one that is


@frozen
class Share:
    """How much of the time that is left a broker has."""

    part: float
    most: float = inf  # seconds

    async def of(self, ask: Callable[..., Awaitable[R]]) -> R:
        """Ask with this ``timeout``; where others are at hand, without a wait for quota or for a gateway that may come back."""
        with call.impatient() if self.most < inf else nullcontext():
            return await ask(timeout=min(self.part * left(), self.most))


QUICK = Share(1 / 2, PATIENCE)  # others are at hand
HALF = Share(1 / 2)  # another would be asked once more
REST = Share(1)

Ask = Callable[[AsyncClient, Share], Awaitable[R]]


@define(eq=False)
class Stop:
    """One broker of a route; its client is opened when it is first asked."""

    name: str
    _tell: Callable[[], tuple[Capability, ...]]
    _open: Callable[[], AsyncClient]
    clock: Callable[[], float] = time.monotonic
    _told: tuple[Capability, ...] = field(init=False, default=())
    _client: AsyncClient | None = field(init=False, default=None)
    _away_until: float | None = field(init=False, default=None)

    @property
    def away(self) -> bool:
        """Whether it was not there a moment ago."""
        return self._away_until is not None and self.clock() < self._away_until

    async def ask(self, ask: Ask[R], share: Share) -> R:
        """Its answer; remembers whether it was there."""
        began = self.clock()
        if self._away_until is not None and not self.away:
            self._away_until = began + AWAY  # this call finds out for the others
        try:
            answer = await ask(self._opened(), share)
        except BrokerportError as error:
            self._learn(error, self.clock() - began)
            raise
        self._away_until = None
        return answer

    def capabilities(self) -> tuple[Capability, ...]:
        """What it says that it answers; nothing while it cannot be asked."""
        self._told = self._told or self._tell()
        return self._told

    def answers(self, question: str, subject: Subject) -> bool:
        """Whether it says that it has such data."""
        return any(each.answers(question, subject) for each in self.capabilities())

    def page_size(self, question: str) -> int:
        """The rows of one request."""
        return next((each.page_size for each in self.capabilities() if each.question == question and each.page_size), PAGE)

    async def aclose(self) -> None:
        """Close its client, if it was ever asked."""
        if self._client is not None:
            await self._client.aclose()

    def _learn(self, error: BrokerportError, seconds: float) -> None:
        hasty = isinstance(error, DeadlineError) and seconds < SILENCE
        if isinstance(error, DOWN) and not hasty:
            self._away_until = self.clock() + AWAY
        elif isinstance(error, THERE):
            self._away_until = None

    def _opened(self) -> AsyncClient:
        if self._client is None:
            self._client = self._open()
        return self._client


def left() -> float:
    """Seconds that the call has, a little less, so that the broker's own error comes before the route's deadline.

    What is less is for making the broker's provider, which takes some 10 ms the first time, and for a busy event loop.
    """
    seconds = call.remaining()
    return 60.0 if seconds is None else max(seconds - 0.05, seconds / 2, 0.001)
