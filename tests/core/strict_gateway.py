"""A gateway that counts strictly: request n + 1 must come more than the window after the first of the last n."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from random import Random

from attrs import define, field

from brokerport import Quota, QuotaError
from brokerport.quotas.limiter import Limiter


@define
class StrictGateway:
    """Counts in made-up time, somewhere between the request and its reply; its own log is what the tests look at."""

    quota: Quota
    counts_refused: bool = True
    accepted: list[float] = field(factory=list)
    refused: list[float] = field(factory=list)
    _times: deque[float] = field(factory=deque)

    def count(self, now: float) -> None:
        """Raises QuotaError for one too many."""
        while self._times and now - self._times[0] > self.quota.seconds:
            self._times.popleft()
        fits = len(self._times) < self.quota.requests
        (self.accepted if fits else self.refused).append(now)
        if fits or self.counts_refused:
            self._times.append(now)
        if not fits:
            raise QuotaError("频率太高", retry_after=self.quota.seconds)

    async def answer(self, latency: float, random: Random) -> None:
        """One request and its reply."""
        way = random.random() * latency
        await asyncio.sleep(way)
        try:
            self.count(asyncio.get_running_loop().time())
        finally:
            await asyncio.sleep(latency - way)


Latency = Callable[[Random], float]

#: the four laws of latency, in seconds
LATENCIES: dict[str, Latency] = {
    "zero": lambda random: 0.0,
    "1-5 ms": lambda random: random.uniform(0.001, 0.005),
    "log-normal 60 ms": lambda random: 0.06 * random.lognormvariate(0, 0.5),
    "1 % stall 3 s": lambda random: 3.0 if random.random() < 0.01 else 0.06,
}


async def sweep(number: int, limiter: Limiter, gateway: StrictGateway, latency: Latency, random: Random) -> None:
    """So many requests, all at once."""

    async def one() -> None:
        async with limiter.slot():
            await gateway.answer(latency(random), random)

    await asyncio.gather(*(one() for _ in range(number)))


async def until_done(ask: Callable[[], Awaitable[None]], limiter: Limiter) -> None:
    """Ask again after each refusal, when it says so."""
    while True:
        try:
            async with limiter.slot():
                return await ask()
        except QuotaError as error:
            await asyncio.sleep(error.retry_after)
