"""A provider that keeps the contract, and one for each way to break it; a copy of this is the plugin that brings them."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, NoReturn
from zoneinfo import ZoneInfo

import attrs
import pytest

from brokerport import (
    ArkDynamic,
    ArkDynamicKind,
    ArkProvider,
    BadReplyError,
    BrokerRanking,
    BrokerRankingProvider,
    Capability,
    CapitalDistribution,
    CapitalProvider,
    ConnectError,
    ConnectionLostError,
    InvalidRequestError,
    Market,
    OrderSizes,
    Provider,
    Quota,
    QuotaError,
    RankedBroker,
    RejectedError,
    ShortInterest,
    ShortInterestHistory,
    ShortProvider,
    ShortVolume,
    ShortVolumeHistory,
    Side,
    Source,
    Symbol,
    UnsupportedError,
    hookimpl,
)
from brokerport.calls.call import remaining
from brokerport.plugins.hookspecs import Register
from brokerport.testing import Broken, Expected, Failure, Make, ProviderContract
from core.testing.stranger import OnlyArk

NOON = datetime(2024, 5, 31, 12, tzinfo=Market.HK.zone)
BOUGHT = OrderSizes(extra_large=1.0, large=2.0, medium=3.0, small=4)
SOLD = OrderSizes(large=7.0, medium=0.0, small=2.5)
OFTEN = Quota(1000, 1)


class Keeps(ArkProvider, CapitalProvider, BrokerRankingProvider, ShortProvider):
    """Keeps the contract, with made-up figures."""

    broker = "toy"
    days: ClassVar[list[date]] = [date(2024, 5, 31) - timedelta(days=age) for age in range(70)]
    rank: ClassVar[RankedBroker] = RankedBroker(name="Harbour", side=Side.BUY, net_volume=7, total_volume=9.0)
    volume: ClassVar[int] = 100
    percent: ClassVar[float] = 12.0

    async def ark_dynamic(self, symbol: Symbol) -> ArkDynamic:
        return ArkDynamic(
            symbol=symbol, kind=ArkDynamicKind.UNKNOWN, transactions=2, last_transaction=date(2024, 5, 31), source=self._source()
        )

    async def capital_distribution(self, symbol: Symbol) -> CapitalDistribution:
        return CapitalDistribution(symbol=symbol, inflow=BOUGHT, outflow=SOLD, updated_at=NOON, source=self._source())

    async def broker_ranking(self, symbol: Symbol, *, days_before: int) -> BrokerRanking:
        time, first = NOON - timedelta(days=days_before), RankedBroker(name="Lantau", side=Side.BUY, net_volume=10 + days_before)
        sold = (RankedBroker(name=name, side=Side.SELL, net_volume=net) for name, net in (("Peak", -6), ("Harbour", -1)))
        rows = (first if days_before else self.rank, RankedBroker(side=Side.BUY, net_volume=0), *sold, RankedBroker())
        return BrokerRanking(symbol=symbol, real_time=not days_before, as_of=time, rows=rows, source=self._source())

    async def short_volume(self, symbol: Symbol, *, limit: int | None, after: str | None) -> ShortVolumeHistory:
        await asyncio.sleep(0)
        days, cursor = self._page(symbol, limit, after)
        rows = tuple(ShortVolume(day=day, short_volume=12, volume=self.volume, short_percent=self.percent) for day in days)
        return ShortVolumeHistory(symbol=symbol, rows=rows, cursor=cursor, source=self._source())

    async def short_interest(self, symbol: Symbol, *, limit: int | None, after: str | None) -> ShortInterestHistory:
        days, cursor = self._page(symbol, limit, after)
        return ShortInterestHistory(symbol=symbol, rows=tuple(ShortInterest(day=day) for day in days), cursor=cursor, source=self._source())

    def capabilities(self) -> tuple[Capability, ...]:
        markets = {"short_volume": frozenset({Market.HK, Market.US}), "short_interest": frozenset({Market.HK, Market.US})}
        return tuple(Capability(each.question, markets.get(each.question), OFTEN) for each in super().capabilities())

    def _page(self, symbol: Symbol, limit: int | None, after: str | None) -> tuple[list[date], str | None]:
        if symbol.market not in (Market.HK, Market.US):
            raise UnsupportedError(f"nothing of {symbol.market}")
        if not (after or "0").isdecimal():
            raise InvalidRequestError(f"{after!r} is no cursor")
        start = int(after or 0)
        end = start + min(limit or 50, 50)
        return self.days[start:end], str(end) if end < len(self.days) else None

    def _source(self) -> Source:
        return Source(self.broker, datetime.now(UTC))


@hookimpl
def register_providers(register: Register) -> None:
    register("toy", lambda _: Keeps())


class Opens(Keeps):
    def __init__(self) -> None:
        with Path("log.txt").open("a"):
            pass


class Connects(Keeps):
    def __init__(self) -> None:
        socket.socket().close()


class Reads(Keeps):
    def __init__(self) -> None:
        Path(os.devnull).read_bytes()


class HidesAQuestion(Keeps):
    def capabilities(self) -> tuple[Capability, ...]:
        return super().capabilities()[1:]


class HasAPageOfNothing(Keeps):
    def capabilities(self) -> tuple[Capability, ...]:
        return tuple(attrs.evolve(each, page_size=0) for each in super().capabilities())


class DiffersFromItsManifest(Keeps):
    def capabilities(self) -> tuple[Capability, ...]:
        return tuple(attrs.evolve(each, page_size=50) for each in super().capabilities())


class CountsInFloats(Keeps):
    async def ark_dynamic(self, symbol: Symbol) -> ArkDynamic:
        return attrs.evolve(await super().ark_dynamic(symbol), transactions=2.0)  # type: ignore[arg-type]  # that is the fault


class IsDown(Keeps):
    async def ark_dynamic(self, symbol: Symbol) -> ArkDynamic:
        raise RejectedError("closed on Sundays", code=7, text="closed")


class AnswersForAnother(Keeps):
    async def ark_dynamic(self, symbol: Symbol) -> ArkDynamic:
        return await super().ark_dynamic(Symbol.parse("US.AAPL"))


class NamesNoBroker(Keeps):
    broker = ""


class NamesAnother(Keeps):
    broker = "futu"


class Unhashable(RankedBroker):
    __hash__ = None  # type: ignore[assignment]


class CannotBeHashed(Keeps):
    rank = Unhashable()


class ThinksInUtc(Keeps):
    async def capital_distribution(self, symbol: Symbol) -> CapitalDistribution:
        return attrs.evolve(await super().capital_distribution(symbol), updated_at=NOON.astimezone(ZoneInfo("Europe/Berlin")))


class KeepsOldestFirst(Keeps):
    days: ClassVar = Keeps.days[::-1]


class RepeatsADay(Keeps):
    days: ClassVar = [Keeps.days[0], *Keeps.days]


class IgnoresTheLimit(Keeps):
    def _page(self, symbol: Symbol, limit: int | None, after: str | None) -> tuple[list[date], str | None]:
        return super()._page(symbol, max(limit or 50, 5), after)


class ForgetsTheCursor(Keeps):
    def _page(self, symbol: Symbol, limit: int | None, after: str | None) -> tuple[list[date], str | None]:
        return super()._page(symbol, limit, None)


class EndsEarly(Keeps):
    def _page(self, symbol: Symbol, limit: int | None, after: str | None) -> tuple[list[date], str | None]:
        days, cursor = super()._page(symbol, limit, after)
        return days[1:] if after else days, cursor


class SkipsWhenAskedForOne(Keeps):
    def _page(self, symbol: Symbol, limit: int | None, after: str | None) -> tuple[list[date], str | None]:
        return super()._page(symbol, limit, str(int(after) + 1) if after and limit == 1 else after)


class NeverEnds(Keeps):
    def _page(self, symbol: Symbol, limit: int | None, after: str | None) -> tuple[list[date], str | None]:
        days, cursor = super()._page(symbol, limit, after)
        return days, cursor or str(int(after or 0) + 1000)


class RepeatsTheLastRowOfAPage(Keeps):
    def _page(self, symbol: Symbol, limit: int | None, after: str | None) -> tuple[list[date], str | None]:
        return super()._page(symbol, limit, "49" if after == "50" else after)


class TrustsTheCursor(Keeps):
    def _page(self, symbol: Symbol, limit: int | None, after: str | None) -> tuple[list[date], str | None]:
        return super()._page(symbol, limit, str(int(after or 0)))


class StaysInThePage(Keeps):
    busy = False

    async def short_volume(self, symbol: Symbol, *, limit: int | None, after: str | None) -> ShortVolumeHistory:
        assert not self.busy
        self.busy = after is not None
        await asyncio.sleep(0)
        self.busy = False
        return await super().short_volume(symbol, limit=limit, after=after)


class AnswersForEveryMarket(Keeps):
    def _page(self, symbol: Symbol, limit: int | None, after: str | None) -> tuple[list[date], str | None]:
        return super()._page(Symbol.parse("HK.1"), limit, after)


class SharesItsState(Keeps):
    async def ark_dynamic(self, symbol: Symbol) -> ArkDynamic:
        self.asked = symbol
        await asyncio.sleep(0)
        return await super().ark_dynamic(self.asked)


class DiesOfACancellation(Keeps):
    dead = False

    async def ark_dynamic(self, symbol: Symbol) -> ArkDynamic:
        try:
            assert not self.dead
            await asyncio.sleep(0)
        except asyncio.CancelledError:
            self.dead = True
            raise
        return await super().ark_dynamic(symbol)


class ComplainsOfClosing(Keeps):
    async def ark_dynamic(self, symbol: Symbol) -> ArkDynamic:
        try:
            for _ in range(3):
                await asyncio.sleep(0)
        except asyncio.CancelledError:
            if (remaining() or 0) <= 0:
                raise ConnectionLostError("somebody hung up") from None
            raise
        return await super().ark_dynamic(symbol)


class GivesUpEarly(Keeps):
    async def ark_dynamic(self, symbol: Symbol) -> ArkDynamic:
        if (remaining() or 0) < 0.01:
            raise RejectedError("no time for that", code=1, text="no time")
        return await super().ark_dynamic(symbol)


class ClosesOnce(Keeps):
    closed = False

    async def aclose(self) -> None:
        assert not self.closed
        self.closed = True


class NeedsTheMainThread(Keeps):
    async def ark_dynamic(self, symbol: Symbol) -> ArkDynamic:
        assert threading.current_thread() is threading.main_thread()
        return await super().ark_dynamic(symbol)


class SaysNotAvailable(Keeps):
    rank = RankedBroker(name="N/A")


class SaysZero(Keeps):
    volume = 0


class SellsMoreThanIsTraded(Keeps):
    volume = 11
    percent = 100 * 12 / 11


class SaysRatios(Keeps):
    percent = 0.12


class SaysMinusOne(Keeps):
    rank = RankedBroker(total_volume=-1.0)


class KnowsTomorrow(Keeps):
    async def ark_dynamic(self, symbol: Symbol) -> ArkDynamic:
        return attrs.evolve(await super().ark_dynamic(symbol), last_transaction=date(2100, 1, 1))


class CountsItsAnswers(Keeps):
    given = 0

    async def ark_dynamic(self, symbol: Symbol) -> ArkDynamic:
        self.given += 1
        return attrs.evolve(await super().ark_dynamic(symbol), transactions=self.given)


class KnowsEverySymbol(Keeps):
    async def ark_dynamic(self, symbol: Symbol) -> ArkDynamic:
        return attrs.evolve(await super().ark_dynamic(symbol), transactions={"00700": 1, "00005": 2}[symbol.code])


class MakesItsOwnRows(Keeps):
    async def broker_ranking(self, symbol: Symbol, *, days_before: int) -> BrokerRanking:
        class Row(RankedBroker):
            pass

        told = await super().broker_ranking(symbol, days_before=days_before)
        return attrs.evolve(told, rows=(*told.rows, self.row(Row)))

    _row: ClassVar[RankedBroker | None] = None

    def row(self, kind: type[RankedBroker]) -> RankedBroker:
        """The same each time: rows of two classes are never equal."""
        type(self)._row = type(self)._row or kind()
        return type(self)._row  # type: ignore[return-value]


class ShowsAFurtherColumnAtTimes(Keeps):
    async def broker_ranking(self, symbol: Symbol, *, days_before: int) -> BrokerRanking:
        told = await super().broker_ranking(symbol, days_before=days_before)
        return attrs.evolve(told, rows=tuple(Holder(**attrs.asdict(row, recurse=False)) for row in told.rows))


@attrs.frozen
class Holder(RankedBroker):
    holds: int | None = None


class Sleeps(Keeps):
    async def ark_dynamic(self, symbol: Symbol) -> ArkDynamic:
        time.sleep(1e-6)  # noqa: ASYNC251  # that is the fault
        return await super().ark_dynamic(symbol)


class LeavesATask(Keeps):
    async def ark_dynamic(self, symbol: Symbol) -> ArkDynamic:
        self.task = asyncio.create_task(asyncio.Event().wait())
        return await super().ark_dynamic(symbol)


class LeavesASocket(Keeps):
    sockets: ClassVar[list[socket.socket]] = []

    async def ark_dynamic(self, symbol: Symbol) -> ArkDynamic:
        self.sockets.append(socket.socket())
        return await super().ark_dynamic(symbol)


class LeavesAThread(Keeps):
    over: ClassVar = threading.Event()

    async def ark_dynamic(self, symbol: Symbol) -> ArkDynamic:
        threading.Thread(target=self.over.wait, daemon=True).start()
        return await super().ark_dynamic(symbol)


class LeavesAFile(Keeps):
    async def ark_dynamic(self, symbol: Symbol) -> ArkDynamic:
        open(os.devnull)  # noqa: ASYNC230, PTH123, SIM115  # that is the fault
        return await super().ark_dynamic(symbol)


class HasALimitInWords(Keeps):
    def limits(self, question: str) -> tuple[Quota, ...]:
        return ("30 in 30 s",)  # type: ignore[return-value]  # that is the fault


class ForgetsTheComma(Keeps):
    def limits(self, question: str) -> tuple[Quota, ...]:
        return OFTEN  # type: ignore[return-value]  # that is the fault


class ReadsDaysInUtc(Keeps):
    days: ClassVar = [day - timedelta(days=1) for day in Keeps.days if day.isoweekday() <= 5]


class SwapsTheSides(Keeps):
    rank = RankedBroker(name="Harbour", side=Side.SELL, net_volume=7)


class RanksTheSmallestFirst(Keeps):
    async def broker_ranking(self, symbol: Symbol, *, days_before: int) -> BrokerRanking:
        told = await super().broker_ranking(symbol, days_before=days_before)
        return attrs.evolve(told, rows=told.rows[::-1])


class GoesBackOnce(Keeps):
    async def broker_ranking(self, symbol: Symbol, *, days_before: int) -> BrokerRanking:
        return await super().broker_ranking(symbol, days_before=min(days_before, 1))


class IsAlwaysRealTime(Keeps):
    async def broker_ranking(self, symbol: Symbol, *, days_before: int) -> BrokerRanking:
        return attrs.evolve(await super().broker_ranking(symbol, days_before=days_before), real_time=True)


class SwapsTheFlows(Keeps):
    async def capital_distribution(self, symbol: Symbol) -> CapitalDistribution:
        return attrs.evolve(await super().capital_distribution(symbol), inflow=SOLD, outflow=BOUGHT)


class CountsInThousands(Keeps):
    volume = 100_000
    percent = 0.012


class TellsWhatItIsAsked(Keeps):
    """Keeps the contract, and a file of what it was asked."""

    async def ark_dynamic(self, symbol: Symbol) -> ArkDynamic:
        self._tell("ark_dynamic", symbol)
        return await super().ark_dynamic(symbol)

    async def capital_distribution(self, symbol: Symbol) -> CapitalDistribution:
        self._tell("capital_distribution", symbol)
        return await super().capital_distribution(symbol)

    async def broker_ranking(self, symbol: Symbol, *, days_before: int) -> BrokerRanking:
        self._tell("broker_ranking", symbol)
        return await super().broker_ranking(symbol, days_before=days_before)

    async def short_volume(self, symbol: Symbol, *, limit: int | None, after: str | None) -> ShortVolumeHistory:
        self._tell("short_volume", symbol)
        return await super().short_volume(symbol, limit=limit, after=after)

    def _tell(self, question: str, symbol: Symbol) -> None:
        with Path("asked.txt").open("a") as file:
            file.write(f"{question} {symbol}\n")


class Raises(Keeps):
    """Ends every question in one error."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    async def ark_dynamic(self, symbol: Symbol) -> NoReturn:
        raise self._error

    async def capital_distribution(self, symbol: Symbol) -> NoReturn:
        raise self._error

    async def broker_ranking(self, symbol: Symbol, *, days_before: int) -> NoReturn:
        raise self._error

    def _page(self, symbol: Symbol, limit: int | None, after: str | None) -> NoReturn:
        raise self._error


class Silent(Keeps):
    """Never answers one of the questions."""

    async def ark_dynamic(self, symbol: Symbol) -> NoReturn:
        await asyncio.Event().wait()
        raise AssertionError

    capital_distribution = ark_dynamic

    async def broker_ranking(self, symbol: Symbol, *, days_before: int) -> NoReturn:
        await self.ark_dynamic(symbol)

    async def short_volume(self, symbol: Symbol, *, limit: int | None, after: str | None) -> NoReturn:
        await self.ark_dynamic(symbol)

    short_interest = short_volume


class Stubborn(Silent):
    """Does not care for the end of its time."""

    async def ark_dynamic(self, symbol: Symbol) -> NoReturn:
        try:
            await super().ark_dynamic(symbol)
        except asyncio.CancelledError:
            await super().ark_dynamic(symbol)


def raises(error: Exception) -> Make:
    return lambda: Raises(error)


FAILURES: dict[Failure, Make] = {
    "unreachable": raises(ConnectError("nobody listens")),
    "silent": Silent,
    "refusing": raises(RejectedError("no", code=1, text="no")),
    "exhausted": raises(QuotaError("wait", retry_after=30.0)),
    "garbled": raises(BadReplyError("what?")),
}

#: the provider, and the only case that it fails
BROKEN: dict[type[Provider], int] = {
    Opens: 1,
    Connects: 1,
    Reads: 1,
    HidesAQuestion: 2,
    HasAPageOfNothing: 3,
    CountsInFloats: 4,
    IsDown: 4,
    AnswersForAnother: 5,
    NamesNoBroker: 5,
    NamesAnother: 5,
    CannotBeHashed: 6,
    ThinksInUtc: 7,
    KeepsOldestFirst: 8,
    RepeatsADay: 8,
    IgnoresTheLimit: 9,
    ForgetsTheCursor: 10,
    EndsEarly: 10,
    SkipsWhenAskedForOne: 11,
    NeverEnds: 12,
    RepeatsTheLastRowOfAPage: 13,
    AnswersForEveryMarket: 14,
    SharesItsState: 15,
    DiesOfACancellation: 16,
    ComplainsOfClosing: 17,
    ClosesOnce: 18,
    NeedsTheMainThread: 19,
    SaysNotAvailable: 20,
    SaysZero: 20,
    SaysRatios: 21,
    SaysMinusOne: 22,
    KnowsTomorrow: 23,
    CountsItsAnswers: 24,
    KnowsEverySymbol: 25,
    TrustsTheCursor: 26,
    GivesUpEarly: 27,
    StaysInThePage: 28,
    MakesItsOwnRows: 29,
    ShowsAFurtherColumnAtTimes: 29,
    Sleeps: 30,
    LeavesATask: 31,
    LeavesASocket: 31,
    LeavesAThread: 31,
    LeavesAFile: 31,
    DiffersFromItsManifest: 32,
    SellsMoreThanIsTraded: 39,
    HasALimitInWords: 40,
    ForgetsTheComma: 40,
    ReadsDaysInUtc: 41,
    SwapsTheSides: 42,
    RanksTheSmallestFirst: 43,
    GoesBackOnce: 44,
    IsAlwaysRealTime: 45,
    SwapsTheFlows: 46,
    CountsInThousands: 46,
}
#: how a broker fails, what makes of it another error than it should, and the only case that this fails
MISTAKEN: dict[str, tuple[Failure, Make, int]] = {
    "TakesNobodyForANo": ("unreachable", raises(RejectedError("no", code=1, text="no")), 33),
    "TakesSilenceForALoss": ("silent", raises(ConnectionLostError("lost")), 34),
    "OutlivesTheDeadline": ("silent", Stubborn, 34),
    "TakesANoForGarbage": ("refusing", raises(BadReplyError("what?")), 35),
    "HasNoNumberForANo": ("refusing", raises(RejectedError("no", code="1", text="no")), 35),  # type: ignore[arg-type]
    "TakesTheQuotaForANo": ("exhausted", raises(RejectedError("no", code=1, text="no")), 36),
    "WaitsForEver": ("exhausted", raises(QuotaError("wait", retry_after=float("inf"))), 36),
    "WaitsForNothing": ("exhausted", raises(QuotaError("wait", retry_after=0.0)), 36),
    "LetsGarbageThrough": ("garbled", raises(ValueError("what?")), 37),
}


EXPECTED: Expected = {
    ("short_volume", "HK.00700"): [{"day": "2024-05-31", "volume": 100, "short_percent": pytest.approx(12.04, abs=0.05)}],
    ("short_interest", "HK.00700"): {"limit": 20, "day": date(2024, 5, 14)},
    ("capital_distribution", "HK.00700"): {"inflow_small": 4, "outflow_extra_large": None, "updated_at": "2024-05-31T12:00:00+08:00"},
    ("broker_ranking", "HK.00700"): [
        {"side": "buy", "name": "Harbour", "net_volume": 7},
        {"days_before": 1, "real_time": False, "side": "buy", "net_volume": 11},
    ],
}


class ToyContract(ProviderContract):
    symbols: ClassVar = {each.question: ["HK.00700", "HK.00005"] for each in Keeps().capabilities()}
    provider: ClassVar[type[Provider]] = Keeps
    failures: ClassVar[Broken] = FAILURES

    @pytest.fixture
    def make(self) -> Make:
        return self.provider

    @pytest.fixture
    def broken(self) -> Broken:
        return self.failures


ONE = {question: symbols[:1] for question, symbols in ToyContract.symbols.items()}  # no more is needed to break a promise alone


def suite(name: str, **given: Any) -> type[ProviderContract]:
    return type(f"Test{name}", (ToyContract,), given)


def faulty(provider: type[Provider]) -> type[ProviderContract]:
    expected = EXPECTED if BROKEN.get(provider) == 46 else {}
    return suite(provider.__name__, provider=provider, symbols=ONE, failures={}, expected=expected)


#: what the process of test_contract.py runs
SUITES: dict[str, type[ProviderContract]] = {
    each.__name__: each
    for each in (
        suite("Keeps", expected=EXPECTED),
        suite("TellsWhatItIsAsked", provider=TellsWhatItIsAsked),
        suite("OnlyArk", provider=OnlyArk, symbols={"ark_dynamic": ["US.TSLA"]}, failures={}),
        suite("NamesNoSymbol", provider=OnlyArk, symbols={}),
        suite("NamesAStranger", provider=OnlyArk, symbols={**ToyContract.symbols}),
        suite("HasNoQuota", expected=EXPECTED, failures={**FAILURES, "exhausted": "files have no quota"}),
        suite("HasAFailureOfItsOwn", failures={**FAILURES, "on fire": Silent}),
        *(faulty(provider) for provider in BROKEN if provider is not SharesItsState),
        suite("SharesItsState", provider=SharesItsState),
        *(suite(name, symbols=ONE, failures={failure: make}) for name, (failure, make, _) in MISTAKEN.items()),
    )
}
