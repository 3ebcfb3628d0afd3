"""A small file that all processes of one user share: nobody else can read it, and one at a time changes it.

Unless another folder is named, it lies in the user's for what runs now: ``$XDG_RUNTIME_DIR/brokerport``, else ``brokerport-<uid>`` in the
temporary folder; on Windows, where the user's profile is closed to others, ``%LOCALAPPDATA%/brokerport``.
"""

from __future__ import annotations

import os
import stat
import sys
import tempfile
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from attrs import define, field

from brokerport.forks import watch

LARGEST = 64 * 1024  # bytes that a file of ours has at most
ATTEMPTS = 20  # to get the lock, in one go
PAUSE = 0.0001  # seconds between two; whoever holds the lock needs some microseconds
PATIENCE = 100  # goes in a row without the lock, after which its holder is taken to hang


@define(eq=False)
class PrivateFile:
    """One file; made anew where it was deleted, and opened anew in a forked process."""

    name: str
    where: Path | None = None  #: its folder; None for the one below
    _fd: int = field(init=False, default=-1)
    _pid: int = field(init=False, default=0)
    _size: int = field(init=False, default=0)
    _misses: int = field(init=False, default=0)
    _close: weakref.finalize | None = field(init=False, default=None)  # type: ignore[type-arg]  # generic for checkers only

    @property
    def path(self) -> Path:
        """Where it lies."""
        return (self.where or folder()) / self.name

    @contextmanager
    def locked(self) -> Iterator[bool]:
        """Have the file for oneself, for microseconds; False, after 2 ms or so: somebody else still has it.

        Raises:
            OSError: The file cannot be had, or its lock for about a second.
        """
        held = self._acquire()
        try:
            yield held
        finally:
            if held:
                _unlock(self._fd)

    def read(self) -> bytes:
        """All of it, as it was when it was locked; of one that is larger than any of ours, a byte more than the largest has."""
        return _read(self._fd, min(self._size, LARGEST + 1), 0)

    def peek(self, size: int, at: int) -> bytes:
        """A part of it, of now."""
        return _read(self._fd, size, at)

    def write(self, data: bytes, at: int) -> None:
        """Change a part of it."""
        _write(self._fd, data, at)

    def replace(self, data: bytes) -> None:
        """Change all of it."""
        _write(self._fd, data, 0)
        os.ftruncate(self._fd, len(data))
        self._size = len(data)

    def forked(self) -> None:
        """In a forked child: keep no lock of its parent's, should that be killed while it has it."""
        if self._close is not None:
            self._close()

    def _acquire(self) -> bool:
        if self._pid != os.getpid():  # a lock belongs to parent and child together, and would keep neither out
            self._open()
        while self._lock():
            found = os.fstat(self._fd)
            if found.st_nlink:
                self._size = found.st_size
                return True
            self._open()
        return False

    def _lock(self) -> bool:
        for _ in range(ATTEMPTS):
            if _try_lock(self._fd):
                self._misses = 0
                return True
            time.sleep(PAUSE)
        self._misses += 1
        if self._misses > PATIENCE:
            raise TimeoutError(f"the lock of {self.name} is held by a process that hangs")
        return False

    def _open(self) -> None:
        if self._close is not None:
            self._close()
        self._fd, self._pid = _open_private(self.path.parent, self.name), os.getpid()
        self._close = weakref.finalize(self, os.close, self._fd)
        watch(self)


if sys.platform == "win32":
    import msvcrt

    _BEYOND = 1 << 30  # a byte behind all data, as a locked byte cannot be read

    def folder() -> Path:
        """Where the files lie."""
        return Path(os.environ.get("LOCALAPPDATA") or tempfile.gettempdir()) / "brokerport"

    def _open_private(where: Path, name: str) -> int:
        where.mkdir(parents=True, exist_ok=True)
        return os.open(where / name, os.O_RDWR | os.O_CREAT | os.O_BINARY | os.O_NOINHERIT, 0o600)

    def _try_lock(fd: int) -> bool:
        os.lseek(fd, _BEYOND, os.SEEK_SET)
        try:
            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
        return True

    def _unlock(fd: int) -> None:
        os.lseek(fd, _BEYOND, os.SEEK_SET)
        msvcrt.locking(fd, msvcrt.LK_UNLCK, 1)

    def _read(fd: int, size: int, at: int) -> bytes:
        os.lseek(fd, at, os.SEEK_SET)
        return os.read(fd, size)

    def _write(fd: int, data: bytes, at: int) -> None:
        os.lseek(fd, at, os.SEEK_SET)
        os.write(fd, data)

else:
    import fcntl

    _FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    _FILE = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC  # a pipe in its place must not block

    _read = os.pread
    _write = os.pwrite

    def folder() -> Path:
        """Where the files lie."""
        given = os.environ.get("XDG_RUNTIME_DIR", "")
        if given.startswith("/") and _is_ours(given):
            return Path(given) / "brokerport"
        return Path(tempfile.gettempdir()) / f"brokerport-{os.geteuid()}"

    def _is_ours(path: str) -> bool:
        """Under sudo it is another user's, and where nobody logged in it is not there."""
        try:
            return Path(path).stat().st_uid == os.geteuid()
        except OSError:
            return False

    def _open_private(where: Path, name: str) -> int:
        with _opened(_make(where), _FOLDER) as within:
            _check(within, where, stat.S_ISDIR)
            fd = os.open(name, _FILE, 0o600, dir_fd=within)
        try:
            _check(fd, where / name, stat.S_ISREG)
        except OSError:
            os.close(fd)
            raise
        return fd

    def _make(where: Path) -> Path:
        where.mkdir(mode=0o700, exist_ok=True)
        return where

    @contextmanager
    def _opened(path: Path, flags: int) -> Iterator[int]:
        fd = os.open(path, flags)
        try:
            yield fd
        finally:
            os.close(fd)

    def _check(fd: int, path: Path, is_kind: Callable[[int], bool]) -> None:
        found = os.fstat(fd)
        if not is_kind(found.st_mode):
            raise PermissionError(f"{path} is neither a plain file nor a folder of ours")
        if found.st_uid != os.geteuid() or found.st_mode & 0o077:
            raise PermissionError(f"{path} must be this user's alone, and has mode {found.st_mode & 0o777:o} and owner {found.st_uid}")

    def _try_lock(fd: int) -> bool:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _unlock(fd: int) -> None:
        fcntl.flock(fd, fcntl.LOCK_UN)
