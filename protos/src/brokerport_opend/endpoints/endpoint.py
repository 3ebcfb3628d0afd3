"""What one request of OpenD's is, as data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

from attrs import Factory, field, frozen
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

#: makes C2S fields of the question's arguments, by their names; one that is None is left out
Write = Callable[..., Mapping[str, object]]

#: makes a result of a reply's payload; the payload's type differs by endpoint and is checked by nobody but its reader
Read = Callable[[Any, Symbol, Source], R_co]


def _no_fields() -> dict[str, object]:
    """For a question without arguments."""
    return {}


LARGEST = 32 * 1024  # bytes of a reply, beside its rows; a real one has some hundred
ROW = 512  # bytes of a row; a real one has less than 150


@frozen(kw_only=True)
class Endpoint(Generic[R_co]):
    """One question: its messages, what its arguments become in them, how its reply is read, and how often it may be asked."""

    question: str  #: by its name in core
    proto_id: int
    request: type[Message]
    response: type[Message]
    write: Write = _no_fields
    read: Read[R_co]
    quota: Quota
    markets: frozenset[Market] = frozenset(MARKET_NUMBERS)
    page_size: int | None = None  #: most rows of one page; None for what is not paged
    lists: tuple[str, ...] = ()  #: the fields of its reply that hold rows
    most_rows: int = field(default=Factory(lambda self: self.page_size or 0, takes_self=True))  #: of one reply, in all lists together
    #: bytes of one reply: an empty row takes two, and a hundred times as many when it is read
    largest: int = field(default=Factory(lambda self: LARGEST + self.most_rows * ROW, takes_self=True))
    since: int  #: the version of OpenD that it came with: 1006 is 10.6
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
