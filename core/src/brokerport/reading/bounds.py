"""What no text of TOML or JSON may hold, found before it is parsed: in one pass from left to right, whatever the text is.

Python's readers take time by the square of a dotted key's parts, hours for a file of them; they end in a RecursionError where brackets are
deep in one another; and they read 1e999, which nobody can count with.
"""

from __future__ import annotations

import re
from functools import cache
from math import isfinite

from brokerport.reading import shown

DEEPEST = 32  #: tables and lists in one another
MOST_PARTS = 16  #: of a dotted key
WHOLE = range(-(2**63), 2**64)  #: whole numbers: those of 64 bits

_WHOLE = r"[+-]?(?:0x[\da-fA-F_]+|0o[0-7_]+|0b[01_]+|[0-9_]+)"
_LONGEST_WHOLE = 2 + 64 + 63 + 1  # characters: in binary, with a line after each digit, and a sign

# Each alternative takes all that it looks at, and looks at nothing before it: so no character is looked at by the square of anything.
# JSON has a part of TOML's marks, and of texts those in double quotes.
_TOKENS = r"""
    "{3} (?: [^"\\] | \\. | "(?!"") )*+ (?: "{3,5} | \\?\Z )
  | '{3} (?: [^']         | '(?!'') )*+ (?: '{3,5} | \Z )
  | " (?: [^"\\\n] | \\[^\n] )*+ "?
  | ' [^'\n]*+ '?
  | \# [^\n]*+
  | (?P<dot> \. ) | (?P<end> [=,\n]++ ) | (?P<open> [\[{]++ ) | (?P<close> [\]}]++ )
  | (?P<number> (?<![\w.-]) [+-]?+
        (?: \d[\w+-]{17,}+(?:\.[\w+-]*+)?+ | \d[\d_]*+(?:\.[\d_]++)?+[eE][+-]?+\d[\d_]{2,}+
          | (?:inf|nan|NaN|Infinity)(?![\w-]|[ \t]*+[=.]) ) )
"""


def check(text: str) -> None:
    """Let a text pass.

    Raises:
        ValueError: It holds what no text may; says on which line, and what is right.
    """
    deep = dots = 0
    for token in _tokens().finditer(text):
        kind = token.lastgroup
        if kind == "number":
            _refuse(_number_fault(token[0]), text, token.start())
        elif kind == "dot":
            dots += 1
        elif kind is not None:  # a key ends at every other mark than a dot
            dots = 0
            deep = max(deep + _STEPS[kind] * len(token[0]), 0)
        if deep > DEEPEST:
            _refuse(f"tables or lists are more than {DEEPEST} deep in one another; write them flatter", text, token.start())
        if dots >= MOST_PARTS:
            _refuse(f"a key has more than {MOST_PARTS} parts, with dots between; no key here needs that many", text, token.start())


_STEPS = {"open": 1, "close": -1, "end": 0}  # how much deeper each mark leads


@cache
def _tokens() -> re.Pattern[str]:
    return re.compile(_TOKENS, re.VERBOSE | re.DOTALL | re.ASCII)  # takes as long as all the rest of a small file


def _refuse(fault: str | None, text: str, place: int) -> None:
    if fault is not None:
        raise ValueError(f"line {text.count(chr(10), 0, place) + 1}: {fault}")


def _number_fault(written: str) -> str | None:
    """What is wrong with what looks like a number that is too large; nothing, if it is none, such as a key."""
    if re.fullmatch(_WHOLE, written):
        right = None if _fits(written) else f"whole numbers go from {WHOLE.start} to {WHOLE.stop - 1}"
    else:
        right = None if _finite(written) else "write a finite number"
    return right and f"{shown.value(written)} cannot be counted with; {right}"


def _fits(written: str) -> bool:
    """Whether a whole number is in WHOLE; Python itself would read a long one by the square of its digits, or not at all."""
    try:
        return len(written) <= _LONGEST_WHOLE and int(written, 0) in WHOLE
    except ValueError:  # such as 007: what is wrong with it, its reader says
        return True


def _finite(written: str) -> bool:
    try:
        return isfinite(float(written))
    except ValueError:
        return True
