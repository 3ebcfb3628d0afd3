"""The user's folders: their home, and those that a variable of the environment may put elsewhere."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

UNKNOWN = "nobody knows your home folder: set HOME to its whole path"


def home() -> Path | None:
    """None where nobody knows it: no HOME and no such user in the system's list, as in some containers, or a HOME that is no whole path."""
    return _whole("~")


def folder(places: Mapping[str, tuple[str, str]]) -> Path | None:
    """The folder that a variable names, else one below the home folder: both by platform, that of Linux by "" for all that have none.

    A variable whose path is not whole is passed over, as the XDG base directory specification has it.
    """
    variable, below_home = places.get(sys.platform, places[""])
    named = _whole(os.environ.get(variable, ""))
    if named is None and (user := home()):
        return user / below_home
    return named


def _whole(text: str) -> Path | None:
    try:
        path = Path(text).expanduser()
    except RuntimeError:  # of whose home folder there is none
        return None
    return path if path.is_absolute() else None
