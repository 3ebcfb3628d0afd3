"""Whether the figures of an answer can be: none that stands for nothing, none in another unit, none of days to come."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta, tzinfo
from math import isfinite
from typing import Any

import attrs

from brokerport.models import History
from brokerport.questions import ShortVolume
from brokerport.testing.shape import leaves

#: what brokers write where they have nothing, and where we say None
STAND_INS: dict[type, frozenset[Any]] = {
    str: frozenset({"", "-", "--", "N/A", "n/a", "NaN", "nan", "None", "null"}),
    int: frozenset({2**31 - 1, -(2**31), 2**63 - 1, -(2**63), 2**64 - 1}),
    date: frozenset({date.min, date.max, date(1900, 1, 1), date(1970, 1, 1)}),
}
SIGNED = frozenset({"net_shares", "net_volume"})  # the only figures that may be below zero
#: what may be nothing, day after day: on one exchange, or of one kind
MAY_BE_ZERO = frozenset({"nasdaq_short_volume", "nyse_short_volume", "short_exempt_volume"})
MANY = 10  # rows in which a figure is 0 in each: then it is what the broker writes for nothing
#: a figure, and what it is a part of
PARTS = {"short_volume": "volume", "short_turnover": "turnover"}
TOLERANCE = 0.1  # percentage points: brokers round, and some leave a part of the volume out
AHEAD = timedelta(hours=1)  # that the broker's clock may be before ours


def stand_ins(answer: Any) -> Iterator[str]:
    """Values that stand for nothing."""
    for path, value in leaves(answer, type(answer).__name__):
        endless = isinstance(value, float) and not isfinite(value)
        if endless or value in STAND_INS.get(type(value), ()):
            yield f"{path} is {value!r}; where the broker says nothing it has to be None"


def zero_columns(answer: Any) -> Iterator[str]:
    """Figures that are 0 in every row of a history: symbols that have data have some."""
    for row in answer.rows[:1] if isinstance(answer, History) else ():
        for name in sorted(attrs.fields_dict(type(row)).keys() - MAY_BE_ZERO):
            figures = [figure for each in answer.rows if (figure := getattr(each, name)) is not None]
            if len(figures) >= MANY and not any(figures):
                yield f"{name} is {figures[0]!r} in every row of {answer.symbol}; where the broker says nothing it has to be None"


def too_large_parts(answer: Any) -> Iterator[str]:
    """Short figures that are above those of all trades, such as shares beside a volume of 0 or in another unit."""
    for row in getattr(answer, "rows", ()):
        for part, whole in PARTS.items() if isinstance(row, ShortVolume) else ():
            some, everything = getattr(row, part), getattr(row, whole)
            if None not in (some, everything) and some > everything:
                yield f"{row.day}: {part} is {some!r}, and {whole} is {everything!r}; a part cannot be more"


def below_zero(answer: Any) -> Iterator[str]:
    """Counts, prices, turnover and percents that are negative."""
    for path, value in leaves(answer, type(answer).__name__):
        if type(value) in (int, float) and value < 0 and path.rpartition(".")[2] not in SIGNED:
            yield f"{path} is {value!r} and cannot be below zero"


def ahead_of_time(answer: Any, now: datetime) -> Iterator[str]:
    """Days and times that are to come, by the calendar of the market."""
    zone: tzinfo = answer.symbol.market.zone
    today = (now + AHEAD).astimezone(zone).date()
    for path, value in leaves(answer, type(answer).__name__):
        if isinstance(value, date) and (value > now + AHEAD if isinstance(value, datetime) else value > today):
            yield f"{path} is {value}, which is to come"


def comparable(row: object) -> bool:
    """Whether a row tells the percentage, and what it is a percentage of."""
    return isinstance(row, ShortVolume) and None not in (row.short_percent, row.short_volume) and bool(row.volume)


def other_units(row: Any) -> Iterator[str]:
    """A percentage that is not of these volumes, such as 0.12 for 12 %."""
    reckoned = 100 * row.short_volume / row.volume
    if abs(row.short_percent - reckoned) > TOLERANCE:
        yield f"{row.day}: short_percent is {row.short_percent!r}, and 100 * short_volume / volume is {reckoned:.4g}"
