"""Which security is meant: a market and the code it has there."""

from __future__ import annotations

from datetime import tzinfo
from enum import StrEnum
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

from attrs import field, frozen

from brokerport.errors import InvalidRequestError

_EXAMPLES = "write market, dot, code: 'HK.00700', 'US.TSLA', 'US.BRK.B'"
_LONGEST_CODE = 64  # longer than any listed code; keeps a stray document out of a frame and a log line


class Market(StrEnum):
    """Where a security is listed, by the prefix its symbols carry."""

    HK = "HK"  #: Hong Kong
    US = "US"  #: United States
    SH = "SH"  #: Shanghai
    SZ = "SZ"  #: Shenzhen
    SG = "SG"  #: Singapore
    JP = "JP"  #: Japan
    AU = "AU"  #: Australia
    MY = "MY"  #: Malaysia
    CA = "CA"  #: Canada

    @classmethod
    def parse(cls, text: str | Market) -> Market:
        """Read ``"HK"``; a Market passes through.

        Raises:
            InvalidRequestError: There is no such market.
        """
        return _market(text)

    @property
    def zone(self) -> tzinfo:
        """The time zone that the market's trading days and times are in."""
        return _zone(_ZONES[self])

    @property
    def currency(self) -> str:
        """What its prices and turnover are counted in."""
        return _CURRENCIES[self]


_ZONES = {
    Market.HK: "Asia/Hong_Kong",
    Market.US: "America/New_York",
    Market.SH: "Asia/Shanghai",
    Market.SZ: "Asia/Shanghai",
    Market.SG: "Asia/Singapore",
    Market.JP: "Asia/Tokyo",
    Market.AU: "Australia/Sydney",
    Market.MY: "Asia/Kuala_Lumpur",
    Market.CA: "America/Toronto",
}

_CURRENCIES = {
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

_zone = cache(ZoneInfo)


def _market(value: Market | str) -> Market:
    try:
        return Market(value)
    except ValueError as error:
        known = ", ".join(Market)
        raise InvalidRequestError(f"{_short(value)} is no market that brokerport knows ({known}); {_EXAMPLES}") from error


@frozen(order=True)
class Symbol:
    """A security: ``Symbol.parse("HK.00700")``, or ``Symbol("HK", "00700")``.

    The code is passed on untouched: no zero is added, no letter changes case.
    """

    market: Market = field(converter=_market)
    code: str = field()

    @code.validator
    def _check_code(self, _: object, code: object) -> None:
        if not isinstance(code, str) or not _possible(code):
            raise InvalidRequestError(f"{_short(code)} is no code of a security; {_EXAMPLES}")

    @classmethod
    def parse(cls, text: str | Symbol) -> Symbol:
        """Read ``"HK.00700"``; a Symbol passes through.

        Raises:
            InvalidRequestError: It is no such text; the message shows one that is right.
        """
        if isinstance(text, Symbol):
            return text
        if not isinstance(text, str):
            raise InvalidRequestError(f"a symbol is text, not {_short(text)} ({type(text).__name__}); {_EXAMPLES}")
        return _parse(text)

    def __str__(self) -> str:
        return f"{self.market}.{self.code}"


@lru_cache(maxsize=4096)  # an application asks for the same symbols again and again
def _parse(text: str) -> Symbol:
    market, _, code = text.partition(".")
    if market in _ZONES and _possible(code):
        return Symbol(market, code)
    if meant := _meant(text):
        raise InvalidRequestError(f"{_short(text)} is no symbol; did you mean {meant!r}? {_EXAMPLES}")
    if not market or not code:
        raise InvalidRequestError(f"{_short(text)} is no symbol; {_EXAMPLES}")
    return Symbol(market, code)  # raises, and says which of the two cannot be


def _meant(text: str) -> str | None:
    """The symbol that a text with small letters, with spaces around or with the market at its end plainly stands for."""
    plain = text.strip().upper()
    first, _, rest = plain.partition(".")
    before, _, last = plain.rpartition(".")
    for market, code in ((first.strip(), rest.strip()), (last.strip(), before.strip())):
        if market in _ZONES and _possible(code):
            return f"{market}.{code}"
    return None


def _possible(code: str) -> bool:
    return 0 < len(code) <= _LONGEST_CODE and code.isprintable() and " " not in code


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST_CODE else text[:_LONGEST_CODE] + "…"
