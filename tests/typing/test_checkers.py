"""Pyright, which many editors show, knows what mypy knows: it agrees with each line of this folder's pages that nobody runs."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from editors import environment, needs_pyright

HERE = Path(__file__).parent
STRICT = {"typeCheckingMode": "strict", "reportUnnecessaryTypeIgnoreComment": "error", "enableTypeIgnoreComments": True}


@needs_pyright
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
        env=environment(),
        check=False,
    )
    told = json.loads(done.stdout)["generalDiagnostics"]
    assert [f"{Path(each['file']).name}:{each['range']['start']['line'] + 1}: {each['message']}" for each in told] == []
