"""Many who ask the same thing at the same time share one request.

One of them leads: it asks, as if it were alone. The others follow: they wait for what comes of that, each until its own deadline. A leader
that leaves without an answer takes nobody along: those who follow ask again, the first of them for the others.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from contextlib import nullcontext
from copy import copy
from typing import Any, Generic, TypeVar

from attrs import define, field

from brokerport.calls.call import Call, current, is_impatient
from brokerport.errors import BrokerportError, DeadlineError, QuotaError

T = TypeVar("T")

#: what says that the leader had not the time, and nothing of the others
ITS_OWN = (DeadlineError, QuotaError)


@define(eq=False)
class Sharing:
    """The requests of one client that are on their way."""

    _requests: dict[Hashable, _Request[Any]] = field(init=False, factory=dict)

    async def join(self, key: object, ask: Callable[[], Awaitable[T]]) -> T:
        """What ``ask`` gives, or what it gives to another that came before with an equal ``key`` and waits for it still.

        The broker's errors are shared too, as copies. Who waits for no quota shares with its like alone; a key that cannot be hashed,
        with nobody.
        """
        try:
            hash(key)
        except TypeError:
            return await ask()
        mine = key, is_impatient()
        request: _Request[T] | None
        while (request := self._requests.get(mine)) is not None:
            await request.landing()
            if request.answered:
                return request.answer
            if request.error is not None:
                raise copy(request.error) from request.error.__cause__
        return await self._lead(mine, ask)

    async def _lead(self, key: Hashable, ask: Callable[[], Awaitable[T]]) -> T:
        request = self._requests[key] = _Request[T](current())
        try:
            answer = await ask()
        except BrokerportError as error:
            if not isinstance(error, ITS_OWN) and not request.hurried:
                request.error = copy(error)  # what is told of this one's attempts is none of the others'
            raise
        else:
            request.answer, request.answered = answer, True
            return answer
        finally:
            del self._requests[key]
            request.land()


@define(eq=False)
class _Request(Generic[T]):
    """One that a leader makes and others wait for."""

    leader: Call | None
    answered: bool = field(init=False, default=False)
    answer: T = field(init=False)
    error: BrokerportError | None = field(init=False, default=None)
    _landed: asyncio.Event | None = field(init=False, default=None)  # where somebody follows

    @property
    def hurried(self) -> bool:
        """Whether the leader's time was too short for an attempt that others may have the time for."""
        return self.leader is not None and self.leader.hurried

    async def landing(self) -> None:
        """Wait until it is over, however it ends."""
        follower = current()
        if self._landed is None:
            self._landed = asyncio.Event()
        with nullcontext() if follower is None or self.leader is None else follower.following(self.leader):
            await self._landed.wait()

    def land(self) -> None:
        """It is over."""
        if self._landed is not None:
            self._landed.set()
