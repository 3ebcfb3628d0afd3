"""Plugins that are really installed, and Pythons of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest

Install = Callable[..., Path]
RunPython = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of installed packages; what is imported from it is forgotten afterwards."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    yield folder
    for name in [name for name, module in sys.modules.items() if (getattr(module, "__file__", None) or "").startswith(str(folder))]:
        del sys.modules[name]


@pytest.fixture
def install(site: Path) -> Install:
    """``install("acme", code)``: the distribution brokerport-acme 1.2.3, its module and its entry point of that name."""

    def install(name: str, code: str, *, distribution: str | None = None, module: str | None = None) -> Path:
        distribution = distribution or f"brokerport-{name}"
        module = module or f"plugin_{name}"
        (site / f"{module}.py").write_text(dedent(code), encoding="utf-8")
        info = site / f"{distribution.replace('-', '_')}-1.2.3.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.2.3\n", encoding="utf-8")
        (info / "entry_points.txt").write_text(f"[brokerport]\n{name} = {module}\n", encoding="utf-8")
        return site

    return install


@pytest.fixture
def run_python(tmp_path: Path) -> RunPython:
    """Run code in a Python of its own, which sees the packages of ``path`` too."""

    def run(code: str, *, path: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
        where = {"PYTHONPATH": str(path)} if path else {}
        return subprocess.run(
            # Not "-X dev": asyncio would then tell of every slow turn of a busy machine.
            [sys.executable, "-W", "default", "-c", dedent(code)],
            env={**os.environ, **where, **environment},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

    return run
