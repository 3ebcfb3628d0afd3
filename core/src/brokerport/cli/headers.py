"""What each column is called before people, and what its figures are counted in."""

from __future__ import annotations

from attrs import frozen

from brokerport.models import Market


@frozen
class Unit:
    """What a figure counts, and how many decimals of it are worth reading."""

    name: str = ""
    least: int = 0  #: decimals, always
    most: int = 2  #: decimals, where a figure has them


NONE = Unit()
SHARES = Unit("shares")
PERCENT = Unit("%", 2, 4)
DAYS = Unit("days", 2, 4)
ROWS = Unit("rows")
CURRENCY = "currency"  # stands for the market's own
PRICE = Unit(CURRENCY, 2, 4)
MONEY = Unit(CURRENCY, 2, 2)


@frozen
class Header:
    """A column's title and unit."""

    title: str
    unit: Unit = NONE

    def text(self, currency: str) -> str:
        """``Turnover (HKD)``."""
        unit = currency if self.unit.name == CURRENCY else self.unit.name
        return f"{self.title} ({unit})" if unit else self.title


def header(column: str) -> Header:
    """The header of a column; one that brokerport does not know is called by its name."""
    return HEADERS.get(column) or Header(column.replace("_", " ").capitalize())


HEADERS = {
    "symbol": Header("Symbol"),
    # ARK dynamic
    "kind": Header("Kind"),
    "transactions": Header("Transactions"),
    "net_shares": Header("Net", SHARES),
    "last_transaction": Header("Last transaction"),
    # capital distribution
    "inflow_extra_large": Header("Inflow, extra large", MONEY),
    "inflow_large": Header("Inflow, large", MONEY),
    "inflow_medium": Header("Inflow, medium", MONEY),
    "inflow_small": Header("Inflow, small", MONEY),
    "outflow_extra_large": Header("Outflow, extra large", MONEY),
    "outflow_large": Header("Outflow, large", MONEY),
    "outflow_medium": Header("Outflow, medium", MONEY),
    "outflow_small": Header("Outflow, small", MONEY),
    "updated_at": Header("Updated"),
    "order_size": Header("Order size"),
    "inflow": Header("Inflow", MONEY),
    "outflow": Header("Outflow", MONEY),
    "net": Header("Net", MONEY),
    # broker ranking
    "real_time": Header("Real time"),
    "as_of": Header("As of"),
    "name": Header("Name"),
    "side": Header("Side"),
    "net_volume": Header("Net volume", SHARES),
    "average_price": Header("Average price", PRICE),
    "total_volume": Header("Total volume", SHARES),
    "total_turnover": Header("Total turnover", MONEY),
    # short volume
    "day": Header("Day"),
    "short_volume": Header("Short volume", SHARES),
    "volume": Header("Volume", SHARES),
    "short_percent": Header("Short", PERCENT),
    "average_short_percent": Header("20-day short", PERCENT),
    "open": Header("Open", PRICE),
    "close": Header("Close", PRICE),
    "previous_close": Header("Previous close", PRICE),
    "turnover": Header("Turnover", MONEY),
    "short_turnover": Header("Short turnover", MONEY),
    "nasdaq_short_volume": Header("Nasdaq short", SHARES),
    "nyse_short_volume": Header("NYSE short", SHARES),
    "short_exempt_volume": Header("Short exempt", SHARES),
    "open_short_shares": Header("Open short", SHARES),
    "open_short_percent": Header("Open short", PERCENT),
    "open_short_day": Header("Open short, day"),
    # short interest
    "short_shares": Header("Short", SHARES),
    "average_daily_volume": Header("Average daily volume", SHARES),
    "days_to_cover": Header("To cover", DAYS),
    # brokers and what they answer
    "broker": Header("Broker"),
    "distribution": Header("Distribution"),
    "version": Header("Version"),
    "state": Header("State"),
    "api": Header("API"),
    "about": Header("About"),
    "error": Header("Error"),
    "question": Header("Question"),
    "markets": Header("Markets"),
    "quota": Header("Quota"),
    "page_size": Header("Page", ROWS),
    "since": Header("Since"),
}

#: what the questions are called, where their names do not say it
TITLES = {"ark_dynamic": "ARK dynamic"}


def title(question: str) -> str:
    """``Short volume`` for ``short_volume``."""
    return TITLES.get(question) or question.replace("_", " ").capitalize()


#: what prices and turnover are counted in
CURRENCIES = {
    Market.HK: "HKD",
    Market.US: "USD",
    Market.SH: "CNY",
    Market.SZ: "CNY",
    Market.SG: "SGD",
    Market.JP: "JPY",
    Market.AU: "AUD",
    Market.MY: "MYR",
    Market.CA: "CAD",
}
