"""Pyright, which many editors show, knows what mypy knows: it agrees with each line of this folder's pages that nobody runs."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

HERE = Path(__file__).parent
STRICT = {"typeCheckingMode": "strict", "reportUnnecessaryTypeIgnoreComment": "error", "enableTypeIgnoreComments": True}


@pytest.mark.skipif(not find_spec("pyright"), reason="pyright is not installed: pip install pyright")
@pytest.mark.timeout(120)
def test_pyright_agrees_with_mypy(tmp_path: Path) -> None:
    for page in ("doors.py", "opening.py"):
        shutil.copy(HERE / page, tmp_path)
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(STRICT), "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pyright", "--pythonpath", sys.executable, "--outputjson"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    if not done.stdout.startswith("{"):
        pytest.skip(f"pyright cannot be run here: {done.stderr[-200:]}")
    told = json.loads(done.stdout)["generalDiagnostics"]
    assert [f"{Path(each['file']).name}:{each['range']['start']['line'] + 1}: {each['message']}" for each in told] == []
