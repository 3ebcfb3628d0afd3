"""``make plugin-demo``: from nothing to a plugin that is installed, listed, asked, tested and checked.

All of it is in a temporary folder, with an environment of its own that sees the packages of this one: nothing is fetched, and this
environment stays as it is.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import sysconfig
import time
import venv
from pathlib import Path
from tempfile import TemporaryDirectory

NAME = "acme"
OFFLINE = "--quiet --disable-pip-version-check --no-index --no-deps --no-build-isolation"

STEPS = (
    f"-m pip install {OFFLINE} --editable .",
    "-m brokerport.cli brokers",
    f"-m brokerport.cli short-volume US.TSLA --broker {NAME} --limit 3",
    f"-m brokerport.cli capital-distribution US.TSLA --broker {NAME}",
    "-m pytest --contract-report card.json",
    "-m mypy",
    "-m ruff check",
    "-m ruff format --check",
)


def main() -> int:
    """Do the steps; the exit code is that of the first that fails."""
    began = time.monotonic()
    with TemporaryDirectory(prefix="plugin-demo-") as temporary:
        home = Path(temporary)
        python = environment(home / "venv")
        code = step(python, f"-m brokerport.cli new-plugin {NAME}", home, home)
        for line in STEPS:
            code = code or step(python, line, home / f"brokerport-{NAME}", home)
    print(f"{'FAILED' if code else 'done'} in {time.monotonic() - began:.0f} s")
    return code


def environment(folder: Path) -> Path:
    """A new environment that sees the packages of this one; returns its Python."""
    venv.create(folder, symlinks=os.name != "nt")
    site = sysconfig.get_path("purelib", "venv", {"base": str(folder), "platbase": str(folder)})
    ours = sysconfig.get_path("purelib")
    # Not the path alone: the .pth files there count too, by which this project's own packages are found.
    (Path(site) / "ours.pth").write_text(f"import site; site.addsitedir({ours!r})\n", "utf-8")
    return Path(sysconfig.get_path("scripts", "venv", {"base": str(folder)})) / "python"


def step(python: Path, line: str, folder: Path, home: Path) -> int:
    """Show a command, and run it."""
    print(f"\n$ python {line}", flush=True)
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("BROKERPORT_", "PYTEST_", "PYTHON"))}
    paths = os.pathsep.join([sysconfig.get_path("scripts"), clean.get("PATH", "")])  # where ruff is
    return subprocess.run([python, *shlex.split(line)], cwd=folder, env=clean | {"HOME": str(home), "PATH": paths}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
