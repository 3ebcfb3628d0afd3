"""The contract: a provider that keeps it passes, and each way to break it fails the test that is named for it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import attrs
import pytest

from brokerport import (
    ArkDynamic,
    ArkDynamicKind,
    ArkProvider,
    BrokerportError,
    BrokerRanking,
    BrokerRankingProvider,
    Capability,
    CapitalDistribution,
    CapitalProvider,
    ConnectionLostError,
    Market,
    OrderSizes,
    Provider,
    RankedBroker,
    ShortInterest,
    ShortInterestHistory,
    ShortProvider,
    ShortVolume,
    ShortVolumeHistory,
    Side,
    Source,
    Symbol,
    UnsupportedError,
)
from brokerport.testing import ProviderContract
from brokerport.testing.shape import broken_promises

NOON = datetime(2024, 5, 31, 12, tzinfo=Market.HK.zone)
SIZES = OrderSizes(extra_large=1.0, large=2.0, medium=3.0, small=4)


class Keeps(ArkProvider, CapitalProvider, BrokerRankingProvider, ShortProvider):
    """Keeps the contract, with made-up figures."""

    broker = "toy"
    days: ClassVar[list[date]] = [date(2024, 5, 31) - timedelta(days=age) for age in range(70)]

    async def ark_dynamic(self, symbol: Symbol) -> ArkDynamic:
        return ArkDynamic(symbol=symbol, kind=ArkDynamicKind.UNKNOWN, transactions=2, last_transaction=self.days[0], source=self._source())

    async def capital_distribution(self, symbol: Symbol) -> CapitalDistribution:
        return CapitalDistribution(symbol=symbol, inflow=SIZES, outflow=SIZES, updated_at=NOON, source=self._source())

    async def broker_ranking(self, symbol: Symbol, *, days_before: int) -> BrokerRanking:
        rows = (RankedBroker(name="Harbour", side=Side.BUY, net_volume=7), RankedBroker())
        return BrokerRanking(symbol=symbol, real_time=True, as_of=NOON, rows=rows, source=self._source())

    async def short_volume(self, symbol: Symbol, *, limit: int | None, after: str | None) -> ShortVolumeHistory:
        days, cursor = self._page(symbol, limit, after)
        return ShortVolumeHistory(symbol=symbol, rows=tuple(ShortVolume(day=day) for day in days), cursor=cursor, source=self._source())

    async def short_interest(self, symbol: Symbol, *, limit: int | None, after: str | None) -> ShortInterestHistory:
        days, cursor = self._page(symbol, limit, after)
        return ShortInterestHistory(symbol=symbol, rows=tuple(ShortInterest(day=day) for day in days), cursor=cursor, source=self._source())

    def capabilities(self) -> tuple[Capability, ...]:
        markets = {"short_volume": frozenset({Market.HK, Market.US}), "short_interest": frozenset({Market.HK, Market.US})}
        return tuple(Capability(each.question, markets.get(each.question)) for each in super().capabilities())

    def _page(self, symbol: Symbol, limit: int | None, after: str | None) -> tuple[list[date], str | None]:
        if symbol.market not in (Market.HK, Market.US):
            raise UnsupportedError(f"nothing of {symbol.market}")
        start = int(after or 0)
        end = start + min(limit or 50, 50)
        return self.days[start:end], str(end) if end < len(self.days) else None

    def _source(self) -> Source:
        return Source(self.broker, datetime.now(UTC))


class TestKeeps(ProviderContract):
    symbols: ClassVar = {question: ["HK.00700", "HK.00005"] for question in (each.question for each in Keeps().capabilities())}

    @pytest.fixture
    def make(self) -> Callable[[], Provider]:
        return Keeps


class TestAnswersOneQuestion(ProviderContract):
    symbols: ClassVar = {"ark_dynamic": ["US.TSLA"]}

    @pytest.fixture
    def make(self) -> Callable[[], Provider]:
        class OnlyArk(ArkProvider):
            ark_dynamic = Keeps.ark_dynamic
            broker, days, _source = Keeps.broker, Keeps.days, Keeps._source

        return OnlyArk


def test_the_contract_says_what_a_subclass_has_to_give() -> None:
    with pytest.raises(NotImplementedError, match="the subclass has a fixture make"):
        ProviderContract.make.__wrapped__(ProviderContract())  # type: ignore[attr-defined]


class Opens(Keeps):
    def __init__(self) -> None:
        with Path("log.txt").open("a"):
            pass


class Connects(Keeps):
    def __init__(self) -> None:
        socket.socket().close()


class HidesAQuestion(Keeps):
    def capabilities(self) -> tuple[Capability, ...]:
        return super().capabilities()[1:]


class HasAPageOfNothing(Keeps):
    def capabilities(self) -> tuple[Capability, ...]:
        return tuple(attrs.evolve(each, page_size=0) for each in super().capabilities())


class KeepsOldestFirst(Keeps):
    days: ClassVar = Keeps.days[::-1]


class RepeatsADay(Keeps):
    days: ClassVar = [Keeps.days[0], *Keeps.days]


class AnswersForAnother(Keeps):
    async def ark_dynamic(self, symbol: Symbol) -> ArkDynamic:
        return await super().ark_dynamic(Symbol.parse("US.AAPL"))


class NamesNoBroker(Keeps):
    broker = ""


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


class AnswersForEveryMarket(Keeps):
    def _page(self, symbol: Symbol, limit: int | None, after: str | None) -> tuple[list[date], str | None]:
        return super()._page(Symbol.parse("HK.1"), limit, after)


class ThinksInUtc(Keeps):
    async def capital_distribution(self, symbol: Symbol) -> CapitalDistribution:
        return attrs.evolve(await super().capital_distribution(symbol), updated_at=NOON.astimezone(ZoneInfo("Europe/Berlin")))


class ClosesOnce(Keeps):
    closed = False

    async def aclose(self) -> None:
        assert not self.closed
        self.closed = True


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
            return await asyncio.get_running_loop().create_future()  # type: ignore[no-any-return]
        except asyncio.CancelledError:
            raise ConnectionLostError("somebody hung up") from None


BROKEN = [
    (Opens, "test_01"),
    (Connects, "test_01"),
    (HidesAQuestion, "test_02"),
    (HasAPageOfNothing, "test_03"),
    (NamesNoBroker, "test_04"),
    (AnswersForAnother, "test_05"),
    (NamesNoBroker, "test_05"),
    (ThinksInUtc, "test_07"),
    (KeepsOldestFirst, "test_08"),
    (RepeatsADay, "test_08"),
    (IgnoresTheLimit, "test_09"),
    (ForgetsTheCursor, "test_10"),
    (EndsEarly, "test_11"),
    (EndsEarly, "test_13"),
    (ForgetsTheCursor, "test_12"),
    (AnswersForEveryMarket, "test_14"),
    (AnswersForAnother, "test_15"),
    (DiesOfACancellation, "test_16"),
    (ComplainsOfClosing, "test_17"),
    (ClosesOnce, "test_18"),
]


@pytest.mark.parametrize(("provider", "number"), BROKEN)
def test_a_broken_promise_fails_the_test_that_is_named_for_it(
    provider: type[Provider], number: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises((AssertionError, BrokerportError, pytest.fail.Exception)):
        run(number, provider)


@pytest.mark.parametrize("number", [f"test_{number:02d}" for number in range(1, 20)])
def test_what_keeps_its_promises_fails_none(number: str) -> None:
    run(number, Keeps)


def run(number: str, provider: type[Provider]) -> None:
    """One test of the contract, by its number, with what pytest would pass to it."""
    contract = TestKeeps()
    (name,) = (name for name in dir(contract) if name.startswith(number))
    examples = [(question, symbol) for question, symbols in contract.symbols.items() for symbol in symbols]
    given: dict[str, Any] = {
        "make": provider,
        "examples": examples,
        "histories": [example for example in examples if example[0].startswith("short")],
        "page_size": 3,
    }
    test = getattr(contract, name)
    wanted = test.__code__.co_varnames[1 : test.__code__.co_argcount]
    test(**{argument: given[argument] for argument in wanted})


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"kind": None}, None),
        ({"kind": "last_transaction"}, "kind is 'last_transaction', of str; promised is"),
        ({"transactions": 2.0}, "transactions is 2.0, of float; promised is"),
        ({"transactions": True}, "transactions is True, of bool; promised is"),
        ({"net_shares": ""}, "net_shares is '', of str; promised is"),
        ({"last_transaction": NOON}, "last_transaction is datetime.datetime"),
        ({"symbol": None}, "symbol is None and has to be there"),
        ({"source": Source("", NOON)}, "source.broker is ''; where the broker says nothing it has to be None"),
        ({"source": Source("N/A", NOON)}, "source.broker is 'N/A'"),
        ({"source": Source("toy", datetime(2024, 5, 31))}, "which names no time zone"),  # noqa: DTZ001  # that is the fault
    ],
)
def test_a_wrong_field_is_named(change: dict[str, Any], complaint: str | None) -> None:
    right = ArkDynamic(symbol=Symbol.parse("US.TSLA"), source=Source("toy", NOON))
    said = list(broken_promises(attrs.evolve(right, **change), "ark"))
    assert len(said) == (0 if complaint is None else 1)
    assert complaint is None or (said[0].startswith("ark.") and complaint in said[0])


def test_a_wrong_field_of_a_row_is_named_with_its_place() -> None:
    rows = (RankedBroker(), RankedBroker(name="--"))
    ranking = BrokerRanking(symbol=Symbol.parse("HK.1"), rows=rows, source=Source("toy", NOON))
    assert list(broken_promises(ranking, "ranking")) == ["ranking.rows[1].name is '--'; where the broker says nothing it has to be None"]
