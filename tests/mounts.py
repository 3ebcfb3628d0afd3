"""File systems that are mounted for a test, as a container's runtime mounts its secrets."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def in_memory(folder: Path) -> Iterator[Callable[[], None]]:
    """A file system of its own at ``folder``; call what is given to make it read-only.

    Where this user may mount none, the test is skipped.
    """
    if sys.platform != "linux" or _run("mount", "-t", "tmpfs", "-o", "mode=755", "none", str(folder)):
        pytest.skip("this user may mount no file system here")
    try:
        yield lambda: _check(_run("mount", "-o", "remount,ro", str(folder)))
    finally:
        _check(_run("umount", str(folder)))


def secret(folder: Path, name: str, content: bytes, mode: int) -> Path:
    """As Kubernetes lays one out: NAME leads by the link ..data to a folder of the moment; replaced there, all change at once."""
    moment = folder / "..2026_11_20_09_30_00.1"
    moment.mkdir()
    (moment / name).write_bytes(content)
    (moment / name).chmod(mode)
    (folder / "..data").symlink_to(moment.name)
    (folder / name).symlink_to(Path("..data", name))
    return folder / name


def _run(*command: str) -> int:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode
    except FileNotFoundError:
        return 1


def _check(code: int) -> None:
    assert code == 0
