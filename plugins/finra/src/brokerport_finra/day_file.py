"""One day's file: a header, a line for each symbol, and their number at the end.

::

    Date|Symbol|ShortVolume|ShortExemptVolume|TotalVolume|Market
    20260904|AAPL|7632509.075240|27953|14537792.715407|B,Q,N
    20260904|BRK/B|268632.653992|2672|1249876.120945|B,Q,N
    2
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import date

from brokerport import BadReplyError, ShortVolume
from brokerport.logs import clean
from brokerport_finra.spelling import SYMBOL, spellings

HEADER = b"Date|Symbol|ShortVolume|ShortExemptVolume|TotalVolume|Market"
RECORDS = 100_000  # most of a file: eight times as many as there are symbols

_SHOWN = 400  # bytes of a line that is refused
_SLICE = 1000  # records: what is matched at once, as re remembers every repetition
_NUMBER = r"\d{1,18}(?:\.\d{1,12})?"
_LINE = rf"\|{SYMBOL}\|{_NUMBER}\|{_NUMBER}\|{_NUMBER}\|[A-Za-z,]{{1,32}}\n"
_SYMBOLS = re.compile(rb"^\d{8}\|([^|\n]+)", re.MULTILINE)
_COUNT = re.compile(rb"(\d{1,9})\n*")
_EMPTY = re.compile(re.escape(HEADER) + rb"\s*0\s*")


def row(day: date, text: bytes, code: str) -> ShortVolume | None:
    """The figures of one symbol in the file of ``day``, which is checked; None where it has none."""
    lines = (_line(day, text, spelling) for spelling in spellings(code))
    return next((_row(day, line) for line in lines if line), None)


def empty(text: bytes) -> bool:
    """Whether it is a whole file without any record."""
    return _EMPTY.fullmatch(text) is not None


def checked(day: date, text: bytes) -> bytes:
    """The file of ``day``, its lines ended as everywhere, after a look at each.

    Raises:
        BadReplyError: It is not that; says which line.
    """
    text = text.replace(b"\r\n", b"\n")
    if not text.startswith(HEADER + b"\n"):
        raise _bad(day, 1, text[:_SHOWN].partition(b"\n")[0], f"the header {HEADER.decode()}")
    begin = len(HEADER) + 1
    number, end = _records(day, text, begin)
    count = _COUNT.fullmatch(text, end)
    if count is None or _may_be_cut(day, count):
        found = text[end : end + _SHOWN].partition(b"\n")[0]
        raise _bad(day, number + 2, found, "a record of that day, or at the end their number, and a line's end")
    if int(count[1]) != number:
        raise _bad(day, number + 2, count[1], f"{number}, the number of records above")
    _refuse_twins(day, _SYMBOLS.findall(text, begin, end))
    return text


def _records(day: date, text: bytes, begin: int) -> tuple[int, int]:
    """How many there are from ``begin`` on, and where they end."""
    some = re.compile(rf"(?:{_stamp(day).decode()}{_LINE}){{0,{_SLICE}}}+".encode())
    number, end = 0, begin
    while (found := some.match(text, end)) and found.end() > end:
        number, end = number + text.count(b"\n", end, found.end()), found.end()
        if number > RECORDS:
            raise _bad(day, number + 2, b"", f"at most {RECORDS:,} records")
    return number, end


def _may_be_cut(day: date, count: re.Match[bytes]) -> bool:
    """Whether what looks like the number of records may be the beginning of another: 2026 of 20261120."""
    return not count[0].endswith(b"\n") and _stamp(day).startswith(count[1])


def _line(day: date, text: bytes, spelling: bytes) -> bytes | None:
    # Searched for, not read line by line: a file has some 12,000 of them, and few are ever asked for.
    begin = text.find(b"\n%s|%s|" % (_stamp(day), spelling)) + 1
    return text[begin : text.index(b"\n", begin)] if begin else None


def _row(day: date, line: bytes) -> ShortVolume:
    _, _, short, exempt, total, _ = line.split(b"|")
    return ShortVolume(day=day, short_volume=_number(short), volume=_number(total), short_exempt_volume=_number(exempt))


def _refuse_twins(day: date, symbols: list[bytes]) -> None:
    if len(set(symbols)) == len(symbols):
        return
    twin = Counter(symbols).most_common(1)[0][0]
    second = symbols.index(twin, symbols.index(twin) + 1)
    raise _bad(day, second + 2, twin, "a symbol that came in no line above")


def _bad(day: date, line: int, found: bytes, expected: str) -> BadReplyError:
    said = clean(found[:_SHOWN].decode("utf-8", "backslashreplace"))
    return BadReplyError(f"FINRA's file of {day}, line {line}: {said!r}; expected was {expected}")


def _stamp(day: date) -> bytes:
    return day.strftime("%Y%m%d").encode()


def _number(text: bytes) -> int | float:
    """Whole shares stay an int; with a decimal point they are a float."""
    return float(text) if b"." in text else int(text)
