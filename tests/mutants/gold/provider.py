"""What the broker sends, in the words and units of brokerport; the table of mutants breaks these lines one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

from brokerport import (
    ArkDynamic,
    ArkDynamicKind,
    ArkProvider,
    BadReplyError,
    BrokerportError,
    BrokerRanking,
    BrokerRankingProvider,
    Capability,
    CapitalDistribution,
    CapitalProvider,
    ConnectError,
    InvalidRequestError,
    Market,
    OrderSizes,
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
    stage,
)
from mutants.gold.broker import BUSY, PAGE, Broker, Refusal, Reply

NAME = "gold"
KINDS = {1: ArkDynamicKind.CONSECUTIVE_SAME_DIRECTION, 2: ArkDynamicKind.RECENT_TRANSACTION, 3: ArkDynamicKind.LAST_TRANSACTION}
HONG_KONG = frozenset({Market.HK})
BOTH = frozenset({Market.HK, Market.US})
OFTEN = Quota(30, 30.0)
THOUSAND = 1000.0
PERCENT = 100.0


class GoldProvider(ArkProvider, CapitalProvider, BrokerRankingProvider, ShortProvider):
    """Answers every question; cursors are days."""

    def __init__(self, broker: Callable[[], Broker] = Broker) -> None:
        self._broker = broker()

    async def ark_dynamic(self, symbol: Symbol) -> ArkDynamic:
        with self._asking(symbol, BOTH):
            told = await self._broker.get("funds", symbol.market, symbol.code)
            return ArkDynamic(
                symbol=symbol,
                kind=KINDS.get(told["kind"], ArkDynamicKind.UNKNOWN),
                transactions=told["trades"],
                net_shares=told["bought"] - told["sold"],
                last_transaction=_day(told["last"], symbol),
                source=_source(),
            )

    async def capital_distribution(self, symbol: Symbol) -> CapitalDistribution:
        with self._asking(symbol, BOTH):
            told = await self._broker.get("money", symbol.market, symbol.code)
            return CapitalDistribution(
                symbol=symbol,
                inflow=_sizes(told["in"]),
                outflow=_sizes(told["out"]),
                updated_at=_time(told["time"], symbol),
                source=_source(),
            )

    async def broker_ranking(self, symbol: Symbol, *, days_before: int) -> BrokerRanking:
        with self._asking(symbol, HONG_KONG):
            told = await self._broker.get("brokers", symbol.market, symbol.code, back=days_before)
            bought = [_ranked(each, Side.BUY, each["net"]) for each in told["bought"]]
            sold = [_ranked(each, Side.SELL, -each["net"]) for each in told["sold"]]
            return BrokerRanking(
                symbol=symbol, real_time=told["live"], as_of=_time(told["time"], symbol), rows=(*bought, *sold), source=_source()
            )

    async def short_volume(self, symbol: Symbol, *, limit: int | None, after: str | None) -> ShortVolumeHistory:
        with self._asking(symbol, HONG_KONG):
            rows, more = await self._page("shorts", symbol, limit, after)
            days = tuple(_short(row, symbol) for row in rows)
            return ShortVolumeHistory(symbol=symbol, rows=days, cursor=_cursor(days) if more else None, source=_source())

    async def short_interest(self, symbol: Symbol, *, limit: int | None, after: str | None) -> ShortInterestHistory:
        with self._asking(symbol, BOTH):
            rows, more = await self._page("interest", symbol, limit, after)
            reports = tuple(_report(row, symbol) for row in rows)
            return ShortInterestHistory(symbol=symbol, rows=reports, cursor=_cursor(reports) if more else None, source=_source())

    def capabilities(self) -> tuple[Capability, ...]:
        return (
            Capability("ark_dynamic", BOTH, OFTEN),
            Capability("capital_distribution", BOTH, OFTEN),
            Capability("broker_ranking", HONG_KONG, OFTEN),
            Capability("short_volume", HONG_KONG, OFTEN, page_size=PAGE),
            Capability("short_interest", BOTH, OFTEN, page_size=PAGE),
        )

    async def aclose(self) -> None:
        await self._broker.close()

    async def _page(self, page: str, symbol: Symbol, limit: int | None, after: str | None) -> tuple[list[Reply], bool]:
        before = None if after is None else _stamp(after, symbol)
        told = await self._broker.get(page, symbol.market, symbol.code, before=before, count=limit or PAGE)
        return told["rows"], told["more"]

    @contextmanager
    def _asking(self, symbol: Symbol, markets: frozenset[Market]) -> Iterator[None]:
        """Around a question and its reply: the broker's errors become brokerport's."""
        if symbol.market not in markets:
            raise UnsupportedError(f"gold has nothing of {symbol}")
        try:
            with stage("waiting for Gold"):
                yield
        except BrokerportError:
            raise
        except OSError as error:
            raise ConnectError(f"nobody answers: {error}") from error
        except Refusal as error:
            raise _refused(error) from error
        except (LookupError, TypeError, ValueError) as error:
            raise BadReplyError(f"the reply makes no sense: {error!r}") from error


def _sizes(told: Reply) -> OrderSizes:
    return OrderSizes(extra_large=_money(told["XL"]), large=told["L"] * THOUSAND, medium=told["M"] * THOUSAND, small=told["S"] * THOUSAND)


def _ranked(told: Reply, side: Side, net: int) -> RankedBroker:
    return RankedBroker(
        name=told["name"],
        side=side,
        net_volume=net,
        average_price=_figure(told["price"]),
        total_volume=_figure(told["shares"]),
        total_turnover=_money(told["money"]),
        broker_id=told["no"],
    )


def _short(told: Reply, symbol: Symbol) -> ShortVolume:
    return ShortVolume(
        day=_day(told["day"], symbol),
        short_volume=told["short"],
        volume=told["total"],
        short_percent=told["rate"] * PERCENT,
        average_short_percent=told["mean"] * PERCENT,
        open=told["open"],
        close=told["close"],
        previous_close=_figure(told["before"]),
        turnover=told["turnover"] * THOUSAND,
        short_turnover=told["sold"] * THOUSAND,
    )


def _report(told: Reply, symbol: Symbol) -> ShortInterest:
    return ShortInterest(
        day=_day(told["settled"], symbol),
        short_shares=told["shares"],
        short_percent=told["rate"] * PERCENT,
        average_daily_volume=told["mean"],
        days_to_cover=told["cover"],
        short_value=told["value"] * THOUSAND,
        published=_day(told["published"], symbol),
    )


def _figure(told: Any) -> Any:
    return None if told == "" else told


def _money(told: Any) -> float | None:
    return None if told == "" else told * THOUSAND


def _time(stamp: int, symbol: Symbol) -> datetime:
    return datetime.fromtimestamp(stamp, symbol.market.zone)


def _day(stamp: int, symbol: Symbol) -> date:
    return datetime.fromtimestamp(stamp, symbol.market.zone).date()


def _cursor(rows: tuple[ShortVolume, ...] | tuple[ShortInterest, ...]) -> str:
    return str(rows[-1].day)


def _stamp(cursor: str, symbol: Symbol) -> int:
    """A cursor may be any text: users can write one."""
    try:
        day = date.fromisoformat(cursor)
    except ValueError as error:
        raise InvalidRequestError(f"after={cursor!r} is no cursor of ours") from error
    return int(datetime(day.year, day.month, day.day, tzinfo=symbol.market.zone).timestamp())


def _refused(refusal: Refusal) -> QuotaError | RejectedError:
    if refusal.code == BUSY:
        return QuotaError("too many questions", retry_after=refusal.wait)
    return RejectedError("the broker says no", code=refusal.code, text=refusal.text)


def _source() -> Source:
    return Source(NAME, datetime.now(UTC))
