"""What both the SDKs and our clients are asked, in the words of either."""

from __future__ import annotations

from typing import Any

from attrs import frozen

METHODS = {
    "ark_dynamic": "get_ark_stock_dynamic",
    "capital_distribution": "get_capital_distribution",
    "broker_ranking": "get_top_ten_buy_sell_brokers",
    "short_volume": "get_daily_short_volume",
    "short_interest": "get_short_interest",
}
_ARGUMENTS = {"days_before": "days_before", "limit": "num", "after": "next_key"}
EVERY_PAGE = 100  # more than any history of the sandbox has


@frozen
class Question:
    """One of our clients' methods and its arguments; None leaves the default to each side."""

    method: str
    symbol: str
    days_before: int | None = None
    limit: int | None = None
    after: str | None = None
    pages: int = 1  #: how many to follow, at most

    def __str__(self) -> str:
        said = [f"{name}={value}" for name, value in self.arguments.items()]
        return "-".join([self.method, self.symbol, *said, *([f"pages={self.pages}"] if self.pages > 1 else [])])

    @property
    def arguments(self) -> dict[str, Any]:
        """Ours."""
        every = {"days_before": self.days_before, "limit": self.limit, "after": self.after}
        return {name: value for name, value in every.items() if value is not None}

    def to_sdk(self) -> dict[str, Any]:
        """The same for ``official_client.py``."""
        arguments = {_ARGUMENTS[name]: value for name, value in self.arguments.items()}
        return {"method": METHODS[self.method], "symbol": self.symbol, "arguments": arguments, "pages": self.pages}
