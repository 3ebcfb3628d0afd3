"""The private key that client and gateway share, from a file that nobody else can use."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from brokerport_opend import key_access
from brokerport_opend.wire import rsa
from brokerport_opend.wire.rsa import Rsa

LARGEST = 64 * 1024  # bytes; a key of 4096 bits has 3.2 KiB

# Without waiting, or a named pipe would keep us, and through no symbolic link; Windows has neither.
_AT_ONCE, _NO_LINK = getattr(os, "O_NONBLOCK", 0), getattr(os, "O_NOFOLLOW", 0)


class KeyFileError(ValueError):
    """The file is not there, not the user's alone, or holds no key; or cryptography is not installed. The text says what to do."""


def read(path: Path | str, *, mounted: bool = False) -> Rsa:
    """Read and check the key; works from the disk, so not on an event loop.

    ``mounted`` says that it is a secret that a container's runtime mounts: it may be reached by links, and be another's.

    Raises:
        KeyFileError
    """
    file = Path(path)
    try:
        return rsa.load(_contents(file, mounted=mounted))
    except OSError as error:
        raise KeyFileError(f"rsa_key: {file} {_unread(file, error, mounted=mounted)}") from error
    except RuntimeError as error:
        raise KeyFileError(f"rsa_key: {file} is in a home folder that nobody knows; write its whole path, or set HOME") from error
    except ValueError as error:
        # Without the traceback, whose frames hold what was read.
        raise KeyFileError(f"rsa_key: {file} {error}") from error.with_traceback(None)
    except ImportError as error:
        missing = "encryption needs the package cryptography: pip install 'brokerport-opend[encryption]', or only 'cryptography>=42'"
        raise KeyFileError(f"rsa_key: {missing}") from error.with_traceback(None)


def _contents(file: Path, *, mounted: bool) -> bytes:
    more = _AT_ONCE if mounted else _AT_ONCE | _NO_LINK
    there = file.expanduser()
    with open(there, "rb", opener=lambda name, flags: os.open(name, flags | more)) as opened:
        if fault := (key_access.mounted_fault if mounted else key_access.fault)(there, opened.fileno()):
            raise ValueError(fault)
        return opened.read(LARGEST)


def _unread(file: Path, error: OSError, *, mounted: bool) -> str:
    """Why it cannot be opened, and what to do."""
    if error.errno == errno.ELOOP and not mounted:
        return key_access.link_fault(file.expanduser())
    if error.errno == errno.EACCES and mounted:
        uid, gid = os.geteuid(), os.getegid()
        return f"cannot be read: {error.strerror}; mount it for user {uid} with mode 400, or for group {gid} with mode 440"
    return f"cannot be read: {error.strerror}"
