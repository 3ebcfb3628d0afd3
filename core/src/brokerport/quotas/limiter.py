"""Limits for work that is no question: a token's refresh, a download, a login."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from brokerport.models.quota import Account, Limit
from brokerport.quotas.keeper import Keeper


class Limiter:
    """Keeps to one limit or several, as core does for the questions.

    ::

        logins = Limiter(Quota(10, 60.0), AtOnce(2), name="login")
        async with logins.slot():
            ...

    ``name`` says what is asked. With an ``account``, what is sent counts for all limiters of that name: those of all processes of this
    user, or of this process alone where the account is local. Without one, the limiter counts for itself.
    """

    def __init__(
        self, *limits: Limit, name: str = "a request", account: Account | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.limits = limits  #: may be changed at any time; what was sent counts on
        self.name = name
        self._account = account or Account(f"limiter {id(self)}", local=True)
        self._keeper = Keeper("limiter", clock)

    def slot(self) -> AbstractAsyncContextManager[None]:
        """Hold a slot of every limit while a request is on its way; waits its turn first, within the deadline of the running call.

        A QuotaError of the body's is the refusal of whoever is asked: it holds all who come after.

        Raises:
            QuotaError: The turn comes later than the running call's deadline.
        """
        return self._keeper.slot(self.name, self.limits, self._account)

    def estimate(self) -> float:
        """Seconds, at least, until a request that comes now could be sent; 0 when at once."""
        return self._keeper.estimate(self.name, self.limits, self._account)

    def left(self) -> int | None:
        """How many requests could be sent at once now, beside those that wait; None without a limit. Takes none of them."""
        return self._keeper.left(self.name, self.limits, self._account)
