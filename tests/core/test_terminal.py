"""Text for a terminal: visible, and in lines that fit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from brokerport.terminal import blanked, shortened, visible, width, wrapped

TEXTS = st.text(st.sampled_from("ab 中é\u0301\u3000-"), max_size=60)


@given(st.text())
def test_what_is_visible_is_one_printable_line_and_stays_as_it_is(text: str) -> None:
    assert visible(text).isprintable()
    assert visible(visible(text)) == visible(text)


@given(TEXTS, st.integers(2, 30))
def test_every_line_fits_and_nothing_but_blanks_is_lost(text: str, columns: int) -> None:
    lines = wrapped(text, columns)
    assert max(map(width, lines)) <= columns
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", [""]),
        ("one two three", ["one two", "three"]),
        ("exactly 9", ["exactly 9"]),
        ("a verylongword b", ["a verylon", "gword b"]),
        ("中银国际 控股", ["中银国际", "控股"]),
        ("中银国际控股", ["中银国际", "控股"]),
    ],
)
def test_lines_end_between_words_where_that_is_possible(text: str, lines: list[str]) -> None:
    assert wrapped(text, 9) == lines


@pytest.mark.parametrize("text", ["plain", "中银国际", "e\u0301", "＝", "é"])
def test_the_width_is_that_of_a_terminal(text: str) -> None:
    assert width(text) == cell_len(text)


def test_what_is_too_long_is_cut_with_a_mark() -> None:
    assert (shortened("abc", 3), shortened("abcd", 3)) == ("abc", "abc…")


def test_what_cannot_be_printed_is_a_blank_where_words_are_told_on() -> None:
    assert blanked("a\x1b[2J\u202eb\n\x9b\u3000\ud800c") == "a [2J b    c"
    assert blanked("plain words, 腾讯") == "plain words, 腾讯"
