"""Markdown: tables, and the docstrings of the code."""

from __future__ import annotations

import re
from collections.abc import Iterable
from inspect import getdoc
from textwrap import dedent
from typing import Any

_INDENTED = r"(?P<body>(?:(?: {4}.*)?\n)+)"
_BLOCK = re.compile(rf"^(?P<before>.*)::\n\n{_INDENTED}", re.MULTILINE)
_SECTION = re.compile(rf"^(?P<title>(?:Args|Attributes|Raises)\b.*):\n{_INDENTED}", re.MULTILINE)
_ITEM = re.compile(r"^(?P<names>\S.*?): (?P<said>.*(?:\n {4}.*)*)", re.MULTILINE)


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A column that is empty in every row is left out; nothing without rows."""
    filled = [*zip(*rows, strict=True)]
    columns = [(head, "---", *cells) for head, cells in zip(heads, filled, strict=False) if any(cells)]
    return "".join(f"| {' | '.join(map(_cell, row))} |\n" for row in zip(*columns, strict=True)).strip()


def code(words: object) -> str:
    """Between backticks; nothing for nothing."""
    return f"`{words}`" if words else ""


def fenced(block: str, language: str = "text") -> str:
    """A block of its own."""
    return f"```{language}\n{block.strip()}\n```"


def summary(documented: Any) -> str:
    """The first line of its docstring."""
    return text(documented).partition("\n")[0]


def text(documented: Any) -> str:
    """Its docstring: sections are lists, and what stands after ``::`` is a block."""
    said = f"{getdoc(documented) or ''}\n".replace("``", "`")
    return _SECTION.sub(_listed, _BLOCK.sub(_set_off, said)).strip()


def _cell(words: str) -> str:
    return words.replace("|", r"\|")


def _set_off(found: re.Match[str]) -> str:
    before = f"{found['before']}:\n\n" if found["before"] else ""
    return f"{before}{fenced(dedent(found['body']))}\n\n"


def _listed(found: re.Match[str]) -> str:
    items = _ITEM.sub(lambda item: f"* {_names(item['names'])}: {item['said'].replace(' ' * 4, ' ' * 2)}", dedent(found["body"]))
    return f"**{found['title']}**\n\n{items.strip()}\n\n"


def _names(words: str) -> str:
    return ", ".join(map(code, words.split(", ")))
