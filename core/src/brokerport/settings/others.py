"""What others than the user may do with a file: asked of the open one, as its name may lead to another by now."""

from __future__ import annotations

import os
import stat
from pathlib import Path

POSIX = os.name == "posix"  # elsewhere access lists tell it, which are not looked at
READ, WRITE = 0o044, 0o022  # by the group and by the world


def may_write(path: Path, fd: int) -> str | None:
    """Who else can change the file, and what to do; None for nobody: root alone, or it is on a read-only mount."""
    status = os.fstat(fd)
    if not POSIX or on_read_only_mount(fd):
        return None
    if status.st_uid not in (0, os.geteuid()):
        return f"belongs to another user (number {status.st_uid}), who can change it; use a copy that is yours, or mount it read-only"
    return f"can be changed by others (mode {_mode(status)}); run: chmod go-w {path}" if status.st_mode & WRITE else None


def may_read(path: Path, fd: int, *, mounted: str) -> str | None:
    """Who else can read the file, and what to do; None for nobody.

    On a read-only mount, as a container's runtime has for its secrets, the variable ``mounted`` allows what cannot be changed there.
    """
    status = os.fstat(fd)
    if not POSIX or not status.st_mode & READ:
        return None
    fault = f"can be read by others (mode {_mode(status)})"
    if not on_read_only_mount(fd):
        return f"{fault}; run: chmod 600 {path}"
    if os.environ.get(mounted, "").lower() in ("1", "true", "yes", "on"):
        return None
    return f"{fault}; if that mount is a secret of this container, set {mounted}=true, else mount it with mode 400"


def on_read_only_mount(fd: int) -> bool:
    """Whether nobody can change the file by the way that it was opened."""
    return bool(os.fstatvfs(fd).f_flag & os.ST_RDONLY)


def _mode(status: os.stat_result) -> str:
    return f"{stat.S_IMODE(status.st_mode):03o}"
