"""``make test-all``: the test suite on every supported interpreter of this machine, each in an environment of its own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

OLDEST = (3, 11)
NEWEST_TRIED = 20  # minor versions to look for on the PATH


def main() -> int:
    """Run them one after the other; the exit code says whether all passed."""
    found = dict(sorted(_interpreters()))
    print(f"interpreters: {', '.join('.'.join(map(str, version)) for version in found) or 'none'}")
    outcomes = {version: _test(version, python) for version, python in found.items()}
    for version, passed in outcomes.items():
        print(f"Python {'.'.join(map(str, version))}: {'passed' if passed else 'FAILED'}")
    return 0 if outcomes and all(outcomes.values()) else 1


def _interpreters() -> Iterator[tuple[tuple[int, int], Path]]:
    """Of each minor version one that runs; a name on the PATH may be a shim for nothing."""
    on_path = [shutil.which(f"python3.{minor}") for minor in range(OLDEST[1], NEWEST_TRIED)]
    of_pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")).glob("versions/*/bin/python3")
    for python in (*map(Path, filter(None, [sys.executable, *on_path])), *of_pyenv):
        version = _version(python)
        if version is not None and version >= OLDEST:
            yield version, python


def _version(python: Path) -> tuple[int, int] | None:
    said = subprocess.run([python, "--version"], capture_output=True, text=True, check=False)
    match = re.match(r"Python (\d+)\.(\d+)", said.stdout)
    return (int(match[1]), int(match[2])) if match and said.returncode == 0 else None


def _test(version: tuple[int, int], python: Path) -> bool:
    venv = f".venv-{version[0]}.{version[1]}"
    print(f"Python {version[0]}.{version[1]}: {python}", flush=True)
    return subprocess.run(["make", "test", f"PYTHON={python}", f"VENV={venv}"], check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
