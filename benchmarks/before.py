"""The packages of an earlier commit, checked out beside this one, for programs that are run on them instead."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


@contextmanager
def checked_out(revision: str | None) -> Iterator[Mapping[str, str]]:
    """What the environment of such a program has beside its own; nothing without a revision."""
    if revision is None:
        yield {}
        return
    with tempfile.TemporaryDirectory() as folder:
        _git("worktree", "add", "--quiet", "--detach", folder, revision)
        try:
            sources = [str(path) for path in sorted(Path(folder).glob("**/src")) if path.is_dir()]
            yield {"PYTHONPATH": os.pathsep.join(sources)}
        finally:
            _git("worktree", "remove", "--force", folder)


def _git(*arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=ROOT, check=True)
