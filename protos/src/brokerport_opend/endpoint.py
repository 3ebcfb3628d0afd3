"""What one request of OpenD's is, as data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from attrs import frozen
from google.protobuf.message import Message

from brokerport import InvalidRequestError, Market, Quota, Source, Symbol, UnsupportedError

R_co = TypeVar("R_co", covariant=True)

#: the number that OpenD has for each market
MARKET_NUMBERS = {
    Market.HK: 1,
    Market.US: 11,
    Market.SH: 21,
    Market.SZ: 22,
    Market.SG: 31,
    Market.JP: 41,
    Market.AU: 51,
    Market.MY: 61,
    Market.CA: 71,
}

#: makes a result of a reply's payload; the payload's type differs by endpoint and is checked by nobody but its reader
Read = Callable[[Any, Symbol, Source], R_co]


@frozen(kw_only=True)
class Endpoint(Generic[R_co]):
    """One question: its messages, who may ask it how often, and how its reply is read."""

    question: str  #: the provider's method that asks it
    proto_id: int
    request: type[Message]
    response: type[Message]
    read: Read[R_co]
    quota: Quota
    markets: frozenset[Market] = frozenset(MARKET_NUMBERS)
    page_size: int | None = None  #: most rows of one page; None for what is not paged
    page: str  #: the title of the broker's own page on it

    def body(self, symbol: Symbol, **fields: object) -> bytes:
        """The request for ``symbol``; a field that is None is left out.

        Raises:
            UnsupportedError: The market has no such data.
        """
        if symbol.market not in self.markets:
            there = ", ".join(sorted(self.markets))
            raise UnsupportedError(f"{self.question} is for {there} only, and {symbol} is of {symbol.market}; nothing was sent")
        said = {name: value for name, value in fields.items() if value is not None}
        security = {"market": MARKET_NUMBERS[symbol.market], "code": symbol.code}
        try:
            return self.request(c2s={"security": security, **said}).SerializeToString()
        except (TypeError, ValueError) as error:
            raise InvalidRequestError(f"{self.question} of {symbol} with {said} cannot be sent: {error}") from error

    def rows(self, limit: int | None) -> int:
        """How many rows to ask one page for, when ``limit`` are missing."""
        most = self.page_size or 1
        return most if limit is None else min(limit, most)
