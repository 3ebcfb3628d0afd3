"""How often each protocol may be asked, by all clients together: they are one account."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from threading import Lock

from attrs import Attribute, define, field, frozen

from brokerport_opend.sandbox.refusals import Refused

WINDOW = 30.0  # seconds
MOST_ENTRIES = 10_000  # of a log: the newest

LANGUAGE = "zh"  #: that OpenD is set to unless told otherwise

#: what a refusal says, by the language that the gateway is set to; the English one is not OpenD's, whose words nobody has written down
WORDS = {
    "zh": "{name}频率太高，请求失败，每{seconds:.0f}秒最多{requests}次。",
    "en": "{name}: too frequent, the request failed; at most {requests} requests in {seconds:.0f} seconds.",
}


@frozen
class Quota:
    """So many requests a window, and what refusals call them."""

    requests: int
    names: dict[str, str]  #: by language

    def refusal(self, language: str) -> Refused:
        """For the request that is one too many."""
        return Refused(WORDS[language].format(name=self.names[language], requests=self.requests, seconds=WINDOW))


QUOTAS = {
    3212: Quota(30, {"zh": "获取资金分布", "en": "Get capital distribution"}),
    3247: Quota(30, {"zh": "获取十大买卖经纪商", "en": "Get top ten buy and sell brokers"}),
    3248: Quota(30, {"zh": "获取每日卖空量", "en": "Get daily short volume"}),
    3249: Quota(30, {"zh": "获取未平仓卖空", "en": "Get short interest"}),
    3424: Quota(60, {"zh": "获取ARK个股动态", "en": "Get ARK stock dynamic"}),
}


@frozen
class Entry:
    """One request that fell under a quota."""

    time: float  #: seconds, by the clock of the quotas
    proto_id: int
    accepted: bool
    connection: int  #: the id that its client was told in the handshake


def _known(_: object, __: Attribute[str], language: str) -> None:
    if language not in WORDS:
        raise ValueError(f"language is {language!r}; it has to be one of {', '.join(WORDS)}")


@define(eq=False)
class QuotaLog:
    """Which requests were let through and which were not. It may be looked at on any thread."""

    clock: Callable[[], float]
    count_refused: bool = False  #: refused requests count too: who goes on asking is never let in again
    first_page_only: bool = False  #: pages after the first are free
    language: str = field(default=LANGUAGE, validator=_known)
    accepted: Counter[int] = field(init=False, factory=Counter)  #: requests since the start, by protocol id
    refused: Counter[int] = field(init=False, factory=Counter)
    _counted: dict[int, deque[float]] = field(
        init=False, factory=lambda: {proto_id: deque(maxlen=quota.requests) for proto_id, quota in QUOTAS.items()}
    )
    _entries: deque[Entry] = field(init=False, factory=lambda: deque(maxlen=MOST_ENTRIES))
    _lock: Lock = field(init=False, factory=Lock, repr=False)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The last requests, in the order they came."""
        with self._lock:
            return tuple(self._entries)

    def take(self, proto_id: int, *, connection: int = 0, first_page: bool = True) -> None:
        """Let a request through, and count it.

        Raises:
            Refused: The quota is used up.
        """
        now = self.clock()
        free = self.first_page_only and not first_page
        accepted = free or self._has_room(proto_id, now)
        if not free and (accepted or self.count_refused):
            self._counted[proto_id].append(now)
        self._note(Entry(now, proto_id, accepted, connection))
        if not accepted:
            raise QUOTAS[proto_id].refusal(self.language)

    def _has_room(self, proto_id: int, now: float) -> bool:
        # The rule is "more than 30 seconds after the first of the last so many": at exactly 30 that one still counts.
        counted = self._counted[proto_id]
        return len(counted) < QUOTAS[proto_id].requests or now - counted[0] > WINDOW

    def _note(self, entry: Entry) -> None:
        with self._lock:
            self._entries.append(entry)
            (self.accepted if entry.accepted else self.refused)[entry.proto_id] += 1
