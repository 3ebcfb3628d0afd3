"""Plugins that are really installed, and Pythons of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from textwrap import dedent
from types import MappingProxyType

import pytest

Install = Callable[..., Path]
RunPython = Callable[..., subprocess.CompletedProcess[str]]

HOSTILE = Path(__file__).with_name("hostile")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of installed packages; what is imported from it is forgotten afterwards."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    yield folder
    for name in [name for name, module in sys.modules.items() if (getattr(module, "__file__", None) or "").startswith(str(folder))]:
        del sys.modules[name]


def enlist(site: Path, name: str, value: str, distribution: str, files: Mapping[str, bytes | None] = MappingProxyType({})) -> None:
    """Write the metadata of a distribution that brings one plugin; a file that is None is left out."""
    info = site / f"{distribution.replace('-', '_')}-1.2.3.dist-info"
    info.mkdir()
    written = {
        "METADATA": f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.2.3\n".encode(),
        "entry_points.txt": f"[brokerport]\n{name} = {value}\n".encode(),
        **files,
    }
    for file, content in written.items():
        if content is not None:
            (info / file).write_bytes(content)


@pytest.fixture
def hostile(site: Path) -> Path:
    """The plugins of the folder ``hostile``, installed: each is the broker of its file's name, and ``twin`` that of two distributions."""
    shutil.copytree(HOSTILE, site, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    for module in sorted(path.stem for path in HOSTILE.iterdir() if path.stem != "__pycache__"):
        name = module.replace("_", "-")
        enlist(site, name, module, f"brokerport-{name}")
    enlist(site, "twin", "twin", "twin-for-brokerport")
    enlist(site, "malformed", "two words", "brokerport-malformed")
    enlist(site, "unnamed", "import_error", "brokerport-unnamed", {"METADATA": None})
    enlist(site, "unread", "import_error", "brokerport-unread", {"entry_points.txt": b"[brokerport]\nno equals sign\n"})
    return site


@pytest.fixture
def install(site: Path) -> Install:
    """``install("acme", code)``: the distribution brokerport-acme 1.2.3, its module and its entry point of that name.

    With a ``manifest`` it is a package; ``value`` is the entry point's, and ``files`` are other files of the metadata.
    """

    def install(
        name: str,
        code: str,
        *,
        distribution: str | None = None,
        module: str | None = None,
        manifest: str | None = None,
        value: str | None = None,
        files: Mapping[str, bytes | None] = MappingProxyType({}),
    ) -> Path:
        distribution = distribution or f"brokerport-{name}"
        module = module or f"plugin_{name}"
        path = site / f"{module}.py" if manifest is None else site / module / "__init__.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(dedent(code), encoding="utf-8")
        if manifest is not None:
            (path.parent / "brokerport.toml").write_text(dedent(manifest), encoding="utf-8")
        enlist(site, name, value or module, distribution, files)
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
