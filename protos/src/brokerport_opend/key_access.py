"""Who else may use the file of the key. It is asked of the open file, as its name may lead to another by now."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path

POSIX = os.name == "posix"  # elsewhere access lists tell it, which are not looked at
OTHERS = 0o077  # what the group and the world may do with a file of the user's own, which is nothing
READ, WRITE = 0o044, 0o022
MOST_LINKS = 40  # as the kernel follows

_MOUNTED = "if it is a secret that this container's runtime mounts, set rsa_key_mounted=true"


def fault(file: Path, fd: int) -> str | None:
    """What is wrong with a file that is to be the user's alone, and what to do."""
    status = os.fstat(fd)
    if not stat.S_ISREG(status.st_mode):
        return "is no regular file"
    if not POSIX:
        return None
    if status.st_uid != os.geteuid():
        return f"belongs to another user; {_MOUNTED if _is_read_only(fd) else 'use a copy that is yours'}"
    if status.st_mode & OTHERS:
        return f"can be read or changed by others (mode {_mode(status)}); {_MOUNTED if _is_read_only(fd) else f'run: chmod 600 {file}'}"
    return None


def link_fault(file: Path) -> str:
    """What is wrong with a symbolic link, and what to do."""
    try:
        mounted = _is_read_only(file)
    except OSError:  # it leads nowhere
        mounted = False
    return f"is a symbolic link; {_MOUNTED if mounted else 'name the file itself'}"


def mounted_fault(file: Path, fd: int) -> str | None:
    """What is wrong with a file that is to be a secret of a container's: links may lead to it, and on a read-only mount others may read it.

    The way to it is looked at too, as whoever can change a folder or a link on it can put another key in its place.
    """
    status = os.fstat(fd)
    if not stat.S_ISREG(status.st_mode):
        return "is no regular file"
    if not POSIX:
        return None
    if status.st_mode & WRITE:
        return f"can be changed by others (mode {_mode(status)}); mount it with mode 400 or 440"
    if not _is_read_only(fd) and status.st_mode & READ:
        return f"can be read by others (mode {_mode(status)}), and its mount is not read-only; mount it read-only, or with mode 400"
    last = file
    for last in _way(file):
        if _can_be_changed(last):
            return f"is reached by {last}, which others can change; mount it below a folder of root's or yours"
    return None if os.path.samestat(last.lstat(), status) else "was changed while it was read; try again"


def _way(file: Path) -> Iterator[Path]:
    """Each folder and link that leads to the file, and the file."""
    ahead, step, links = [*reversed(file.absolute().parts)], file, 0
    while ahead:
        part = ahead.pop()
        step = step.parent if part == ".." else step / part  # the first is the root
        yield step
        if step.is_symlink():
            links += 1
            if links > MOST_LINKS:
                raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
            ahead += reversed(step.readlink().parts)
            step = step.parent


def _can_be_changed(step: Path) -> bool:
    """By others than root and the user. In a folder with the sticky bit, each can change what is his, which is looked at in its turn."""
    status = step.lstat()
    if not step.is_symlink() and _is_read_only(step):
        return False
    if status.st_uid not in (0, os.geteuid()):
        return True
    return not stat.S_ISLNK(status.st_mode) and bool(status.st_mode & WRITE) and not status.st_mode & stat.S_ISVTX


def _is_read_only(file: Path | int) -> bool:
    """Whether nobody can change the file by its mount."""
    return bool(os.statvfs(file).f_flag & os.ST_RDONLY)


def _mode(status: os.stat_result) -> str:
    return f"{stat.S_IMODE(status.st_mode):03o}"
