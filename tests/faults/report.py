"""``make faults``: the table of faults and stages with the outcome of every cell; ``--official`` adds the official SDK beside ours."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import keys
from faults.cells import Result, run_all
from faults.proxy import Stage
from faults.table import MEANINGFUL, ROWS, VARIANTS, Cell, Row

#: of each column but the first, the one to the left
BEFORE = {right: left for left, right in pairwise(VARIANTS)}
LEGEND = "How the call ended, after how many seconds; +1 where the first call after healing was the one to hear of the loss."


def main(arguments: list[str]) -> None:
    """Print the table; the exit code is 1 when a cell broke a promise or has neither a result nor a reason."""
    with tempfile.TemporaryDirectory() as home:
        os.environ["HOME"] = home
        key = keys.write(Path(home))
        if "--official" in arguments:
            from faults import official

            official.main()
            return
        results: dict[Cell, Result] = {}
        left: list[str] = []
        for row in ROWS:
            found, behind = asyncio.run(run_all([cell for cell in MEANINGFUL if cell.row is row], key))
            results |= {result.cell: result for result in found}
            left += [f"{row.fault.name}: {each}" for each in behind]
    print("\n".join(_table(results)))
    broken = [f"{result.cell}: {problem}" for result in results.values() for problem in result.problems]
    cells = len(ROWS) * len(Stage) * len(VARIANTS)
    missing = [str(cell) for cell in MEANINGFUL if cell not in results]
    print(f"\n{cells} cells: {len(results)} run, {cells - len(MEANINGFUL)} with a reason, {len(missing)} without a result;", end=" ")
    print(f"{len(broken)} promises broken, {len(left)} things left behind")
    print("\n".join([*broken, *missing, *left]))
    sys.exit(bool(broken or missing or left))


def _table(results: dict[Cell, Result]) -> Iterator[str]:
    yield f"{LEGEND}\n"
    yield _line(("fault", "stage", *VARIANTS.values()))
    yield _line(("---",) * 6)
    for row in ROWS:
        for stage in Stage:
            yield _line((row.fault.name, stage, *(_cell(row, stage, variant, results) for variant in VARIANTS)))


def _cell(row: Row, stage: Stage, variant: tuple[bool, bool], results: dict[Cell, Result]) -> str:
    cell = Cell(row, stage, *variant)
    if cell.reason:
        left = BEFORE.get(variant)
        return "as left" if left is not None and Cell(row, stage, *left).reason == cell.reason else f"none: {cell.reason}"
    if cell not in results:
        return "NO RESULT"
    result = results[cell]
    return f"{result.outcome} {result.seconds:.2f}{' +1' if result.healed_in > 1 else ''}{' BROKEN' if result.problems else ''}"


def _line(columns: tuple[str, ...]) -> str:
    first, second, *rest = columns
    return "| " + " | ".join([f"{first:24}", f"{second:15}", *(f"{each:24}" for each in rest)]) + " |"


if __name__ == "__main__":
    main(sys.argv[1:])
