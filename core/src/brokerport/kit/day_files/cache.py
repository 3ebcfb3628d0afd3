"""A folder of files that change no more: those of days that are over, and the days known to have none.

The names are those that the source has for days. A file is written beside its place and then put there, so that none is ever there by
half.
"""

from __future__ import annotations

import tempfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from attrs import define, field

from brokerport.errors import BadReplyError
from brokerport.kit.day_files.source import DayFile, DaySource
from brokerport.logs import log


@define(eq=False)
class Cache:
    """The folder; one that cannot be used costs downloads, and no call."""

    folder: Path
    source: DaySource[Any]
    _warned: bool = field(init=False, default=False)

    def read(self, day: date) -> DayFile | None:
        """What is kept of ``day``; None for nothing, or nothing that is whole."""
        try:
            return self._read(day)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except BadReplyError as error:
            log("day_files").warning("the cached copy is damaged, and fetched again: %s", error)
        except OSError as error:
            self._warn(error)
        return None

    def write(self, file: DayFile) -> None:
        """Keep it."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            _put(self._path(file.day, there=file.text is not None), file.text or b"")
        except OSError as error:
            self._warn(error)

    def _read(self, day: date) -> DayFile:
        none = self._path(day, there=False)
        if none.exists():
            return DayFile(day, _written(none), None)
        path = self._path(day, there=True)
        return DayFile(day, _written(path), self.source.checked(day, path.read_bytes()))

    def _path(self, day: date, *, there: bool) -> Path:
        path = self.folder / self.source.name(day)
        return path if there else path.with_suffix(".none")

    def _warn(self, error: OSError) -> None:
        """Once a provider: what is wrong with one file is wrong with all."""
        if not self._warned:
            self._warned = True
            log("day_files").warning("the cache cannot be used, and every file is fetched: %s", error)


def _put(path: Path, text: bytes) -> None:
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=path.name, suffix=".part", delete=False) as part:
        written = Path(part.name)
        try:
            part.write(text)
            part.close()
            written.replace(path)
        except BaseException:
            written.unlink(missing_ok=True)
            raise


def _written(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)
