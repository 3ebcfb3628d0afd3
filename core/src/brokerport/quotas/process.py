"""Whether a process is still there: its number alone may have gone to another one since."""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path

UNKNOWN = 0  # the birth of a process on a system that does not tell

_GONE = frozenset("ZXx")  # states of a process that ended and was not yet collected by its parent


@cache
def identity(pid: int) -> tuple[int, int]:
    """A process that is there: its number and its birth."""
    return pid, birth(pid) or UNKNOWN


def gone(pid: int, born: int) -> bool:
    """Whether no such process is there any more."""
    now = birth(pid) if pid > 0 else None  # 0 and less stand for groups of processes
    return now is None or (UNKNOWN not in (now, born) and now != born)


if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    _QUERY = 0x1000  # PROCESS_QUERY_LIMITED_INFORMATION
    _NO_SUCH_PROCESS = 87  # ERROR_INVALID_PARAMETER, which is what OpenProcess says of it

    def birth(pid: int) -> int | None:
        """When the process started, as the system counts; None where there is none."""
        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel.OpenProcess.restype = wintypes.HANDLE
        handle = kernel.OpenProcess(_QUERY, False, pid)
        if not handle:
            return None if ctypes.get_last_error() == _NO_SUCH_PROCESS else UNKNOWN
        try:
            return _times(kernel, wintypes.HANDLE(handle))
        finally:
            kernel.CloseHandle(wintypes.HANDLE(handle))

    def _times(kernel: ctypes.WinDLL, handle: wintypes.HANDLE) -> int | None:
        created, ended, system, user = (wintypes.FILETIME() for _ in range(4))
        if not kernel.GetProcessTimes(handle, *map(ctypes.byref, (created, ended, system, user))):
            return UNKNOWN
        return None if ended.dwHighDateTime else (created.dwHighDateTime << 31) | (created.dwLowDateTime >> 1)

else:

    def birth(pid: int) -> int | None:
        """When the process started, as the system counts; None where there is none."""
        try:
            os.kill(pid, 0)
        except PermissionError:
            return UNKNOWN  # another user's
        except (ProcessLookupError, OverflowError):
            return None
        return _told_by_proc(pid)

    def _told_by_proc(pid: int) -> int | None:
        try:
            # The name, in parentheses, may hold anything; the state is the first field after it, the start the twentieth.
            fields = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
            return None if fields[0] in _GONE else int(fields[19])
        except (OSError, IndexError, ValueError):  # no Linux
            return UNKNOWN
