"""To add a question takes one module and one row: everything else is made of the table."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

import brokerport
from brokerport.questions import QUESTIONS

CORE = Path(brokerport.__file__).parent


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_is_named_by_its_module_and_by_the_table_alone(name: str) -> None:
    if name == "short_volume":  # the first question of all is the example of docstrings
        pytest.skip("short_volume stands in docstrings as the example")
    found = subprocess.run(["grep", "-rl", name, str(CORE), "--include=*.py"], capture_output=True, text=True, check=True).stdout.split()
    assert sorted(str(Path(each).relative_to(CORE)) for each in found) == sorted([f"questions/{name}.py", "questions/table.py"])


def test_the_table_is_in_the_order_of_its_rows() -> None:
    assert list(QUESTIONS) == ["ark_dynamic", "capital_distribution", "broker_ranking", "short_volume", "short_interest"]
