"""The Markdown pages, cut into what the tests look at.

* A block of ``python`` is run. One that must not be has a comment above it: ``<!-- not run: why -->``.
* A block whose first line is a comment that names a file (``# src/acme/__init__.py``) is that file.
* A block of ``text`` right after a block of ``python`` is what that prints; ``...`` stands for anything.
* A block of ``console`` holds commands after ``$ `` and what they print; a command shown without output is not run.
* What stands between ``<!-- generated: ... -->`` and ``<!-- /generated -->`` is written by docs/generate.py, and not run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from attrs import frozen

from docs.generate import GENERATED

ROOT = Path(__file__).resolve().parents[2]
BESIDE = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")
DOCS = ROOT / "docs"
WRITTEN = [path for path in sorted(DOCS.rglob("*.md")) if not any(part.startswith("_") for part in path.relative_to(DOCS).parts)]
PLUGIN = DOCS / "write-a-plugin.md"
QUESTION = DOCS / "add-a-question.md"
BUILT = (PLUGIN, QUESTION)  # their code runs in the package that they build
PAGES = [*map(ROOT.joinpath, BESIDE), *WRITTEN]

_FENCE = re.compile(r"^(?P<fence>`{3,})(?P<language>\S*).*\n(?P<text>(?:.*\n)*?)(?P=fence)$", re.MULTILINE)
_NOT_RUN = re.compile(r"<!-- not run: (?P<reason>.+) -->\s*\Z")
_FILE = re.compile(r"# (?P<file>[\w./-]+\.(?:py|toml))\n")
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\((?P<target>[^)\s]+)\)")
_SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")


@frozen
class Block:
    """One fenced block."""

    page: Path
    line: int
    language: str
    text: str
    not_run: str | None  #: why
    adjoining: bool  #: only blank lines stand between it and the block before

    @property
    def file(self) -> str | None:
        """The file that it is, if any."""
        named = _FILE.match(self.text)
        return named["file"] if named else None


@frozen
class Command:
    """A command line that a page shows, and the output that it shows below it."""

    block: Block
    line: str
    output: str


def title(page: Path) -> str:
    return str(page.relative_to(ROOT))


def blocks(page: Path) -> list[Block]:
    text, found, end = _written(page.read_text("utf-8")), list[Block](), 0
    for match in _FENCE.finditer(text):
        between = text[end : match.start()]
        reason = _NOT_RUN.search(between)
        line = text.count("\n", 0, match.start()) + 1
        adjoining = bool(found) and not between.strip()
        found.append(Block(page, line, match["language"], match["text"], reason["reason"] if reason else None, adjoining))
        end = match.end()
    return found


def _written(text: str) -> str:
    """A page without what is generated, as long as it was: blocks keep their lines."""
    return GENERATED.sub(lambda found: "\n" * found[0].count("\n"), text)


def code(page: Path) -> list[Block]:
    """The blocks of Python that are run on the page itself."""
    return [each for each in blocks(page) if each.language == "python" and not each.not_run and not each.file]


def shown(page: Path, language: str) -> list[Block]:
    return [each for each in blocks(page) if each.language == language]


def printed_below(page: Path) -> dict[int, str]:
    """What blocks of code print, by the line of the block."""
    pairs = [(above, below) for above, below in pairwise(blocks(page)) if below.adjoining]
    return {above.line: below.text for above, below in pairs if (above.language, below.language) == ("python", "text")}


def prose(page: Path) -> str:
    """The page without its blocks."""
    return _FENCE.sub("", page.read_text("utf-8"))


def links(page: Path) -> list[str]:
    return [match["target"] for match in _LINK.finditer(prose(page))]


def spans(page: Path) -> list[str]:
    """What stands between backticks in the text."""
    return _SPAN.findall(prose(page))


def anchors(page: Path) -> set[str]:
    """What links may name after ``#``: the headings, as GitHub and MyST spell them."""
    heads = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def commands(page: Path) -> Iterator[Command]:
    for block in blocks(page):
        if block.language == "console":
            for line, output in re.findall(r"^\$ (.+)\n((?:(?!\$ ).*\n)*)", block.text, re.MULTILINE):
                yield Command(block, line.partition("  #")[0].strip(), output)
