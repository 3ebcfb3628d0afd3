"""``python -m fuzz SECONDS``: every target, as many side by side as there are cores, so many seconds in total.

``python -m fuzz SECONDS TARGET`` is one of them, in this process. Each starts from the golden frames.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from math import ceil
from pathlib import Path
from typing import Any

from attrs import frozen

FOUND = Path("fuzz") / "found"  # inputs that raise what they must not; the test suite runs them all
CORES = os.cpu_count() or 1


@frozen
class Done:
    """How the fuzzing of one target ended."""

    target: str
    runs: int
    finding: str  #: what was raised, and the file of the input; empty when there is none

    def __str__(self) -> str:
        verdict = f"a finding, which the test suite runs from now on:\n{self.finding}" if self.finding else "nothing found"
        return f"{self.target}: {self.runs:,} runs, {verdict}"


def main(arguments: list[str]) -> None:
    """Run all targets in processes of their own, or the one that is named: atheris never returns."""
    seconds, *named = arguments
    if named:
        _fuzz(named[0], seconds)
        return
    from fuzz.targets import TARGETS

    if find_spec("atheris") is None:
        here = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
        print(f"not fuzzed: {len(TARGETS)} of {len(TARGETS)} targets ({', '.join(TARGETS)}): atheris is not there for {here}")
        return
    FOUND.mkdir(parents=True, exist_ok=True)
    each = max(1, int(float(seconds) / ceil(len(TARGETS) / CORES)))
    print(f"{len(TARGETS)} targets, {CORES} side by side, {each} s each", flush=True)
    findings = 0
    with ThreadPoolExecutor(CORES) as side_by_side:
        for done in side_by_side.map(partial(_in_a_process, seconds=each), TARGETS):
            print(done, flush=True)
            findings += bool(done.finding)
    sys.exit(findings > 0)


def _in_a_process(target: str, seconds: int) -> Done:
    command = [sys.executable, "-m", "fuzz", str(seconds), target]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    told = done.stderr.splitlines()
    runs = sum(int(line.split()[-1]) for line in told if line.startswith("stat::number_of_executed_units"))
    written = [line for line in told if "Test unit written to" in line] or [done.stderr[-3000:]]
    return Done(target, runs, "\n".join([done.stdout, *written]) if done.returncode else "")


def _fuzz(target: str, seconds: str) -> None:
    atheris: Any = import_module("atheris")  # no part of the environment that the types are checked in
    with atheris.instrument_imports(include=["brokerport", "brokerport_opend"]):
        from fuzz.targets import TARGETS, seeds
    run: Callable[[bytes], None] = TARGETS[target]
    with tempfile.TemporaryDirectory() as corpus:
        for number, seed in enumerate(seeds(target)):
            (Path(corpus) / f"golden{number}").write_bytes(seed)
        options = [f"-max_total_time={seconds}", f"-artifact_prefix={FOUND}/{target}-", "-print_final_stats=1", "-max_len=4096"]
        atheris.Setup([sys.argv[0], corpus, *options], run)
        atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1:])
