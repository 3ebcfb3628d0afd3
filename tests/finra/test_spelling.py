"""A symbol that is written as others do is answered with the one that stands in a file at hand, and never with another."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brokerport import RejectedError
from brokerport_finra.spelling import meant, spellings
from finra.conftest import DAYS, Open
from finra.server import FileServer, daily

SYMBOLS = [
    "A",
    "AAPL",
    "ABR",
    "ABRpD",
    "ABRpE",
    "BRK/A",
    "BRK/B",
    "AAC/WS",
    "AAC/U",
    "ACHRp",
    "BAC",
    "BACpL",
    "XYZ/C",
    "XYZpC",
    "TWO",
    "two",
]
FILE = daily(date(2026, 11, 20), [f"{symbol}|1|0|2|Q" for symbol in SYMBOLS])


@pytest.mark.parametrize(
    ("code", "right"),
    [
        *[(code, "BRK.B") for code in ("brk-b", "BRK-B", "brk.b", "BRK_B", "brk/b", "Brk.B", "BRK^B")],
        *[(code, "ABRpD") for code in ("ABR-D", "ABR-PD", "ABR.PRD", "ABR-PRD", "ABR^D", "ABR.PR.D", "abr-pd", "abrpd", "ABR/PD")],
        *[(code, "AAC.WS") for code in ("AAC-WT", "AAC-WS", "aac.ws", "AAC+WTS", "AAC-W")],
        *[(code, "AAC.U") for code in ("AAC-U", "AAC-UN", "aac.u")],
        *[(code, "ACHRp") for code in ("ACHR-PR", "ACHR^", "achrp")],
        ("aapl", "AAPL"),
        ("bac-l", "BACpL"),
    ],
)
def test_another_spelling_means_what_stands_in_the_file(code: str, right: str) -> None:
    assert meant(code, FILE) == right


@pytest.mark.parametrize(
    "code",
    [
        "BRKB",  # may be a symbol of its own
        "TYPO",
        "GOOG.L",
        "ABR.D",  # a class that was not traded on the day?
        "ABRPD",
        "XYZ-C",  # there are two
        "Two",  # there are two
        "ABR-F",
        "BRK-",
        "-",
        "A-B",
        ".*",
        "A.+",
        "(",
        "ABR-D|1",
        "B-K/B",
    ],
)
def test_where_nobody_can_tell_nothing_is_suggested(code: str) -> None:
    assert meant(code, FILE) is None


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=12))
def test_what_is_suggested_is_in_the_file_with_the_same_letters(code: str) -> None:
    right = meant(code, FILE)
    assert right is None or right.replace(".", "/") in SYMBOLS
    assert right is None or code[0].upper() == right[0]


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_what_is_written_as_finra_does_is_found_and_not_corrected(symbol: str) -> None:
    assert symbol.encode() in spellings(symbol.replace("/", "."))
    assert symbol == "two" or meant(symbol, FILE) is None


@pytest.mark.parametrize(("code", "right"), [("brk-b", "BRK.B"), ("ABR-D", "ABRpD")])
async def test_one_file_is_enough_to_say_so(server: FileServer, ask: Open, code: str, right: str) -> None:
    async with ask(concurrency=1) as client:
        with pytest.raises(RejectedError, match=rf"US\.{code} is not in FINRA's file of {DAYS[0]}, .*; did you mean 'US\.{right}'\?"):
            await client.short_volume(f"US.{code}", limit=20)
        assert len(server.days) <= 2
        assert len(await client.short_volume(f"US.{right}", limit=2)) == 2
