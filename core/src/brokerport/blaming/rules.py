"""What of the environment makes a stranger's code fail, a rule each: it says what to do, or nothing where it does not fit."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from brokerport.blaming.requirements import missing, unmet
from brokerport.blaming.shadows import shadowed

Rule = Callable[[BaseException, str | None], str | None]  # of an error, and of the distribution whose code failed

_PROXIES = ("ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY")
_CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")

#: by a part of what protobuf says: its generated code and its runtime are of releases that do not fit
_PROTOBUF = {
    "pip install --upgrade protobuf": "pip install --upgrade protobuf",
    "runtime_version": "protobuf is too old: pip install --upgrade protobuf",
    "Protobuf Gencode/Runtime": "protobuf is of another release than the plugin was made for: pip install --upgrade protobuf",
    "Descriptors cannot be created directly": "protobuf is newer than the plugin: upgrade the plugin, or pip install 'protobuf<4'",
}

#: what the machine is out of
_MACHINE = {
    errno.ENOSPC: "the disk is full: make room",
    errno.EDQUOT: "your share of the disk is used up: make room",
    errno.EROFS: "the disk cannot be written: set HOME to a folder that can",
    errno.EMFILE: "too many files are open: raise the limit, such as by ulimit -n",
    errno.ENFILE: "too many files are open on this machine: close some",
    errno.ENOMEM: "memory is used up: close something",
}


def old_protobuf(error: BaseException, _: str | None) -> str | None:
    """Generated code that its runtime cannot take."""
    return next((told for part, told in _PROTOBUF.items() if part in _words(error)), None)


def no_time_zones(error: BaseException, _: str | None) -> str | None:
    """No database of time zones; where there is one, the zone's name is wrong."""
    if not isinstance(error, ZoneInfoNotFoundError):
        return None
    try:
        ZoneInfo("America/New_York")
    except ZoneInfoNotFoundError:
        return "there is no database of time zones: pip install tzdata"
    return None


def wrong_proxy(error: BaseException, _: str | None) -> str | None:
    """A proxy that the environment names and nobody can use; or that needs a package more."""
    named = [name for each in _PROXIES for name in (each, each.lower()) if os.environ.get(name)]
    if any(os.environ[name].lower().startswith("socks") for name in named) and "socks" in _words(error).lower():
        package = (getattr(error, "__module__", "") or "").partition(".")[0]
        return f"pip install '{'requests' if package == 'requests' else 'httpx'}[socks]', or unset {' and '.join(named)}"
    if named and "proxy" in f"{type(error).__name__} {_words(error)}".lower():
        return f"mend the proxy that {' and '.join(named)} {'names' if len(named) == 1 else 'name'}, or unset that"
    return None


def wrong_exceptions(error: BaseException, _: str | None) -> str | None:
    """Hosts that are to be asked without a proxy, and that httpx cannot read: it takes what stands behind a colon for a port."""
    named = [name for name in ("NO_PROXY", "no_proxy") if ":" in os.environ.get(name, "")]
    if named and type(error).__name__ == "InvalidURL" and "port" in _words(error):
        return f"leave addresses of IPv6 in brackets, and their ranges, out of {' and '.join(named)}"
    return None


def no_certificates(error: BaseException, _: str | None) -> str | None:
    """A file of certificates that is not there, or is none."""
    named = [name for name in _CERTIFICATES if os.environ.get(name)]
    lost = [name for name in named if not Path(os.environ[name]).exists()]
    if lost and isinstance(error, OSError) and error.filename in (None, os.environ[lost[0]]):
        return f"{lost[0]} names {os.environ[lost[0]]}, which is not there: mend or unset it"
    if named and any(each.__name__ == "SSLError" for each in type(error).__mro__):
        return f"look at the certificates that {' and '.join(named)} {'names' if len(named) == 1 else 'name'}, or unset that"
    return None


def no_home(error: BaseException, _: str | None) -> str | None:
    """A user without a home folder, or with one that is not there."""
    unknown = isinstance(error, RuntimeError) and "home directory" in _words(error)
    unset = isinstance(error, KeyError) and error.args == ("HOME",) and "HOME" not in os.environ
    home = os.environ.get("HOME", "")
    lost = isinstance(error, OSError) and home and not Path(home).is_dir() and str(error.filename).startswith(home)
    return "set HOME to a folder that you may write" if unknown or unset or lost else None


def no_right(error: BaseException, _: str | None) -> str | None:
    """A file that this user may not read or write."""
    if not isinstance(error, PermissionError) or not isinstance(error.filename, str):
        return None
    home = os.environ.get("HOME", "")
    elsewhere = ", or set HOME to a folder that you may write" if home and error.filename.startswith(home) else ""
    return f"give yourself the right to {error.filename}{elsewhere}"


def machine_is_full(error: BaseException, _: str | None) -> str | None:
    """A disk, memory or number of files that is used up."""
    return _MACHINE.get(error.errno or 0) if isinstance(error, OSError) else None


#: in this order: what hides a module explains all that comes of it, and what the error itself tells goes before what is guessed
RULES: tuple[Rule, ...] = (
    shadowed,
    no_time_zones,
    wrong_proxy,
    wrong_exceptions,
    no_certificates,
    no_home,
    no_right,
    machine_is_full,
    unmet,
    old_protobuf,
    missing,
)


def _words(error: BaseException) -> str:
    try:
        return str(error)
    except KeyboardInterrupt:
        raise
    except BaseException:  # noqa: BLE001  # of the stranger's __str__
        return ""
