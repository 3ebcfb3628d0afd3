"""Runs pytest as the author of a plugin does, and reads what the contract's report says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]

Card = dict[str, Any]  # of one provider, as the report in JSON has it


def run_pytest(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """In a folder, with brokerport's part of pytest and no other."""
    path = os.pathsep.join((str(folder), str(ROOT / "tests"), str(ROOT / "core" / "src")))
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "pytest_brokerport", "-p", "no:cacheprovider", "--tb=no", *arguments],
        env={**os.environ, "PYTHONPATH": path, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **environment},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def cards(report: Path) -> dict[str, Card]:
    """The providers of a report, by the names of their classes without Test."""
    told = json.loads(report.read_text("utf-8"))["providers"]
    return {card["suite"].rpartition("::Test")[2]: card for card in told}


def ended(card: Card, outcome: str) -> dict[int, str | None]:
    """The reasons of the cases that ended so, by number."""
    return {case["number"]: case["reason"] for case in card["cases"] if case["outcome"] == outcome}
