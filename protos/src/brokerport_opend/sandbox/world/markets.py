"""The markets of the sandbox and the hours they keep."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, tzinfo
from functools import cache, lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from attrs import frozen

from brokerport_opend.messages import quote_pb2 as quote

CLOSED = quote.QotMarketState_Closed
_TRADING = (quote.QotMarketState_Morning, quote.QotMarketState_Afternoon, quote.QotMarketState_FutureDayOpen)

Phases = tuple[tuple[time, int], ...]

_zone = cache(ZoneInfo)


@frozen(eq=False)
class Market:
    """One market: where its clock hangs and what its trading days are made of."""

    name: str  #: the prefix of its symbols
    zone_name: str
    phases: Phases  #: when each begins, the first trading day's state before it being closed

    @property
    def zone(self) -> tzinfo:
        """The time zone of its days."""
        return _zone(self.zone_name)

    @property
    def opening(self) -> time:
        """When trading begins."""
        return next(begin for begin, _ in self._trading())

    @property
    def close(self) -> time:
        """When trading ends for the day."""
        return max(end for _, end in self._trading())

    def at(self, day: date, moment: time = time()) -> datetime:
        """A moment of a day, midnight by default, by the market's clock."""
        return datetime.combine(day, moment, self.zone)

    @lru_cache(maxsize=16384)  # noqa: B019  # markets live as long as the program
    def timestamp(self, day: date) -> int:
        """The Unix seconds of a day's midnight."""
        return int(self.at(day).timestamp())

    def state(self, moment: time) -> int:
        """The QotMarketState at a moment of a trading day."""
        begun = [state for begin, state in self.phases if begin <= moment]
        return begun[-1] if begun else CLOSED

    def traded(self, moment: time) -> float:
        """How much of a trading day's trading is over: from 0 to 1."""
        spans = [(_minutes(begin), _minutes(end)) for begin, end in self._trading()]
        passed = sum(min(max(_minutes(moment) - begin, 0), end - begin) for begin, end in spans)
        return passed / sum(end - begin for begin, end in spans)

    def _trading(self) -> Iterator[tuple[time, time]]:
        return ((begin, end) for (begin, state), (end, _) in pairwise(self.phases) if state in _TRADING)


def _minutes(moment: time) -> int:
    return moment.hour * 60 + moment.minute


def _two_sessions(opening: time, noon: time, afternoon: time, close: time) -> Phases:
    return (
        (opening, quote.QotMarketState_Morning),
        (noon, quote.QotMarketState_Rest),
        (afternoon, quote.QotMarketState_Afternoon),
        (close, CLOSED),
    )


_HONG_KONG: Phases = (
    (time(9, 0), quote.QotMarketState_Auction),
    (time(9, 20), quote.QotMarketState_WaitingOpen),
    (time(9, 30), quote.QotMarketState_Morning),
    (time(12, 0), quote.QotMarketState_Rest),
    (time(13, 0), quote.QotMarketState_Afternoon),
    (time(16, 0), quote.QotMarketState_HkCas),
    (time(16, 10), CLOSED),
)
_HONG_KONG_FUTURES: Phases = (
    (time(9, 15), quote.QotMarketState_FutureDayOpen),
    (time(12, 0), quote.QotMarketState_FutureDayBreak),
    (time(13, 0), quote.QotMarketState_FutureDayOpen),
    (time(16, 30), quote.QotMarketState_FutureDayClose),
)
_UNITED_STATES: Phases = (
    (time(4, 0), quote.QotMarketState_PreMarketBegin),
    (time(9, 30), quote.QotMarketState_Afternoon),
    (time(16, 0), quote.QotMarketState_AfterHoursBegin),
    (time(20, 0), quote.QotMarketState_AfterHoursEnd),
)
_MAINLAND = _two_sessions(time(9, 30), time(11, 30), time(13, 0), time(15, 0))
_SINGAPORE = _two_sessions(time(9, 0), time(12, 0), time(13, 0), time(17, 0))
_MALAYSIA = _two_sessions(time(9, 0), time(12, 30), time(14, 30), time(17, 0))
_TOKYO = _two_sessions(time(9, 0), time(11, 30), time(12, 30), time(15, 30))
_TORONTO: Phases = ((time(9, 30), quote.QotMarketState_Afternoon), (time(16, 0), CLOSED))
_SYDNEY: Phases = ((time(10, 0), quote.QotMarketState_Afternoon), (time(16, 0), CLOSED))

HK = Market("HK", "Asia/Hong_Kong", _HONG_KONG)
HK_FUTURES = Market("HK_FUTURE", "Asia/Hong_Kong", _HONG_KONG_FUTURES)
US = Market("US", "America/New_York", _UNITED_STATES)
SH = Market("SH", "Asia/Shanghai", _MAINLAND)
SZ = Market("SZ", "Asia/Shanghai", _MAINLAND)
SG = Market("SG", "Asia/Singapore", _SINGAPORE)
JP = Market("JP", "Asia/Tokyo", _TOKYO)
AU = Market("AU", "Australia/Sydney", _SYDNEY)
MY = Market("MY", "Asia/Kuala_Lumpur", _MALAYSIA)
CA = Market("CA", "America/Toronto", _TORONTO)

MARKETS: dict[int, Market] = {
    quote.QotMarket_HK_Security: HK,
    quote.QotMarket_US_Security: US,
    quote.QotMarket_CNSH_Security: SH,
    quote.QotMarket_CNSZ_Security: SZ,
    quote.QotMarket_SG_Security: SG,
    quote.QotMarket_JP_Security: JP,
    quote.QotMarket_AU_Security: AU,
    quote.QotMarket_MY_Security: MY,
    quote.QotMarket_CA_Security: CA,
}


def check_zones() -> None:
    """Raise ValueError where there is no database of time zones: before a client comes, who would only see that it is hung up on."""
    try:
        _ = [market.zone for market in MARKETS.values()]
    except ZoneInfoNotFoundError as error:
        raise ValueError("the sandbox's days need time zones, and there is no database of time zones: pip install tzdata") from error
