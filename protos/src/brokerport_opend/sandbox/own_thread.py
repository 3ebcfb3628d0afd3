"""A service on an event loop and a thread of its own, for callers that block."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from threading import Thread

from attrs import define, field

PATIENCE = 10.0  # seconds in which it begins, and ends


@define(eq=False)
class OwnThread:
    """Begins on the thread, stays, and ends there."""

    begin: Callable[[], Awaitable[None]]
    end: Callable[[], Awaitable[None]]
    _begun: Future[None] = field(init=False, factory=Future)
    _over: Future[None] = field(init=False, factory=Future)
    _thread: Thread = field(init=False)

    def start(self) -> None:
        """Return when it has begun; raises what ``begin`` raised, and TimeoutError when it takes too long."""
        self._thread = Thread(target=lambda: asyncio.run(self._live()), name="opend-sandbox", daemon=True)
        self._thread.start()
        try:
            self._begun.result(PATIENCE)
        except BaseException:  # an interrupt too: what begins later ends at once
            self._let_go()
            raise

    def stop(self) -> None:
        """Return when it has ended, and the thread with it; TimeoutError when that takes too long."""
        self._let_go()
        if self._thread.is_alive():
            raise TimeoutError(f"{self._thread.name} did not end within {PATIENCE:g} s")

    def _let_go(self) -> None:
        self._over.set_result(None)
        self._thread.join(PATIENCE)

    async def _live(self) -> None:
        try:
            await self.begin()
        except Exception as error:  # noqa: BLE001  # whatever it is, it is the caller's
            self._begun.set_exception(error)
            return
        self._begun.set_result(None)
        await asyncio.wrap_future(self._over)
        await self.end()
