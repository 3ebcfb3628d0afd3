"""A folder of files that change no more: those of days that are over, and the days known to have none.

The names are those that the source has for days. A file is written beside its place and then put there, so that none is ever there by
half.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from attrs import define, field

from brokerport.errors import BadReplyError
from brokerport.kit.day_files.source import DayFile, DaySource
from brokerport.logs import log

MOST = 4 * 1024**3  # bytes: of FINRA's files some 25 years

#: of the mark of a holiday. Earlier versions marked any day with ".none" that the source, or what stood before it, gave no file of
_CLOSED = ".closed"


@define(eq=False)
class Cache:
    """The folder; one that cannot be used costs downloads, and no call."""

    folder: Path
    source: DaySource[Any]
    most: int = MOST  #: bytes of the files in it; the oldest days go first
    _warned: bool = field(init=False, default=False)
    _held: int | None = field(init=False, default=None)  # bytes in it, at most: None until they are counted

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
        """Keep it, and no more than is allowed."""
        text = file.text or b""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            _put(self._path(file.day, there=file.text is not None), text)
            self._held = None if self._held is None else self._held + len(text)
            if self._held is None or self._held > self.most:
                self._held = self._trim(file.day)
        except OSError as error:
            self._warn(error)

    def _read(self, day: date) -> DayFile:
        closed = self._path(day, there=False)
        if closed.exists():
            return DayFile(day, _written(closed), None)
        path = self._path(day, there=True)
        with path.open("rb") as file:
            text = file.read(self.source.largest + 1)
        return DayFile(day, _written(path), self.source.whole(day, text))

    def _trim(self, day: date) -> int:
        """Remove the oldest, until no more is left than is allowed; says how much that is."""
        held = 0
        for path in self._files(max(day, datetime.now(UTC).date())):
            size = _size(path)
            if held + size <= self.most:
                held += size
            else:
                path.unlink(missing_ok=True)
        return held

    def _files(self, last: date) -> Iterator[Path]:
        """Those that are ours, the newest day first; whatever else lies in the folder is not touched."""
        names = {each.name for each in self.folder.iterdir()}
        paths = (self._path(day, there=True) for day in self.source.days(last))
        return (path for path in paths if path.name in names)

    def _path(self, day: date, *, there: bool) -> Path:
        path = self.folder / self.source.name(day)
        return path if there else path.with_suffix(_CLOSED)

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


def _size(path: Path) -> int:
    try:
        return path.stat().st_size if path.is_file() else 0
    except FileNotFoundError:  # another process removed it
        return 0
