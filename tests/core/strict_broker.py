"""A broker that counts each kind of limit as strictly as it can be counted, by a clock of its own; what it refuses, it remembers."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from typing import Protocol

from attrs import define, field

from brokerport.models.quota import AtOnce, Bucket, Limit, Quota


class Counter(Protocol):
    def begin(self, now: float) -> bool:
        """A request arrives; whether it is one too many."""

    def end(self) -> None:
        """A request is done with."""


@define
class Window:
    """Request n + 1 must come more than the window after the first of the last n."""

    limit: Quota
    times: deque[float] = field(factory=deque)

    def begin(self, now: float) -> bool:
        while self.times and now - self.times[0] > self.limit.seconds:
            self.times.popleft()
        self.times.append(now)
        return len(self.times) > self.limit.requests

    def end(self) -> None:
        pass


@define
class Tokens:
    """Full at first; it fills as time goes by, and a request takes a whole token."""

    limit: Bucket
    tokens: float = field(init=False)
    since: float = 0.0

    def __attrs_post_init__(self) -> None:
        self.tokens = float(self.limit.burst)

    def begin(self, now: float) -> bool:
        self.tokens = min(self.tokens + (now - self.since) * self.limit.per_second, float(self.limit.burst))
        self.since = now
        self.tokens -= 1
        return self.tokens < 0

    def end(self) -> None:
        pass


@define
class Together:
    """So many may be worked on at a time."""

    limit: AtOnce
    now: int = 0

    def begin(self, now: float) -> bool:
        self.now += 1
        return self.now > self.limit.requests

    def end(self) -> None:
        self.now -= 1


COUNTERS: dict[type[Limit], Callable[..., Counter]] = {Quota: Window, Bucket: Tokens, AtOnce: Together}


@define
class StrictBroker:
    """Begins with a request some time after it was sent, and is done with it some time before the reply is there."""

    counters: list[Counter]
    fast: float = 0.0  # by which its clock is faster than ours
    sent: list[float] = field(factory=list)
    too_many: list[float] = field(factory=list)

    @classmethod
    def of(cls, limits: Iterable[Limit], fast: float = 0.0) -> StrictBroker:
        return cls([COUNTERS[type(limit)](limit) for limit in limits], fast)

    async def answer(self, latency: float, begins: float = 0.5, ends: float = 0.5) -> None:
        """One request and its reply; it begins and ends at these parts of what is left of the latency."""
        way = latency * begins
        work = (latency - way) * ends
        self.sent.append(asyncio.get_running_loop().time())
        await asyncio.sleep(way)
        now = asyncio.get_running_loop().time()
        refusals = [counter.begin(now * (1 + self.fast)) for counter in self.counters]
        if any(refusals):
            self.too_many.append(now)
        try:
            await asyncio.sleep(work)
        finally:
            for counter in self.counters:
                counter.end()
        await asyncio.sleep(latency - way - work)
