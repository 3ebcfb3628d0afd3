"""The SDK's five methods, as data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import evolve, frozen

from brokerport import Source, Symbol
from brokerport_opend.compat import frames
from brokerport_opend.endpoints import ARK_DYNAMIC, BROKER_RANKING, CAPITAL_DISTRIBUTION, SHORT_INTEREST, SHORT_VOLUME
from brokerport_opend.endpoints.endpoint import MARKET_NUMBERS, Endpoint

Answer = tuple[Any, ...]  # what is in it is told by its first value alone, which no type can say


@frozen
class Question:
    """One of the SDK's methods: what it asks, and how it answers."""

    method: str
    endpoint: Endpoint[Any]  #: reads nothing: the frames show what the models leave out
    answer: Callable[[Any], Answer]
    error: tuple[None, ...] = ()  #: what comes behind the text of an error


def _question(method: str, endpoint: Endpoint[Any], answer: Callable[[Any], Answer], *error: None) -> Question:
    # Of any market, as in the SDK: it is the gateway that says where it has no data.
    return Question(method, evolve(endpoint, read=_as_it_came, markets=frozenset(MARKET_NUMBERS)), answer, error)


def _as_it_came(s2c: Any, _: Symbol, __: Source) -> Any:
    return s2c


ARK = _question("get_ark_stock_dynamic", ARK_DYNAMIC, frames.ark_dynamic)
CAPITAL = _question("get_capital_distribution", CAPITAL_DISTRIBUTION, frames.capital_distribution)
RANKING = _question("get_top_ten_buy_sell_brokers", BROKER_RANKING, frames.broker_ranking)
VOLUME = _question("get_daily_short_volume", SHORT_VOLUME, frames.short_volume, None)
INTEREST = _question("get_short_interest", SHORT_INTEREST, frames.short_interest, None)
