"""What holds up brokerport's thread, for people: read from its stack, once, when somebody has waited for it in vain."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from sysconfig import get_path
from threading import Thread
from types import FrameType

_SITES = {"site-packages", "dist-packages"}  # they lie within the standard library's folder where there is no virtual environment


def culprit(thread: Thread) -> str:
    """Who is to blame: a module that is still being imported, or the innermost function that is not the standard library's."""
    frames = [*_stack(thread)]
    if modules := [frame.f_globals.get("__name__") for frame in frames if frame.f_code.co_name == "<module>"]:
        hint = f"the first call of a program waits for that; have the program import {modules[-1]} before, or give this call more time"
        return f"{modules[-1]} is still being imported: {hint}"
    places = (f": {frame.f_code.co_qualname}() in {frame.f_code.co_filename}, line {frame.f_lineno}" for frame in frames if _strange(frame))
    return f"a plugin or a callback blocks brokerport's event loop{next(places, '')}"


def _stack(thread: Thread) -> Iterator[FrameType]:
    """The frames that a thread is in, the innermost first."""
    frame = sys._current_frames().get(thread.ident or 0)  # noqa: SLF001  # the only way to see another thread
    while frame is not None:
        yield frame
        frame = frame.f_back


def _strange(frame: FrameType) -> bool:
    """Whether it is neither the standard library's, nor the portal's own."""
    path = Path(frame.f_code.co_filename)
    standard = path.is_relative_to(get_path("stdlib")) and _SITES.isdisjoint(path.parts)
    return not standard and not str(path).startswith("<frozen") and path.parent != Path(__file__).parent
