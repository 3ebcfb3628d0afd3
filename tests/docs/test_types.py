"""The code of the pages passes mypy --strict, as a reader's own would: one run for all of it."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from brokerport.cli import main
from docs.pages import BUILT, PAGES, Block, blocks, code, title

pytestmark = pytest.mark.skipif(not find_spec("mypy"), reason="mypy is not installed: make check brings it")


def module(page: Path) -> str:
    """What a page's code is called, so that no page hides a module."""
    return f"page_{title(page).removesuffix('.md').replace('/', '_').replace('-', '_')}.py"


def script(page: Path) -> str:
    """The blocks that are run on a page, one after another, each on its own lines."""
    lines: list[str] = []
    for block in code(page):
        lines += [""] * (block.line - len(lines)) + block.text.splitlines()
    return "\n".join(lines) + "\n"


def files(page: Path) -> list[Block]:
    """The files of a package that a page shows."""
    return [each for each in blocks(page) if each.file and each.file.endswith(".py")]


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    """The code of every page, and the packages that two of them build."""
    monkeypatch.chdir(tmp_path)
    assert main(["new-plugin", "acme"]) == 0
    capsys.readouterr()
    for page in BUILT:
        for block in files(page):
            path = tmp_path / "brokerport-acme" / str(block.file)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, "utf-8")
    for page in PAGES:
        if code(page):
            (tmp_path / module(page)).write_text(script(page), "utf-8")
    return tmp_path


@pytest.mark.timeout(180)
def test_the_code_of_every_page_passes_mypy_strict(written: Path) -> None:
    (written / "mypy.ini").write_text("[mypy]\nstrict = true\nmypy_path = brokerport-acme/src\nexplicit_package_bases = true\n", "utf-8")
    modules = [each.name for each in written.glob("page_*.py")]
    assert len(modules) > 10
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--no-incremental", *modules, "brokerport-acme/src"],
        cwd=written,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout.splitlines()[:-1]) == (0, []), done.stdout + done.stderr
