"""Every fault at every stage, plain and encrypted, through both doors: a typed end in time, and an answer once it is over."""

from __future__ import annotations

import pytest

from faults.conftest import Results
from faults.table import CELLS, MEANINGFUL, ROWS, Cell, Row


@pytest.mark.timeout(20)  # the first of a row runs all cells of the row at the same time
@pytest.mark.parametrize("cell", MEANINGFUL, ids=str)
def test_a_call_that_meets_a_fault_ends_as_promised_and_the_client_recovers(results: Results, cell: Cell) -> None:
    assert results.of(cell.row)[cell].problems == ()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.fault.name)
def test_a_fault_leaves_no_task_thread_or_descriptor_behind(results: Results, row: Row) -> None:
    results.of(row)
    assert results.left[row.fault.name] == []


def test_every_cell_has_a_test_or_a_reason() -> None:
    assert len(CELLS) == len(MEANINGFUL) + sum(1 for cell in CELLS if cell.reason)
    assert len({str(cell) for cell in CELLS}) == len(CELLS)
