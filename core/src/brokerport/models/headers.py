"""What a column is called before people, and what its figures are counted in."""

from __future__ import annotations

from typing import NamedTuple


class Unit(NamedTuple):
    """What a figure counts, and how many decimals of it are worth reading."""

    name: str = ""
    least: int = 0  #: decimals, always
    most: int = 2  #: decimals, where a figure has them


CURRENCY = "currency"  # stands for that of the market

NONE = Unit()
SHARES = Unit("shares")
PERCENT = Unit("%", 2, 4)
DAYS = Unit("days", 2, 4)
ROWS = Unit("rows")
PRICE = Unit(CURRENCY, 2, 4)
MONEY = Unit(CURRENCY, 2, 2)


class Header(NamedTuple):
    """A column's title and unit."""

    title: str
    unit: Unit = NONE

    def text(self, currency: str) -> str:
        """``Turnover (HKD)``."""
        unit = currency if self.unit.name == CURRENCY else self.unit.name
        return f"{self.title} ({unit})" if unit else self.title


def plain(column: str) -> Header:
    """The header of a column that nobody described: its name."""
    return Header(column.replace("_", " ").capitalize())
