"""Installs the mutants, runs the contract with each, and tells which cases failed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from core.testing.running import Card, cards, run_pytest
from mutants.mutant import Mutant

PROCESSES = 2
REPORT = "report.json"
SUITE = """
import gc
from importlib import import_module
for number, package in enumerate({packages}):
    suite = import_module(package + ".suite").TestGold
    globals()["Test" + package] = type("Test" + package, (suite,), {{}})
del suite
gc.freeze()  # else every collection of garbage looks through all that pytest is
"""


def judged(mutants: Sequence[Mutant], folder: Path) -> dict[str, Card]:
    """What the contract says of each, by its name; in several processes, each of which has its share."""
    shares = [mutants[first::PROCESSES] for first in range(min(PROCESSES, len(mutants)))]
    with ThreadPoolExecutor(PROCESSES) as threads:
        told = threads.map(partial(_judged, folder), range(len(shares)), shares)
    found = {name: card for each in told for name, card in each.items()}
    return {mutant.name: found[mutant.package] for mutant in mutants}


def _judged(folder: Path, number: int, mutants: Sequence[Mutant]) -> Mapping[str, Card]:
    place = folder / str(number)
    _write(place, [("test_mutants.py", SUITE.format(packages=[mutant.package for mutant in mutants]))])
    for mutant in mutants:
        _write(place, mutant.installed())
    done = run_pytest(place, f"--contract-report={REPORT}")
    if not (place / REPORT).exists():
        raise RuntimeError(f"pytest tells nothing: {done.stdout}{done.stderr}")
    return cards(place / REPORT)


def _write(folder: Path, files: Iterable[tuple[str, str]]) -> None:
    for path, text in files:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8")
