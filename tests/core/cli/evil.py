"""A broker that writes what a terminal obeys into every text that it can fill; installed as a plugin by the tests."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Annotated, Any

from attrs import field, frozen

from brokerport import (
    ArkDynamic,
    ArkProvider,
    AtOnce,
    BadReplyError,
    BrokerRanking,
    BrokerRankingProvider,
    Capability,
    CapitalDistribution,
    CapitalProvider,
    ConnectError,
    DeadlineError,
    HandshakeError,
    Header,
    Market,
    NotEntitledError,
    OrderSizes,
    Paged,
    PluginError,
    Provider,
    Question,
    QuotaError,
    RankedBroker,
    RejectedError,
    Settings,
    ShortInterest,
    ShortInterestHistory,
    ShortInterestProvider,
    ShortVolume,
    ShortVolumeHistory,
    ShortVolumeProvider,
    Side,
    Source,
    Step,
    Symbol,
    Unit,
    UnsupportedError,
    hookimpl,
)
from brokerport.questions import arguments

#: controls of both kinds, marks of direction, ends of lines, a lone surrogate, what has no shape, and a line that is not ours
HOSTILE = (
    "A\x1b[2J\x1b]0;pwn\x07\x08\x00\x7f\x85\x9b31m\x9d0;pwn\x9c\xad\u061c\u200b\u200e\u200f\u202a\u202b\u202d\u202e\u202c"
    "\u2066\u2067\u2068\u2069\u2028forged: all is well\u2029forged: all is well\r\nforged: all is well\n"
    "\x0b\x0c\ufeff\U000e0041\udc9b\ud83dZ"
)
FAILURES: dict[str, Callable[[], BaseException]] = {
    "connect": lambda: ConnectError(HOSTILE),
    "handshake": lambda: HandshakeError(HOSTILE),
    "deadline": lambda: DeadlineError(HOSTILE),
    "quota": lambda: QuotaError(HOSTILE, retry_after=60.0),
    "rejected": lambda: RejectedError(f"refused: {HOSTILE}", code=1, text=HOSTILE),
    "not entitled": lambda: NotEntitledError(f"refused: {HOSTILE}", code=1, text=HOSTILE),
    "bad reply": lambda: BadReplyError(f"{HOSTILE}; {HOSTILE}"),
    "unsupported": lambda: UnsupportedError(f"{HOSTILE}; {HOSTILE}"),
    "plugin": lambda: PluginError(HOSTILE),
    "own": lambda: RuntimeError(HOSTILE),
    "key": lambda: KeyError(HOSTILE),
    "exit": lambda: SystemExit(HOSTILE),
}
FAILURE = "BROKERPORT_TEST_FAILURE"  # in the environment: which of them
WRONG = "BROKERPORT_TEST_WRONG"  # in the environment: the answer breaks its promise

_numbers = count()


@frozen(kw_only=True)
class Rumour:
    """A row."""

    teller: str | None = None
    said: str | None = None
    weight: float | None = None


@frozen(kw_only=True)
class Gossip(Paged[Rumour]):
    """An answer of the plugin's own question."""

    symbol: Symbol
    mood: str | None = None
    rows: tuple[Rumour, ...] = ()
    cursor: str | None = None
    source: Source = field(eq=False)


class GossipProvider(Provider, ABC):
    """Answers it."""

    @abstractmethod
    async def gossip(self, symbol: Symbol, *, limit: int | None, after: str | None, tone: str) -> Gossip:
        """A page."""


def gossip(
    symbol: str | Symbol,
    *,
    limit: arguments.Limit = 10,
    after: arguments.After = None,
    tone: Annotated[str, arguments.Argument(str, HOSTILE)] = "loud",
    timeout: float | None = None,
) -> Gossip:
    raise NotImplementedError


gossip.__doc__ = f"{HOSTILE}\n\n{HOSTILE}"
GOSSIP = Question(
    gossip,
    GossipProvider,
    title=HOSTILE,
    columns={"teller": Header(HOSTILE), "said": Header("Said", Unit(HOSTILE)), "weight": Header(HOSTILE, Unit(HOSTILE))},
    rows=("said",),
)


class Evil(ArkProvider, CapitalProvider, BrokerRankingProvider, ShortVolumeProvider, ShortInterestProvider, GossipProvider):
    """Answers everything."""

    def capabilities(self) -> tuple[Capability, ...]:
        names = ("ark_dynamic", "capital_distribution", "broker_ranking", "short_volume", "short_interest", "gossip")
        return tuple(Capability(name, frozenset({Market.US}), AtOnce(5, shared=HOSTILE), 50, date(2020, 1, 1), "US.TSLA") for name in names)

    def checks(self, question: str, symbol: Any) -> tuple[Step, ...]:
        async def find() -> str:
            return HOSTILE

        async def fail() -> str:
            _fail()
            return HOSTILE

        return (Step(HOSTILE, find, HOSTILE), Step("fails, perhaps", fail, HOSTILE))

    async def ark_dynamic(self, symbol: Symbol) -> ArkDynamic:
        _fail()
        return ArkDynamic(symbol=symbol, transactions=HOSTILE if WRONG in os.environ else 1, source=source())  # type: ignore[arg-type]

    async def capital_distribution(self, symbol: Symbol) -> CapitalDistribution:
        _fail()
        sizes = OrderSizes(extra_large=None, large=1.0, medium=-1.0, small=0.0)
        return CapitalDistribution(symbol=symbol, inflow=sizes, outflow=sizes, source=source())

    async def broker_ranking(self, symbol: Symbol, *, days_before: int, **_: Any) -> BrokerRanking:
        _fail()
        row = RankedBroker(name=f"{HOSTILE}{next(_numbers)}", broker_id=f"{HOSTILE}{next(_numbers)}", side=Side.BUY, net_volume=-7)
        return BrokerRanking(symbol=symbol, rows=(row,), source=source())

    async def short_volume(self, symbol: Symbol, *, limit: int | None, after: str | None) -> ShortVolumeHistory:
        _fail()
        row = ShortVolume(day=another_day(), short_volume=next(_numbers))
        return ShortVolumeHistory(symbol=symbol, rows=(row,), cursor=HOSTILE + str(next(_numbers)), source=source())

    async def short_interest(self, symbol: Symbol, *, limit: int | None, after: str | None) -> ShortInterestHistory:
        _fail()
        row = ShortInterest(day=another_day(), short_shares=next(_numbers))
        return ShortInterestHistory(symbol=symbol, rows=(row,), cursor=f"--set='x' {next(_numbers)}", source=source())

    async def gossip(self, symbol: Symbol, *, limit: int | None, after: str | None, tone: str) -> Gossip:
        _fail()
        row = Rumour(teller=HOSTILE, said=f"=1+1{HOSTILE}{next(_numbers)}", weight=float(next(_numbers)))
        return Gossip(symbol=symbol, mood=HOSTILE, rows=(row,), cursor=f"{next(_numbers)}\n", source=source())


def another_day() -> date:
    """Each row has one of its own, else it would be the same row again."""
    return date(2026, 1, 2) - timedelta(days=next(_numbers))


def source() -> Source:
    return Source(HOSTILE, datetime.now(UTC), sandbox=True)


def _fail() -> None:
    if name := os.environ.get(FAILURE):
        failure = FAILURES[name]()
        raise failure


@frozen(kw_only=True)
class EvilSettings(Settings):
    """Its settings."""

    sandbox: bool = False


@hookimpl
def register_questions(register: Callable[..., None]) -> None:
    register(GOSSIP)


@hookimpl
def register_providers(register: Callable[..., None]) -> None:
    register("evil", lambda _: Evil(), settings=EvilSettings)
