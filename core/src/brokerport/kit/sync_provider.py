"""For a broker whose SDK blocks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import cached_property, partial
from typing import ClassVar, ParamSpec, TypeVar

from brokerport.errors import ConnectError
from brokerport.kit.threads import Threads
from brokerport.logs import log
from brokerport.questions import Provider

P = ParamSpec("P")
T = TypeVar("T")

CLOSING = 0.5  # seconds that the SDK has to close; the client gives the whole provider one


class SyncProvider(Provider):
    """Subclass it beside the abstract providers, and call whatever blocks through ``blocking``::

        class AcmeProvider(SyncProvider, ShortVolumeProvider):
            async def short_volume(self, symbol: Symbol, *, limit: int | None, after: str | None) -> ShortVolumeHistory:
                rows = await self.blocking(self._sdk.short_volume, symbol.code, timeout=remaining())

    A call ends at its deadline, even where the SDK goes on. What it goes on with keeps one of the ``threads`` until it is over; calls wait
    for a free one, in the order in which they came.
    """

    #: most calls of the SDK at the same time. 1: all of its work is done by one and the same thread, for an SDK that asks for that
    threads: ClassVar[int] = 4

    async def blocking(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What ``function`` returns or raises, called in a thread; context variables go with it. Not called once the caller has left.

        Raises:
            ConnectError: Each thread hangs in a call whose caller has left; the text says in which, and for how long.
        """
        return await self._threads.run(_name(function), partial(function, *args, **kwargs))

    def close(self) -> None:
        """Give back what the SDK holds. It may block; it is called once, in one of the threads, if there was any call of ``blocking``."""

    async def aclose(self) -> None:
        """Call ``close``, where a thread is free for it in time, and end the threads. Those that hang are left behind."""
        try:
            if self._threads.in_use:
                async with asyncio.timeout(CLOSING):
                    await self.blocking(self.close)
        except TimeoutError:
            log().warning("%s.close() did not end within %g s, and its thread was left behind", type(self).__name__, CLOSING)
        except ConnectError as error:
            log().warning("close() was not called: %s", error)
        finally:
            self._threads.end()

    @cached_property
    def _threads(self) -> Threads:
        return Threads(type(self).__name__, self.threads)


def _name(function: object) -> str:
    """Of what may hang, without its arguments, which may be secret."""
    if isinstance(function, partial):
        return _name(function.func)
    return getattr(function, "__qualname__", type(function).__qualname__)
