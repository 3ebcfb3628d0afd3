"""How often each protocol may be asked, by all clients together: they are one account."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Callable

from attrs import define, field, frozen

from brokerport_opend.sandbox.refusals import Refused

WINDOW = 30.0  # seconds


@frozen
class Quota:
    """So many requests a window, and what the refusal calls them."""

    requests: int
    name: str


QUOTAS = {
    3212: Quota(30, "获取资金分布"),
    3247: Quota(30, "获取十大买卖经纪商"),
    3248: Quota(30, "获取每日卖空量"),
    3249: Quota(30, "获取未平仓卖空"),
    3424: Quota(60, "获取ARK个股动态"),
}


@define
class QuotaLog:
    """The requests of the last window, exactly; and how many there were and were not."""

    clock: Callable[[], float]
    accepted: Counter[int] = field(init=False, factory=Counter)  #: requests since the start, by protocol id
    refused: Counter[int] = field(init=False, factory=Counter)
    _times: defaultdict[int, deque[float]] = field(init=False, factory=lambda: defaultdict(deque))

    def take(self, proto_id: int) -> None:
        """Count a request; pages after the first count too, a refused request does not.

        Raises:
            Refused: The quota is used up.
        """
        quota, now, times = QUOTAS[proto_id], self.clock(), self._times[proto_id]
        # The rule is "more than 30 seconds after": at exactly 30 the oldest request still counts.
        while times and now - times[0] > WINDOW:
            times.popleft()
        if len(times) >= quota.requests:
            self.refused[proto_id] += 1
            raise Refused(f"{quota.name}频率太高，请求失败，每{WINDOW:.0f}秒最多{quota.requests}次。")
        times.append(now)
        self.accepted[proto_id] += 1
