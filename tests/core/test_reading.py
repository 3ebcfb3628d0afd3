"""What users write: from any file into values, or refused with its line, in one pass."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brokerport.reading import bounds, documents, files, shown

Write = Callable[[bytes], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(content: bytes) -> Path:
        path = tmp_path / "told.toml"
        path.write_bytes(content)
        return path

    return write


# Files


def test_a_text_is_read_with_the_mark_and_the_line_ends_of_windows_left_out(write: Write) -> None:
    assert files.text(write("\ufeffa = 'é'\r\nb = 2\r\n".encode())) == "a = 'é'\nb = 2\n"


def test_a_file_has_its_most_and_no_byte_more(write: Write) -> None:
    assert files.text(write(b"#" * 10), largest=10) == "#" * 10
    with pytest.raises(ValueError, match="larger than 10 bytes, which is the most"):
        files.text(write(b"#" * 11), largest=10)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="has no such device")
@pytest.mark.parametrize("kind", ["pipe", "endless device", "folder", "NUL"])
def test_what_is_no_plain_file_is_told_and_not_waited_for(kind: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    path = {"pipe": tmp_path / "pipe", "endless device": Path("/dev/zero"), "folder": tmp_path, "NUL": Path("a\0b")}[kind]
    with pytest.raises(ValueError, match=r"^it is no plain file, but a pipe or a device|^it is a folder|^its name holds a NUL"):
        files.text(path)


def test_a_file_that_is_not_there_is_told_as_the_system_tells_it(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        files.text(tmp_path / "gone")
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError):
        files.text(tmp_path / "file" / "gone")


@pytest.mark.parametrize("content", ["ä\n".encode("latin-1"), "a = 1\n".encode("utf-16"), b"\xff"])
def test_what_is_not_utf_8_is_told_with_its_line(content: bytes, write: Write) -> None:
    with pytest.raises(ValueError, match=r"^line 1: it is not UTF-8; save the file as UTF-8$"):
        files.text(write(content))
    with pytest.raises(ValueError, match=r"^line 3: it is not UTF-8"):
        files.text(write(b"a = 1\nb = '\xc3\xa4'\n\xe4"))


# Bounds

DEEP = "tables or lists are more than 32 deep in one another; write them flatter"
DOTS = "a key has more than 16 parts, with dots between; no key here needs that many"
BEYOND = {
    "[" * 100_000: DEEP,
    "\n\nx = " + "[" * 33: DEEP,
    "x = " + "{a=" * 100_000: DEEP,
    '{"a":' * 100_000: DEEP,
    "x = [\n" + "[\n" * 40: DEEP,
    "a." * 100_000 + "a = 1": DOTS,
    "a" + ".a" * 16: DOTS,
    "'a' .\t\"=\"." * 50_000 + "a = 1": DOTS,
    f"[{'a.' * 50_000}a]": DOTS,
    f"x = {{{'a.' * 50_000}a = 1}}": DOTS,
    "1.1e-100." * 10_000: DOTS,
    "x = " + "1" * 5000: f"'{'1' * 63}… cannot be counted with; whole numbers go from -9223372036854775808 to 18446744073709551615",
    "x = " + "1" * 1_000_000: "cannot be counted with; whole numbers go",
    "x = 18446744073709551616": "'18446744073709551616' cannot be counted with",
    "x = -9223372036854775809": "'-9223372036854775809' cannot be counted with",
    "x = 0x1_0000_0000_0000_0000": "'0x1_0000_0000_0000_0000' cannot be counted with",
    "x = 0b1" + "0" * 64: "cannot be counted with",
    "x = 0x" + "f" * 5000: "cannot be counted with",
    "x = 1e999": "'1e999' cannot be counted with; write a finite number",
    "x = 1.5E+0309": "'1.5E+0309' cannot be counted with; write a finite number",
    "x = " + "9" * 400 + "e1": "cannot be counted with",
    "x = " + "9" * 400 + ".0": "cannot be counted with; write a finite number",
    "x = -" + "9" * 300 + ".5e50": "cannot be counted with; write a finite number",
    '{"x": ' + "9" * 400 + ".0}": "cannot be counted with; write a finite number",
    "x = inf": "'inf' cannot be counted with",
    "x = -inf": "'-inf' cannot be counted with",
    "x = [nan, 1]": "'nan' cannot be counted with",
    '{"x": NaN}': "'NaN' cannot be counted with",
    '{"x": -Infinity}': "'-Infinity' cannot be counted with",
}


@pytest.mark.parametrize("text", BEYOND, ids=lambda text: f"{text[:20]!r}")
def test_what_is_beyond_the_bounds_is_told_with_its_line_and_what_is_right(text: str) -> None:
    with pytest.raises(ValueError, match=r"^line ") as raised:
        bounds.check("'''\n[[[[1e999\n'''\n# nan [[[\n" + text)
    line, _, said = str(raised.value).partition(": ")
    assert BEYOND[text] in said
    assert int(line.removeprefix("line ")) >= 5
    assert len(str(raised.value)) < 250


def test_the_line_is_the_one_where_it_stands() -> None:
    text = "a = 1\nb = [\n1e999\n]\n"
    with pytest.raises(ValueError, match=r"^line 3: '1e999'"):
        documents.toml(text)
    with pytest.raises(ValueError, match=r"^line 2: '-Infinity'"):
        documents.json('{"a":\n-Infinity}')


WITHIN = {
    "x = 18446744073709551615": 2**64 - 1,
    "x = -9_223_372_036_854_775_808": -(2**63),
    "x = 0b" + "1" * 64: 2**64 - 1,
    "x = 123456789012345678901234567890.5": 123456789012345678901234567890.5,
    "x = 0." + "3" * 500: 1 / 3,
    "x = 1e-999": 0.0,
    "x = " + "[" * 32 + "]" * 32: None,
    "x = '" + "[a.1e999," * 1000 + "'": "[a.1e999," * 1000,
    'x = """' + '\\"" [[[[ a.b.c 1e999 nan\n' * 100 + '"""': None,
    "x = 1 # " + "a." * 1000: 1,
    "inf.x = 1\nx = 2": 2,
    "20261120-20261121-close = 1\nx = 2": 2,
    "infinite = 1\nx = 2": 2,
    "1234567890123456789012.x = 1\nx = 2": 2,
    "1234567890123456789012.5 = 1\nx = 2": 2,
    "x = 123456789012345678901.5e-3": 123456789012345678901.5e-3,
    "x = [" + "1.5, " * 100 + "]": [1.5] * 100,
    ".".join("a" * 16) + " = 1\nx = 2": 2,
}


@pytest.mark.parametrize("text", WITHIN, ids=lambda text: f"{text[:20]!r}")
def test_what_is_within_the_bounds_is_read(text: str) -> None:
    assert documents.toml(text)["x"] == (tomllib.loads(text)["x"] if WITHIN[text] is None else WITHIN[text])


# Each of them, repeated up to the largest file, held a reader up for minutes or hours, or would hold up one that looks back.
UNITS = [*"a\"'. \\-=[{]1é\n", "a.", '"a', "'a ", "a ", "# ", "a.b\n", '"\\"', "'''", '"""', "''' ", '""" ', '"""\\"', '\\"""', "1.", "1e"]
UNITS += [
    "1e999",
    "1_",
    "-1",
    "nan ",
    "e+",
    "0x" + "f" * 20,
    "[[a]]\n",
    "[a]\n",
    "inf =",
    "inf \t",
    "[1,",
    "x=[1,",
    "\r\n",
    "\0",
    "1 ",
    "x = {",
]


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("read", [documents.toml, documents.json])
def test_no_file_of_the_largest_size_holds_up_its_reader(unit: str, read: Callable[[str], Any]) -> None:
    with suppress(ValueError):
        read((unit * files.LARGEST)[: files.LARGEST])


def test_the_work_grows_as_the_text_does() -> None:
    for unit in UNITS:
        tokens = [sum(1 for _ in bounds._tokens().finditer(unit * size)) for size in (2_000, 4_000)]
        assert tokens[1] <= 2 * tokens[0] + 1


_texts = st.text("ab.[{\"'\\#=\n\x00é\u202e", max_size=9)
_toml_values = st.recursive(
    st.booleans() | st.integers(-(2**63), 2**63 - 1) | _texts, lambda inner: st.lists(inner, max_size=3), max_leaves=9
)


@given(st.dictionaries(_texts, _toml_values))
def test_whatever_is_within_the_bounds_passes_as_it_is(told: dict[str, Any]) -> None:
    text = json.dumps(told, indent=1)
    assert documents.json(text) == told
    toml = "\n".join(f"{json.dumps(key)} = {json.dumps(each)}" for key, each in told.items())
    assert documents.toml(toml) == told


@given(st.text("ab1.e9\"'\\#[]{}=,\n -+_", max_size=60))
def test_whatever_stands_there_it_is_read_as_python_reads_it_or_refused(text: str) -> None:
    try:
        told = documents.toml(text)
    except ValueError as error:
        assert "line " in str(error) or "end of document" in str(error)  # noqa: PT017  # one of two ends
        return
    assert told == tomllib.loads(text)


def test_what_is_no_toml_is_told_with_its_line_and_what_is_right() -> None:
    with pytest.raises(ValueError, match=r"Invalid value \(at line 2, column 8\), where a line is KEY = VALUE, and a text is in quotes$"):
        documents.toml("# where\nhost = localhost")


# What errors show


def test_what_an_error_shows_is_short_and_printable() -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    for given_one in ("x" * 10**6, 10**5000, [10**5000], deep, "\x1b[2J\u202e\x85\n", b"\x1b" * 1000):
        told = shown.value(given_one)
        assert len(told) < 100
        assert told.isprintable()
    assert (shown.value("a b"), shown.value(7), shown.value(2**64)) == ("'a b'", "7", "a number of 65 bits")
    assert (shown.name("a-b"), shown.name("a\nb"), shown.name("a" * 65)) == ("a-b", r"'a\nb'", f"'{'a' * 63}…")
    while deep:
        deep = deep[0]
