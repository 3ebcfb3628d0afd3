"""Work that its callers may leave: it goes on to its end once it is begun."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from attrs import define, field

from brokerport.blaming.strangers import blamed, is_strangers
from brokerport.logs import harmless

T = TypeVar("T")


def begin(work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    """Begin ``work``; an error of it is told to those who wait for its ``outcome``, and to nobody where all have left.

    What would end the event loop, such as SystemExit, is a PluginError.
    """
    task = asyncio.create_task(_contained(work))
    task.add_done_callback(_look)
    task.add_done_callback(lambda _: work.close())  # one that never began would be complained of
    return task


async def outcome(task: asyncio.Task[T]) -> T:
    """What comes of ``task``, which goes on when its caller leaves."""
    await asyncio.wait([task])  # not shielded: from Python 3.14 on a shield reports every error that comes after its caller left
    return task.result()


@define(eq=False)
class Finishing:
    """What is under way; only closing ends it early."""

    _tasks: set[asyncio.Task[Any]] = field(init=False, factory=set)

    def begin(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Begin ``work``; wait for it with ``outcome``."""
        task = begin(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def settle(self, seconds: float) -> None:
        """Wait until all of it is over, at most so long."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)

    async def aclose(self) -> None:
        """Cancel all of it."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def _contained(work: Coroutine[Any, Any, T]) -> T:
    try:
        return await work
    except (SystemExit, KeyboardInterrupt) as error:
        if not is_strangers(error):
            raise
        raise blamed("work that was begun raised", error) from harmless(error)


def _look(task: asyncio.Task[Any]) -> None:
    """Else asyncio would report the error."""
    if not task.cancelled():
        task.exception()
