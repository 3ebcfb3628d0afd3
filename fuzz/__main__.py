"""``python -m fuzz TARGET SECONDS [CORPUS]``: run one target under atheris, from the golden frames on; no target runs each in turn."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any

FOUND = Path("fuzz") / "found"  # inputs that raise what they must not


def main(arguments: list[str]) -> None:
    """Run one target in this process, as atheris never returns, or all of them in processes of their own."""
    if len(arguments) < 2:
        _run_all(arguments[0] if arguments else "60")
        return
    target, seconds = arguments
    atheris: Any = import_module("atheris")  # no part of the environment that the types are checked in

    with atheris.instrument_imports(include=["brokerport", "brokerport_opend"]):
        from fuzz.targets import TARGETS, seeds
    with tempfile.TemporaryDirectory() as corpus:
        for number, seed in enumerate(seeds(target)):
            (Path(corpus) / f"golden{number}").write_bytes(seed)
        options = [f"-max_total_time={seconds}", f"-artifact_prefix={FOUND}/{target}-", "-print_final_stats=1", "-max_len=4096"]
        atheris.Setup([sys.argv[0], corpus, *options], TARGETS[target])
        atheris.Fuzz()


def _run_all(seconds: str) -> None:
    from fuzz.targets import TARGETS

    FOUND.mkdir(parents=True, exist_ok=True)
    failed = 0
    for target in TARGETS:
        command = [sys.executable, "-m", "fuzz", target, seconds]
        done = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)  # noqa: S603  # ourselves
        runs = sum(int(line.split()[-1]) for line in done.stderr.splitlines() if line.startswith("stat::number_of_executed_units"))
        failed += done.returncode != 0
        verdict = f"a finding:\n{done.stderr[-3000:]}" if done.returncode else "nothing found"
        print(f"{target}: {runs:,} runs in {seconds} s, {verdict}", flush=True)  # noqa: T201  # what it is for
    sys.exit(failed > 0)


if __name__ == "__main__":
    main(sys.argv[1:])
