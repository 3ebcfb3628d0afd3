"""What the ARK funds last did with a stock: something with most of the United States', nothing elsewhere."""

from __future__ import annotations

from datetime import date, timedelta

from attrs import frozen

from brokerport_opend.messages import ark_dynamic_pb2 as messages
from brokerport_opend.sandbox.world import draws
from brokerport_opend.sandbox.world.calendar import last_days
from brokerport_opend.sandbox.world.markets import US
from brokerport_opend.sandbox.world.stock import Stock


@frozen
class _Habit:
    """How the funds may have traded."""

    kind: int  #: DynamicType
    stocks: float  #: the share of stocks they trade so
    transactions: tuple[int, int]  #: fewest and most
    days_ago: tuple[int, int]  #: trading days since the last one, at the beginning of the week


_HABITS = (
    # Rare and odd, but seen: the vendor's own example has figures without a kind.
    _Habit(messages.DynamicType_Unknown, 0.02, (1, 6), (1, 20)),
    _Habit(messages.DynamicType_ConsecutiveSameDirection, 0.3, (2, 9), (1, 5)),
    _Habit(messages.DynamicType_RecentTransaction, 0.25, (1, 6), (1, 20)),
    _Habit(messages.DynamicType_LastTransaction, 0.25, (1, 1), (21, 200)),
)


@frozen
class Dynamic:
    """The funds' latest trading in one stock."""

    kind: int  #: DynamicType
    transactions: int
    net_shares: int
    last_day: date


def dynamic(stock: Stock, last: date) -> Dynamic | None:
    """The trading known on the evening of ``last``, None without any; it changes from week to week."""
    monday = last - timedelta(days=last.weekday())
    habit = _habit(stock, monday)
    if stock.silent or stock.market is not US or habit is None:
        return None
    key = (*stock.key, "ark", monday)
    transactions = draws.count(*habit.transactions, *key, "transactions")
    bought = 2 * draws.count(0, 1, *key, "side") - 1
    net = bought * transactions * round(draws.magnitude(100, 100_000, *key, "shares"))
    days_ago = draws.count(*habit.days_ago, *key, "days ago")
    return Dynamic(habit.kind, transactions, net, last_days(stock.market, monday, days_ago + 1)[-1])


def _habit(stock: Stock, monday: date) -> _Habit | None:
    level = draws.draw(*stock.key, "habit", monday)
    for habit in _HABITS:
        level -= habit.stocks
        if level < 0:
            return habit
    return None
