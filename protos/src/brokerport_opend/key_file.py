"""The private key that client and gateway share, from a file that nobody else can read."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from brokerport_opend.wire import rsa
from brokerport_opend.wire.rsa import Rsa

POSIX = os.name == "posix"
OTHERS = 0o077  # what the group and the world may do, which is nothing
LARGEST = 64 * 1024  # bytes; a key of 4096 bits has 3.2 KiB

# Through no symbolic link, and without waiting, or a named pipe would keep us; Windows has neither.
_FLAGS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


class KeyFileError(ValueError):
    """The file is not there, not the user's alone, or holds no key; or cryptography is not installed. The text says what to do."""


def read(path: Path | str) -> Rsa:
    """Read and check the key; works from the disk, so not on an event loop.

    Raises:
        KeyFileError
    """
    file = Path(path)
    try:
        return rsa.load(_contents(file))
    except OSError as error:
        words = "is a symbolic link; name the file itself" if error.errno == errno.ELOOP else f"cannot be read: {error.strerror}"
        raise KeyFileError(f"rsa_key: {file} {words}") from error
    except (ValueError, RuntimeError) as error:  # RuntimeError: of whose home folder there is none
        # Without the traceback, whose frames hold what was read.
        raise KeyFileError(f"rsa_key: {file} {error}") from error.with_traceback(None)
    except ImportError as error:
        missing = "encryption needs the package cryptography: pip install 'brokerport-opend[encryption]', or only 'cryptography>=42'"
        raise KeyFileError(f"rsa_key: {missing}") from error.with_traceback(None)


def _contents(file: Path) -> bytes:
    with open(file.expanduser(), "rb", opener=lambda name, flags: os.open(name, flags | _FLAGS)) as opened:
        if fault := _fault(file, os.fstat(opened.fileno())):
            raise ValueError(fault)
        return opened.read(LARGEST)


def _fault(file: Path, status: os.stat_result) -> str | None:
    """What is wrong with the file, asked of the open one: the name may lead to another by now."""
    if not stat.S_ISREG(status.st_mode):
        return "is no regular file"
    if not POSIX:  # what others may do is told by access lists there, which are not looked at
        return None
    if status.st_uid != os.geteuid():
        return "belongs to another user; use a copy that is yours"
    if (mode := stat.S_IMODE(status.st_mode)) & OTHERS:
        return f"can be read or changed by others (mode {mode:03o}); run: chmod 600 {file}"
    return None
