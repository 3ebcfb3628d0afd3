"""How others write a symbol, and which one they mean: Yahoo, Bloomberg, Reuters, TradingView, and the brokers' own programs.

It is read for the text of an error alone. What can be meant in two ways has two answers; what is not plain has none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple
from unicodedata import normalize

from brokerport.models import market as markets
from brokerport.models.market import Market

LONGEST = 80  # characters that are looked at; a code has 64 at most


class _Habits(NamedTuple):
    """How the codes of a market look, and what it is called beside them."""

    code: str  #: a pattern; what its groups hold is the code, a class of shares behind a dot
    names: str  #: of its exchanges: before a code and behind it, whatever stands between
    dotted: str = ""  #: behind a code and a dot, by Yahoo and Reuters
    spaced: str = ""  #: behind a code and a space, by Bloomberg
    width: int = 0  #: digits, filled up with zeros
    alone: str | None = None  #: a pattern of codes that are plain without a market


# A class of shares is one letter. Behind a hyphen it is A or B: others are series of preferred shares, which each writes in its own way.
_US = r"([A-Z]{1,5})(?:[-/ ]([AB])|\.([A-Z]{1,2}))?"
_US_ALONE = r"[A-Z]{1,5}|[A-Z]{1,5}[-/. ][AB]|[a-z]{1,5}[-/. ][ab]"  # a word in small letters is more likely the name of a company
_SH, _SZ = r"([0-25-79]\d{5})", r"([0-3]\d{5})"  # by their first digits; several are of both, the one's stock and the other's index

_HABITS = {
    "HK": _Habits(r"((?!0+$)\d{1,5})", "HKEX SEHK HKSE HKG XHKG", width=5, alone=r"\d{5}"),
    "US": _Habits(
        _US,
        "NASDAQ NYSE AMEX ARCA NYSEARCA BATS CBOE OTC OTCMKTS XNAS XNYS XASE ARCX",
        "N O OQ",
        "UA UF UN UP UQ UR UV UW",
        alone=_US_ALONE,
    ),
    "SH": _Habits(_SH, "SSE SHSE SHA XSHG", "SS", "C1 CG CH", alone=_SH),
    "SZ": _Habits(_SZ, "SZSE SHE XSHE", "", "C2 CS CH", alone=_SZ),
    "SG": _Habits(r"([A-Z0-9]{3,4})", "SGX SES XSES", "SI", "SP"),
    "JP": _Habits(r"(\d[0-9A-Z]\d[0-9A-Z])", "TSE TYO JPX XTKS", "T", "JP JT"),
    "AU": _Habits(r"([A-Z0-9]{3,6})", "ASX XASX", "AX", "AT"),
    "MY": _Habits(r"(\d{4}[A-Z]{0,2})", "MYX KLSE BURSA XKLS", "KL", "MK"),
    "CA": _Habits(r"([A-Z]{1,5})(?:[-/. ]([A-Z]{1,2}))?", "TSX TSE XTSE", "TO", "CN CT"),
}

#: markets that plugins may bring, and that are not known until they do: UK.A is not a class of the shares UK
_ELSEWHERE = frozenset("AE AT BE BR CH CN DE DK ES EU FI FR GB GR IE IN IT KR MX NL NO NZ PH PL PT SE TH TW UK VN ZA".split())  # noqa: SIM905

_BEFORE = re.compile(r"([^.:/\-_ ]+)[.:/\-_ ](.+)")
_BEHIND = re.compile(r"(.+)([.:/\-_ ])([^.:/\-_ ]+)")
_GLUED = re.compile(r"([A-Za-z]+)(\d+)")
_CLASS_OF_REUTERS = re.compile(r"([A-Z]{2,5})([a-z])")  # BRKb.N


def meant(text: str) -> tuple[str, ...]:
    """The symbols that a text may stand for, the text itself left out; none where it is not plain."""
    if len(text) > LONGEST:
        return ()
    narrow = normalize("NFKC", text.replace("。", "."))
    plain = _plain(narrow)
    found = [*_placed(plain, certain=narrow == text)] or _alone(plain)
    return tuple(dict.fromkeys(each for each in found if each != text))


def _plain(text: str) -> str:
    """Without spaces that say nothing, and without Bloomberg's word for a share."""
    spaced = re.sub(r"\s+", " ", re.sub(r"\s*([.:/])\s*", r"\1", text.strip()))
    return re.sub(r" equity$", "", spaced, flags=re.IGNORECASE)


def _placed(text: str, *, certain: bool) -> Iterator[str]:
    """The readings by a market that the text names; where the letters are not ``certain``, only for markets whose codes we know."""
    for place, code in _split(text):
        if place in _HABITS:
            yield from _known(place, code)
        elif certain and code.isprintable() and " " not in code:
            yield from (f"{place}.{each}" for each in _cases(code, text))


def _cases(code: str, text: str) -> tuple[str, ...]:
    """The code in the case that it may have: where all of the text is in small letters, they say nothing."""
    if text.islower():
        return (code.upper(),)
    return (code.upper(), code) if code.islower() else (code,)


def _split(text: str) -> Iterator[tuple[str, str]]:
    """Each market that the text names, and the rest."""
    if found := _BEFORE.fullmatch(text):
        yield from ((place, found[2]) for place in _places(found[1]))
    if found := _BEHIND.fullmatch(text):
        code, separator, name = found.groups()
        for place in _places(name, separator):
            yield place, code if place == name.upper() else _CLASS_OF_REUTERS.sub(_with_class, code)
    if (found := _GLUED.fullmatch(text)) and found[1].upper() in Market:
        yield found[1].upper(), found[2]


def _with_class(found: re.Match[str]) -> str:
    return f"{found[1]}.{found[2].upper()}"


def _places(name: str, separator: str = "") -> Iterator[str]:
    """The markets that are called so."""
    name = name.upper()
    if name in Market:
        yield name
    for place, habits in _HABITS.items():
        called = {"": "", ".": habits.dotted, " ": habits.spaced}.get(separator, "")
        if place != name and name in f"{habits.names} {called}".split():
            yield place


def _known(place: str, code: str) -> Iterator[str]:
    """The code as the market writes it; nothing for one that it cannot have, or that capitals may tell from another."""
    habits = _HABITS[place]
    found = re.fullmatch(habits.code, code.upper(), re.ASCII)
    if found and code.isascii() and code in (code.lower(), code.upper()):
        yield f"{place}.{'.'.join(filter(None, found.groups())).zfill(habits.width)}"


def _alone(text: str) -> Iterator[str]:
    """The readings of a code that comes without a market."""
    first, separator, _ = re.split(r"([-/. ]|$)", text.upper(), maxsplit=1)
    if first in _ELSEWHERE or any(_places(first)) or (separator == "." and markets.bringers(first)):
        return  # it names the market, which is not known here, or has no such code
    for place, habits in _HABITS.items():
        if habits.alone and re.fullmatch(habits.alone, text, re.ASCII):
            yield from _known(place, text)
