"""Markets: those that core knows, and those that plugins register."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import tzinfo
from functools import cache
from typing import Any, ClassVar, NamedTuple, overload
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from brokerport.errors import InvalidRequestError

CORE = "brokerport itself"
EXAMPLES = "write market, dot, code: 'HK.00700', 'US.TSLA', 'US.BRK.B'"

_CODE = re.compile(r"[A-Z][A-Z0-9]{0,15}")  # the dot after it begins the security's code
_LONGEST = 64  # characters of a wrong value that an error shows


class _Facts(NamedTuple):
    zone: str
    currency: str
    name: str


class Markets(type):
    """The class of a market is also the collection of those that are known, in the order in which they became so."""

    def __iter__(cls) -> Iterator[Market]:
        return iter(tuple(_known.values()))

    def __len__(cls) -> int:
        return len(_known)

    def __contains__(cls, market: object) -> bool:
        return isinstance(market, str) and market in _known


class Market(str, metaclass=Markets):
    """Where a security is listed. It is text, the prefix that its symbols carry, and equals that text.

    ``Market("HK")`` is one that is known. A plugin makes another of its code, the name of its time zone, its currency and its name for
    people, and registers it: ``Market("UK", "Europe/London", "GBP", "United Kingdom")``.

    Raises:
        InvalidRequestError: No such market is known, or none can be made so.
    """

    __slots__ = ("_told",)
    _told: _Facts | None  # None of one that a manifest names: whoever registers it tells

    HK: ClassVar[Market]  #: Hong Kong
    US: ClassVar[Market]  #: United States
    SH: ClassVar[Market]  #: Shanghai
    SZ: ClassVar[Market]  #: Shenzhen
    SG: ClassVar[Market]  #: Singapore
    JP: ClassVar[Market]  #: Japan
    AU: ClassVar[Market]  #: Australia
    MY: ClassVar[Market]  #: Malaysia
    CA: ClassVar[Market]  #: Canada

    @overload
    def __new__(cls, code: str) -> Market: ...
    @overload
    def __new__(cls, code: str, zone: str, currency: str, name: str) -> Market: ...
    def __new__(cls, code: str, zone: str | None = None, currency: str | None = None, name: str | None = None) -> Market:
        """One object for all that are equal."""
        facts = zone, currency, name
        if facts == (None, None, None):
            return known(code)
        if not is_code(code):
            raise InvalidRequestError(f"{short(code)} cannot be the code of a market; write capital letters and digits, such as 'UK'")
        if not all(isinstance(each, str) and each for each in facts):
            raise InvalidRequestError(f"the market {code}: write zone, currency and name, such as 'Europe/London', 'GBP', 'United Kingdom'")
        return _made(code, _Facts(*facts))  # type: ignore[arg-type]  # they are text

    @classmethod
    def parse(cls, text: str) -> Market:
        """Read ``"HK"``; a Market passes through.

        Raises:
            InvalidRequestError: No such market is known.
        """
        return known(text)

    @classmethod
    def named(cls, code: str) -> Market:
        """The market of that code, also one that nobody has registered yet: what else it is, is known when somebody has."""
        return _known.get(code) or _made(code, None)

    @property
    def value(self) -> str:
        """Its code, as plain text."""
        return str(self)

    @property
    def zone(self) -> tzinfo:
        """The time zone that its trading days and times are in.

        Raises:
            zoneinfo.ZoneInfoNotFoundError: There is no database of time zones here; the text says what to install.
        """
        return _zone(self._facts.zone)

    @property
    def currency(self) -> str:
        """What its prices and turnover are counted in."""
        return self._facts.currency

    @property
    def name(self) -> str:
        """What people call it: ``Hong Kong``."""
        return self._facts.name

    @property
    def _facts(self) -> _Facts:
        return self._told or known(str(self))._facts  # noqa: SLF001  # another of this class

    def __repr__(self) -> str:
        return f"Market({str(self)!r})"

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{self!r} is frozen")

    def __reduce__(self) -> tuple[Any, ...]:
        # Whole, for the plugin that registers it may not be loaded where it arrives.
        return _arrived, (str(self), self._told)


def known(code: str) -> Market:
    """The market of that code.

    Raises:
        InvalidRequestError: None is known; the text lists those that are, and names the plugins whose manifests name it.
    """
    if isinstance(code, str) and (found := _known.get(code)):
        return found
    if isinstance(code, Market) and code._told:  # noqa: SLF001  # it came from another process, where it is registered
        return code
    hint = bringers(code) if is_code(code) else ""
    raise InvalidRequestError(f"{short(code)} is no market that brokerport knows ({', '.join(_known)}); {hint or EXAMPLES}")


def is_code(text: object) -> bool:
    """Whether a market can have that code."""
    return isinstance(text, str) and _CODE.fullmatch(text) is not None


def learn(market: object, origin: str) -> None:
    """Take up a market that ``origin``, as people call it, registers; an equal one may come from several.

    Raises:
        TypeError: It is no market, or another of its code is there; the text names both who register them.
        zoneinfo.ZoneInfoNotFoundError: Its time zone is not there.
    """
    told = market._told if isinstance(market, Market) else None  # noqa: SLF001  # the class is this module's
    if not isinstance(market, Market) or told is None:
        raise TypeError(f"{origin} registers {short(market)} as a market; write Market(code, zone, currency, name)")
    _zone(told.zone)  # one that is misspelt is its author's, and told at once
    if _known.setdefault(str(market), market) is not market:  # of equal ones there is one alone
        theirs = _origins.get(market, CORE)
        raise TypeError(f"{origin} and {theirs} register two different markets of the code {market}; only one of them can be used")
    if market not in _CORE:
        _origins.setdefault(market, origin)


def _nobody(_: str) -> str:
    return ""


#: who brings a market that nobody has registered, and what to do, for the end of an error; the room of the plugins tells
bringers: Callable[[str], str] = _nobody


def short(value: object) -> str:
    """A wrong value, for an error."""
    text = repr(value)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


@cache
def _made(code: str, told: _Facts | None) -> Market:
    """One object for all that are equal: they may be compared by ``is``."""
    market = str.__new__(Market, code)
    object.__setattr__(market, "_told", told)
    return market


def _arrived(code: str, told: _Facts | None) -> Market:
    """One that was pickled or copied: as it is known here, else as it was known there."""
    return _known.get(code) or _made(code, told)


@cache
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except ZoneInfoNotFoundError as error:
        from brokerport.blaming.rules import no_time_zones  # only failures need it

        if fix := no_time_zones(error, None):
            raise ZoneInfoNotFoundError(f"the time zone {name} is needed, and {fix}") from error
        raise


#: those that core brings
_CORE = {
    "HK": _Facts("Asia/Hong_Kong", "HKD", "Hong Kong"),
    "US": _Facts("America/New_York", "USD", "United States"),
    "SH": _Facts("Asia/Shanghai", "CNY", "Shanghai"),
    "SZ": _Facts("Asia/Shanghai", "CNY", "Shenzhen"),
    "SG": _Facts("Asia/Singapore", "SGD", "Singapore"),
    "JP": _Facts("Asia/Tokyo", "JPY", "Japan"),
    "AU": _Facts("Australia/Sydney", "AUD", "Australia"),
    "MY": _Facts("Asia/Kuala_Lumpur", "MYR", "Malaysia"),
    "CA": _Facts("America/Toronto", "CAD", "Canada"),
}

_known = {code: _made(code, facts) for code, facts in _CORE.items()}
_origins: dict[str, str] = {}  # of the others

for _market in _known.values():
    setattr(Market, _market.value, _market)
