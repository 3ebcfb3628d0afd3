"""A key, and the results of the table's cells, which are run a fault at a time."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from attrs import define, field

import keys
from faults.cells import Result, run_all
from faults.table import MEANINGFUL, Cell, Row


@pytest.fixture(scope="session")
def rsa_key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of an RSA key."""
    return keys.write(tmp_path_factory.mktemp("key"))


@define
class Results:
    """How the cells of a fault ended; all are run, at the same time, when the first is asked for."""

    key: Path
    left: dict[str, list[str]] = field(factory=dict)  #: what each fault's cells left behind
    _results: dict[Cell, Result] = field(factory=dict)

    def of(self, row: Row) -> dict[Cell, Result]:
        """The results of a fault's cells."""
        if row.fault.name not in self.left:
            results, self.left[row.fault.name] = asyncio.run(run_all([cell for cell in MEANINGFUL if cell.row is row], self.key))
            self._results |= {result.cell: result for result in results}
        return self._results


@pytest.fixture(scope="session")
def results(rsa_key: Path) -> Results:
    """How every cell ended."""
    return Results(rsa_key)
