"""A day's file: what is read from it, and what is refused."""

from __future__ import annotations

from contextlib import nullcontext, suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brokerport import BadReplyError, InvalidRequestError, ShortVolume
from brokerport_finra.day_file import RECORDS, checked, row
from finra.server import HEADER, daily

DAY = date(2026, 9, 4)
LINES = [
    "AAPL|7632509.075240|27953|14537792.715407|B,Q,N",
    "BRK/B|268632|2672|1249876|B,Q,N",
    "ABRpD|5000|0|20000|Q",
    "BRKX|1|0|2|N",
]


def found(code: str, *lines: str) -> ShortVolume | None:
    return row(DAY, checked(DAY, daily(DAY, lines)), code)


def test_a_line_is_a_row() -> None:
    assert found("ABRpD", *LINES) == ShortVolume(day=DAY, short_volume=5000, volume=20000, short_exempt_volume=0)


def test_whole_shares_are_integers_and_parts_of_shares_are_floats() -> None:
    apple, berkshire = found("AAPL", *LINES), found("BRK.B", *LINES)
    assert apple is not None
    assert berkshire is not None
    assert repr((apple.short_volume, apple.short_exempt_volume, apple.volume)) == "(7632509.07524, 27953, 14537792.715407)"
    assert repr((berkshire.short_volume, berkshire.short_exempt_volume, berkshire.volume)) == "(268632, 2672, 1249876)"


def test_finra_reports_no_percentage_and_so_there_is_none() -> None:
    row = found("AAPL", *LINES)
    assert row is not None
    assert (row.short_percent, row.average_short_percent, row.nasdaq_short_volume, row.close) == (None, None, None, None)


@pytest.mark.parametrize(("written", "code"), [("BRK/B", "BRK.B"), ("BRK.B", "BRK.B"), ("BRK/B", "BRK/B"), ("AAC/WS", "AAC.WS")])
def test_a_class_is_found_however_it_is_spelled(written: str, code: str) -> None:
    assert found(code, f"{written}|1|0|2|Q") is not None


@pytest.mark.parametrize("code", ["A", "AAP", "APL", "BRK", "B", "aapl", "20260904", "4"])
def test_a_part_of_a_symbol_is_no_symbol(code: str) -> None:
    assert found(code, *LINES) is None


@pytest.mark.parametrize("code", ["BRKX|1", "A|", "ÄÖ", "A" * 33])
def test_a_code_that_no_file_can_have_is_refused(code: str) -> None:
    with pytest.raises(InvalidRequestError, match="can be no symbol"):
        found(code, *LINES)


def test_a_day_without_any_record_is_a_file_all_the_same() -> None:
    assert found("AAPL") is None


def test_lines_may_end_as_on_windows() -> None:
    text = daily(DAY, LINES).replace(b"\n", b"\r\n")
    assert row(DAY, checked(DAY, text), "BRK.B") == found("BRK.B", *LINES)


BROKEN = {
    "html": (b"<!DOCTYPE html><html>\x1b[31m down</html>", 1, "<!DOCTYPE html><html> [31m down"),
    "nothing": (b"", 1, ""),
    "another header": (daily(DAY, LINES).replace(b"ShortExemptVolume|", b""), 1, "Date|Symbol|ShortVolume|TotalVolume|Market"),
    "another day": (daily(DAY, LINES).replace(b"20260904|BRK/B", b"20260903|BRK/B"), 3, "20260903|BRK/B"),
    "a negative number": (daily(DAY, ["AAPL|-1|0|2|Q"]), 2, "-1"),
    "no number": (daily(DAY, ["AAPL|nan|0|2|Q"]), 2, "nan"),
    "a field too many": (daily(DAY, ["AAPL|1|0|2|Q|5"]), 2, "Q|5"),
    "a field missing": (daily(DAY, [*LINES, "AAPL|1|0|Q"]), 6, "AAPL|1|0|Q"),
    "too few records": (daily(DAY, LINES, count=5), 6, "'5'; expected was 4"),
    "too many records": (daily(DAY, LINES, count=3), 6, "'3'; expected was 4"),
    "no count": (daily(DAY, LINES).removesuffix(b"4\n"), 6, "''"),
    "cut in a line": (daily(DAY, LINES)[:-9], 5, "20260904|BRKX|1'"),
    "more after the count": (daily(DAY, LINES) + b"20260904|X|1|0|2|Q\n", 6, "'4'"),
    "one symbol twice": (daily(DAY, [*LINES, LINES[1]]), 6, "BRK/B"),
}


@pytest.mark.parametrize(("text", "line", "found"), BROKEN.values(), ids=BROKEN)
def test_what_breaks_the_format_is_named_by_day_and_line(text: bytes, line: int, found: str) -> None:
    with pytest.raises(BadReplyError) as raised:
        checked(DAY, text)
    assert f"2026-09-04, line {line}:" in str(raised.value)
    assert found in str(raised.value)


@pytest.mark.parametrize("count", [1, 2, 20, 202, 2026])
def test_a_file_that_is_cut_where_a_record_begins_like_their_number_is_not_whole(count: int) -> None:
    text = daily(DAY, [f"S{number}|1|0|2|Q" for number in range(count + 1)])
    end = text.index(b"20260904|S%d|" % count)
    cut = text[: end + len(str(count))]
    if b"20260904".startswith(b"%d" % count):
        with pytest.raises(BadReplyError, match=f"line {count + 2}:"):
            checked(DAY, cut)
    assert checked(DAY, text[:end] + b"%d\n" % count)


@pytest.mark.parametrize("more", [0, 1])
def test_more_records_than_there_are_symbols_are_refused(more: int) -> None:
    text = daily(DAY, (f"S{number:x}|1|0|2|Q" for number in range(RECORDS + more)))
    with pytest.raises(BadReplyError, match="expected was at most 100,000 records") if more else nullcontext():
        checked(DAY, text)


@given(st.binary(max_size=200), st.integers(0, 200), st.integers(0, 60))
def test_any_bytes_are_read_or_refused(noise: bytes, at: int, cut: int) -> None:
    text = daily(DAY, LINES)
    with suppress(BadReplyError):
        row(DAY, checked(DAY, text[:at] + noise + text[at + cut :]), "AAPL")


def test_the_header_is_finras() -> None:
    assert HEADER == "Date|Symbol|ShortVolume|ShortExemptVolume|TotalVolume|Market"
