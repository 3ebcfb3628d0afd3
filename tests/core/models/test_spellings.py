"""How others write symbols: each form is answered with the symbol that it stands for, or with none, and never with a wrong one."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brokerport import InvalidRequestError, Market, Symbol
from brokerport.models import market
from brokerport.models.spellings import meant

#: a form that somebody writes, and the symbols that it can stand for, separated by blanks
MEANT = {
    # Yahoo
    "0700.HK": "HK.00700",
    "9988.HK": "HK.09988",
    "80700.HK": "HK.80700",
    "600519.SS": "SH.600519",
    "000001.SS": "SH.000001",
    "000001.SZ": "SZ.000001",
    "300750.SZ": "SZ.300750",
    "BRK-B": "US.BRK.B",
    "BF-B": "US.BF.B",
    "D05.SI": "SG.D05",
    "7203.T": "JP.7203",
    "130A.T": "JP.130A",
    "BHP.AX": "AU.BHP",
    "1155.KL": "MY.1155",
    "SHOP.TO": "CA.SHOP",
    "BBD-B.TO": "CA.BBD.B",
    # Bloomberg
    "700 HK Equity": "HK.00700",
    "700 HK": "HK.00700",
    "1 hk equity": "HK.00001",
    "AAPL US Equity": "US.AAPL",
    "AAPL UW Equity": "US.AAPL",
    "BRK/B US": "US.BRK.B",
    "BRK/B US Equity": "US.BRK.B",
    "600519 CH Equity": "SH.600519",
    "600519 CG Equity": "SH.600519",
    "300750 CH Equity": "SZ.300750",
    "000001 CH Equity": "SH.000001 SZ.000001",
    "000001 CS Equity": "SZ.000001",
    "D05 SP Equity": "SG.D05",
    "7203 JP Equity": "JP.7203",
    "BHP AU Equity": "AU.BHP",
    "BBD/B CN Equity": "CA.BBD.B",
    "1155 MK Equity": "MY.1155",
    # Reuters
    "AAPL.O": "US.AAPL",
    "AAPL.OQ": "US.AAPL",
    "BRKb.N": "US.BRK.B",
    "O.N": "US.O",
    "BBDb.TO": "CA.BBD.B",
    # TradingView, Google, the exchanges' own codes
    "HKEX:700": "HK.00700",
    "HKG:0700": "HK.00700",
    "SEHK:700": "HK.00700",
    "NASDAQ:AAPL": "US.AAPL",
    "nasdaq:aapl": "US.AAPL",
    "NYSE:BRK.B": "US.BRK.B",
    "SSE:600519": "SH.600519",
    "SHA:600519": "SH.600519",
    "SZSE:000001": "SZ.000001",
    "SHE:000001": "SZ.000001",
    "TSE:7203": "JP.7203",
    "TSE:SHOP": "CA.SHOP",
    "TSX:BBD.B": "CA.BBD.B",
    "600519.XSHG": "SH.600519",
    "000001.XSHE": "SZ.000001",
    # brokers, their pages, and Chinese sources of data
    "700.HK": "HK.00700",
    "AAPL.US": "US.AAPL",
    "BRK.B.US": "US.BRK.B",
    "00700-HK": "HK.00700",
    "AAPL-US": "US.AAPL",
    "BRK B": "US.BRK.B",
    "HK00700": "HK.00700",
    "hk00700": "HK.00700",
    "HK700": "HK.00700",
    "SH600519": "SH.600519",
    "sz000001": "SZ.000001",
    "sh.600519": "SH.600519",
    # the market as it should be, and the rest not
    "hk.00700": "HK.00700",
    "hk.700": "HK.00700",
    "HK.700": "HK.00700",
    "HK.0700": "HK.00700",
    "HK.5": "HK.00005",
    "US:AAPL": "US.AAPL",
    "US AAPL": "US.AAPL",
    "US.aapl": "US.AAPL",
    "us.aapl": "US.AAPL",
    "US.BRK-B": "US.BRK.B",
    "us.brk-b": "US.BRK.B",
    "US.BRK/B": "US.BRK.B",
    "brk.b.us": "US.BRK.B",
    "US:CA": "US.CA CA.US",
    # no market
    "00700": "HK.00700",
    "AAPL": "US.AAPL",
    "BRK/B": "US.BRK.B",
    "BRK.B": "US.BRK.B",
    "brk.b": "US.BRK.B",
    "BF.B": "US.BF.B",
    "600519": "SH.600519",
    "300750": "SZ.300750",
    "000001": "SH.000001 SZ.000001",
    # how it looks
    " HK.00700": "HK.00700",
    "HK .00700": "HK.00700",
    "HK. 00700\n": "HK.00700",
    "\u3000AAPL\xa0": "US.AAPL",
    "０７００.HK": "HK.00700",
    "ＨＫ．００７００": "HK.00700",
    "HK.００７００": "HK.00700",
    "HK。00700": "HK.00700",
    "ＡＡＰＬ": "US.AAPL",
}

#: what is not plain, or nobody has a symbol for here
NOTHING = [
    *("", " ", ".", "HK", "HK.", ".HK", "HK.0", "HK.000700", "HK.a b", "US", "US.", "NASDAQ", "NASDAQ:", "SSE", "XX.1", "."),
    *("700", "0700", "5", "7203", "1155", "D05", "800000"),  # of several markets
    *("^HSI", "^GSPC", "HSI Index", "ESZ6 Index", "EURUSD=X", "BTC-USD", "GC=F", ".DJI"),  # no securities of a market
    *("apple", "Tesla", "tencent", "腾讯控股", "hello"),  # names of companies
    *("VOD.L", "SAP.DE", "VOD LN Equity", "UK.A", "DE.B", "LSE:VOD"),  # markets that are not known
    *("ABR-D", "US.ABR-D", "BAC-PL", "JPM_pc.N", "US.ABRpD", "us.ABRpD", "us.Aapl"),  # capitals, and letters of series, that may matter
    *("600519.SZ", "300750.SS", "TSLA.HK", "NYSE:700", "AAPL CH Equity"),  # it contradicts itself
    *("HK." + "7" * 65, "7" * 100_000, "." * 100_000, "a." * 50_000, " " * 100_000),
]


@pytest.fixture
def uk() -> Iterator[None]:
    """A market that a plugin registered."""
    known, origins = dict(market._known), dict(market._origins)
    market.learn(Market("UK", "Europe/London", "GBP", "United Kingdom"), "Acme")
    yield
    for now, before in ((market._known, known), (market._origins, origins)):
        now.clear()
        now.update(before)  # type: ignore[arg-type]  # each of its own


@pytest.mark.parametrize("text", MEANT)
def test_a_form_of_others_is_answered_with_all_that_it_can_stand_for(text: str) -> None:
    assert [*meant(text)] == MEANT[text].split()


@pytest.mark.parametrize("text", [each for each in MEANT if each.partition(".")[0] not in Market])
def test_the_error_names_it(text: str) -> None:
    with pytest.raises(InvalidRequestError) as raised:
        Symbol.parse(text)
    assert f" is no symbol; did you mean {' or '.join(map(repr, MEANT[text].split()))}? write market, dot, code: " in str(raised.value)


@pytest.mark.parametrize("text", NOTHING, ids=lambda text: ascii(text[:20]))
def test_what_is_not_plain_is_answered_with_none(text: str) -> None:
    assert meant(text) == ()


@pytest.mark.parametrize("text", ["HK.00700", "US.BRK.B", "US.AAPL", "SH.600519", "JP.7203", "CA.BBD.B"])
def test_a_symbol_that_is_right_is_not_mended(text: str) -> None:
    assert meant(text) == ()


@pytest.mark.parametrize(
    ("text", "symbols"),
    [
        ("VOD.UK", "UK.VOD"),
        ("vod.uk", "UK.VOD"),
        ("UK:VOD", "UK.VOD"),
        ("VOD UK Equity", "UK.VOD"),
        ("uk.VOD/A", "UK.VOD/A"),
        ("Vod.uk", "UK.Vod"),
        ("vod.UK", "UK.VOD UK.vod"),
        ("株.UK", "UK.株"),
        ("ＶＯＤ.UK", ""),  # whether its codes have wide letters is not known
        ("UK.A", ""),
        ("UK", ""),
    ],
)
@pytest.mark.usefixtures("uk")
def test_the_markets_of_plugins_take_part(text: str, symbols: str) -> None:
    assert [*meant(text)] == symbols.split()


letters = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=5)


def digits(least: int, most: int) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=least, max_size=most).filter(lambda text: int(text) > 0)


def classes(separator: str) -> st.SearchStrategy[str]:
    return st.one_of(letters, st.tuples(letters, st.sampled_from("AB")).map(separator.join))


#: by market, the codes that it has
CODES = {
    "HK": digits(5, 5),
    "US": classes(".").filter(lambda code: code.partition(".")[0] not in Market),  # UK.A without its market is a symbol of another
    "SH": st.from_regex(r"[0-25-79]\d{5}", fullmatch=True).filter(str.isascii),
    "SZ": st.from_regex(r"[0-3]\d{5}", fullmatch=True).filter(str.isascii),
    "SG": st.from_regex(r"[A-Z0-9]{3,4}", fullmatch=True),
    "JP": digits(4, 4),
    "AU": st.from_regex(r"[A-Z0-9]{3}", fullmatch=True),
    "MY": digits(4, 4),
    "CA": classes(".").filter(lambda code: code.partition(".")[0] not in Market),
    # Whatever can be printed, but for what others put between a market and a code.
    "UK": st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z"), exclude_characters=".:/-_"), min_size=1, max_size=64),
}

symbols = st.sampled_from([*CODES]).flatmap(lambda place: st.tuples(st.just(place), CODES[place]))

#: names that others have for a market, behind a code and a dot, behind a code and a space, and before it
YAHOO = {"HK": "HK", "SH": "SS", "SZ": "SZ", "SG": "SI", "JP": "T", "AU": "AX", "MY": "KL", "CA": "TO"}
BLOOMBERG = {"HK": "HK", "US": "US", "SH": "CH", "SZ": "CH", "SG": "SP", "JP": "JP", "AU": "AU", "MY": "MK", "CA": "CN", "UK": "UK"}
REUTERS = {**YAHOO, "US": "O"}
TRADING_VIEW = {"HK": "HKEX", "US": "NYSE", "SH": "SSE", "SZ": "SZSE", "SG": "SGX", "JP": "TSE", "AU": "ASX", "MY": "MYX", "CA": "TSX"}


def short(place: str, code: str) -> str:
    return code.lstrip("0") if place == "HK" else code


def yahoo(place: str, code: str) -> str:
    return code.replace(".", "-") if place == "US" else f"{code}.{place}"


def small_class(code: str) -> str:
    root, dot, kind = code.partition(".")
    return root + kind.lower() if dot else code


def wide(text: str) -> str:
    return "".join(chr(ord(each) + 0xFEE0) if each.isascii() and each.isalnum() else each for each in text)


#: each form, of a market and a code
FORMS: dict[str, Callable[[str, str], str | None]] = {
    "Yahoo": lambda place, code: yahoo(place, code) if place in ("US", "UK") else f"{code.replace('.', '-')}.{YAHOO[place]}",
    "Yahoo, four digits": lambda place, code: f"{short(place, code).rjust(4, '0')}.HK" if place == "HK" else None,
    "Bloomberg": lambda place, code: f"{short(place, code).replace('.', '/')} {BLOOMBERG[place]} Equity" if place != "UK" else None,
    "Bloomberg, without its last word": lambda place, code: f"{short(place, code)} {BLOOMBERG[place]}",
    "Reuters": lambda place, code: f"{small_class(code) if place in ('US', 'CA') else code}.{REUTERS.get(place, place)}",
    "TradingView": lambda place, code: f"{TRADING_VIEW.get(place, place)}:{short(place, code)}",
    "Longbridge": lambda place, code: f"{short(place, code)}.{place}",
    "a page's address": lambda place, code: f"{code}-{place}",
    "Tiger": lambda place, code: code.replace(".", " ") if place == "US" else None,
    "glued": lambda place, code: f"{place}{code}" if place in ("HK", "SH", "SZ") else None,
    "glued, in small letters": lambda place, code: f"{place}{code}".lower() if place in ("HK", "SH", "SZ") else None,
    "the code alone": lambda place, code: code if place in ("HK", "US", "SH", "SZ") else None,
    "digits left out": lambda place, code: f"{place}.{short(place, code)}",
    "small letters": lambda place, code: f"{place}.{code}".lower() if place != "UK" else None,
    "the code in small letters": lambda place, code: f"{place}.{code.lower()}" if place != "UK" else None,
    "the market in small letters": lambda place, code: f"{place.lower()}.{code}" if any(map(str.isupper, code)) else None,
    "a colon": lambda place, code: f"{place}:{code}",
    "a hyphen in the code": lambda place, code: f"{place}.{code.replace('.', '-')}" if place != "UK" else None,
    "wide letters": lambda place, code: wide(f"{code}.{place}") if place != "UK" else None,
    "blanks around": lambda place, code: f"\t {place}.{code} \n",
}


@pytest.mark.parametrize("form", FORMS)
@given(symbol=symbols)
@pytest.mark.usefixtures("uk")
@pytest.mark.timeout(20)  # a hundred symbols a form
def test_whatever_symbol_is_written_in_any_of_these_forms_it_is_among_those_that_are_named_or_none_is(
    form: str, symbol: tuple[str, str]
) -> None:
    place, code = symbol
    text = FORMS[form](place, code)
    if text is None:
        return
    found = meant(text)
    assert not found or text == f"{place}.{code}" or f"{place}.{code}" in found
    assert all(str(Symbol.parse(each)) == each for each in found)
    assert len(found) <= 3
