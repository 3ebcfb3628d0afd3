"""The user's own files that are found in place of installed modules, such as an ``httpx.py`` beside his script."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import cache
from importlib.machinery import PathFinder
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType


def shadowed(error: BaseException, _: str | None) -> str | None:
    """A file of the user's that hides a module which the error tells of, or went through."""
    return next((told for package, file in dict.fromkeys(_seen(error)) if (told := _hiding(package, file))), None)


def imported(package: str) -> str | None:
    """The file of a package that was imported."""
    return getattr(sys.modules.get(package), "__file__", None)


def hidden(package: str) -> str | None:
    """The same of a package that is not what it should be: that was imported, or would be."""
    try:
        file = imported(package) or getattr(find_spec(package), "origin", None)
    except (ImportError, ValueError):
        return None
    return _hiding(package, file) if file else None


def _seen(error: BaseException) -> Iterator[tuple[str, str]]:
    """The topmost packages that an error tells of, and where they were found."""
    trace = error.__traceback__
    while trace is not None:
        yield str(trace.tb_frame.f_globals.get("__name__")).partition(".")[0], trace.tb_frame.f_code.co_filename
        trace = trace.tb_next
    if isinstance(error, SyntaxError) and error.filename:
        yield Path(error.filename).stem, error.filename
    named = error.name if isinstance(error, ImportError) else None
    lacking = error.obj if isinstance(error, AttributeError) and isinstance(error.obj, ModuleType) else None
    for name in (named, lacking and lacking.__name__):
        package = (name or "").partition(".")[0]
        if file := imported(package):
            yield package, file


@cache  # an error may come again and again
def _hiding(package: str, file: str) -> str | None:
    """What to do, if ``file`` is the user's and stands before another package of that name on the path."""
    try:
        folder = _folder(package, Path(file))
        if folder is None or folder not in _users():
            return None
        places = [place for place, entry in enumerate(sys.path) if Path(entry).resolve() == folder]
    except OSError:  # the folder that the program works in is gone
        return None
    behind = PathFinder.find_spec(package, sys.path[places[-1] + 1 :]) if places else None
    if behind is None or (behind.origin and Path(behind.origin).resolve() == Path(file).resolve()):  # without an origin it is a namespace
        return None
    return f"{file} is found in place of {package}, which is installed: rename that file"


def _folder(package: str, file: Path) -> Path | None:
    """The folder of the path that the package was found in."""
    file = file.resolve()
    if file.stem == package:
        return file.parent
    return next((each.parent for each in file.parents if each.name == package), None)


def _users() -> set[Path]:
    """Where the program looks for the user's files: beside his script, and first of all."""
    script = getattr(sys.modules.get("__main__"), "__file__", None)
    return {Path(script).resolve().parent if script else Path(), Path(sys.path[0] if sys.path else "").resolve()}
