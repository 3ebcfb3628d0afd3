"""What a user can set for FINRA's files."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from attrs import field, frozen

from brokerport import InvalidRequestError, Settings

PUBLIC = "https://cdn.finra.org/equity/regsho/daily"
MOST = 16  # downloads at the same time; more would only queue at the server, or be refused by it
LARGEST = 1024 * 1024  # MiB for the cache


def _url(_: object, __: object, value: object) -> None:
    if not isinstance(value, str) or not _is_folder(value):
        raise InvalidRequestError(f"url={value!r} is no address of a folder; write one such as {PUBLIC!r}")


def _is_folder(url: str) -> bool:
    try:
        parts = urlsplit(url)
        _ = parts.port  # looked at only when it is asked for
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc and not parts.query and not parts.fragment


def _folder(_: object, __: object, value: Path | None) -> None:
    if value is not None and not (isinstance(value, str | Path) and str(value).strip()):
        raise InvalidRequestError(f"cache={value!r} is no path; write that of a folder for the files, or leave it out")


def _few(_: object, __: object, value: object) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= MOST:
        raise InvalidRequestError(f"concurrency={value!r} cannot be; write a number of downloads from 1 to {MOST}")


def _room(_: object, __: object, value: object) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= LARGEST:
        raise InvalidRequestError(f"cache_mib={value!r} cannot be; write a number of MiB from 1 to {LARGEST:,}")


@frozen(kw_only=True)
class FinraSettings(Settings):
    """Where the files are, and how to get them."""

    url: str = field(default=PUBLIC, validator=_url)  #: the folder that holds the daily files
    cache: Path | None = field(default=None, validator=_folder)  #: folder on disk for files that change no more; off unless it is set
    cache_mib: int = field(default=4096, validator=_room)  #: most MiB that the files there take; the oldest days go first
    concurrency: int = field(default=4, validator=_few)  #: most downloads at the same time, 1 to 16
