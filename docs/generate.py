"""Fill in what follows from the code: tables and sections that the pages hold between two comments.

::

    <!-- generated: settings -->
    ...
    <!-- /generated -->

What is named is one of PARTS, with its arguments. ``make docs-tables`` writes them; ``--check`` looks whether they are up to date.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from docs.parts import names, questions, rooms, tables

ROOT = Path(__file__).resolve().parents[1]
MENDS = "make docs-tables"

PARTS: dict[str, Callable[..., str]] = {
    "names": names.names,
    "module": names.module,
    "questions": questions.overview,
    "each-question": questions.sections,
    "endpoints": tables.endpoints,
    "settings": tables.settings,
    "error-tree": tables.error_tree,
    "errors": tables.error_classes,
    "exit-codes": tables.exit_codes,
    "commands": tables.commands,
    "options": tables.options,
    "hook": tables.hook,
    "rooms": rooms.rooms,
    "contracts": rooms.contracts,
}

GENERATED = re.compile(r"^<!-- generated: (?P<part>.+?) -->\n(?P<text>.*?)^<!-- /generated -->$", re.MULTILINE | re.DOTALL)


def pages() -> Iterator[Path]:
    """Every page of the documentation, and the first of the repository."""
    yield ROOT / "README.md"
    yield from sorted(page for page in (ROOT / "docs").rglob("*.md") if "_build" not in page.parts)


def parts(text: str) -> list[str]:
    """What a page has generated, as its comments say it."""
    return [found["part"] for found in GENERATED.finditer(text)]


def filled(text: str) -> str:
    """The text of a page, with what is generated made anew."""
    return GENERATED.sub(lambda found: f"<!-- generated: {found['part']} -->\n\n{made(found['part'])}\n\n<!-- /generated -->", text)


def made(part: str) -> str:
    """What stands between the comments; what keeps it from being made has a note that names the part."""
    name, *arguments = part.split()
    try:
        return PARTS[name](*arguments)
    except Exception as error:
        error.add_note(f"it stands in a page: <!-- generated: {part} -->")
        raise


def main() -> int:
    """Write the pages that are out of date; with ``--check`` name them."""
    outdated = {page: text for page in pages() if (text := filled(old := page.read_text("utf-8"))) != old}
    if "--check" in sys.argv[1:]:
        for page in outdated:
            print(f"{page.relative_to(ROOT)} is out of date: {MENDS}", file=sys.stderr)
        return 1 if outdated else 0
    for page, text in outdated.items():
        page.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
