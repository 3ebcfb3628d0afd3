"""``make peers``: every official SDK against the sandbox, and beside the drop-in, as one table; arguments go to pytest."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from textwrap import shorten

import pytest
from attrs import define, field

FOLDER = Path(__file__).parent
WIDTH = 100  # characters of what a file of tests is about
HEADS = ("SDK", "what is tested", "passed", "failed", "skipped", "seconds")

Row = tuple[str, str]  # the first two columns


@define
class Table:
    """Hears the outcome of every test."""

    subjects: dict[str, Row] = field(factory=dict)  # by the test
    outcomes: dict[Row, Counter[str]] = field(factory=dict)
    seconds: Counter[Row] = field(factory=Counter)
    remarks: list[str] = field(factory=list)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Learn what each test is about: the first line of its file says so."""
        for item in items:
            document = (sys.modules[item.module.__name__].__doc__ if isinstance(item, pytest.Function) else None) or item.name
            self.subjects[item.nodeid] = (_sdk(item), shorten(document.splitlines()[0], WIDTH, placeholder=" ..."))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count it; what was skipped or failed before it began counts too."""
        row = self.subjects[report.nodeid]
        self.seconds[row] += report.duration  # type: ignore[assignment]  # Counter is typed for integers
        if report.when == "call" or report.outcome != "passed":
            self.outcomes.setdefault(row, Counter())[report.outcome] += 1
            self.remarks += [f"{row[0]}: {name}: {value}" for name, value in report.user_properties]

    def lines(self) -> Iterator[str]:
        """The table, and what the tests remarked."""
        rows = [
            (*row, *(str(count[outcome]) for outcome in ("passed", "failed", "skipped")), f"{self.seconds[row]:.1f}")
            for row, count in sorted(self.outcomes.items())
        ]
        widths = [max(map(len, column)) for column in zip(HEADS, *rows, strict=True)]
        for row in (HEADS, tuple("-" * width for width in widths), *rows):
            yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        yield ""
        yield from self.remarks


def _sdk(item: pytest.Item) -> str:
    brand = getattr(item, "callspec").params.get("brand") if hasattr(item, "callspec") else None  # noqa: B009  # mypy knows of none
    if brand is None:
        return "npm futu-api" if "javascript" in item.nodeid else "none"
    try:
        return f"{brand}-api {version(f'{brand}-api')}"
    except PackageNotFoundError:
        return f"{brand}-api, not installed"


def main(arguments: list[str]) -> int:
    """Run the tests and print the table; the exit code is pytest's."""
    table = Table()
    code = pytest.main([str(FOLDER), "-p", "no:cacheprovider", *arguments], plugins=[table])
    print("\n".join(["", *table.lines()]))
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
