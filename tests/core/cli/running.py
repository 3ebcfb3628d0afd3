"""What a command leaves behind, and the kinds of the fixtures."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from protos.gateway import Script


class Ended(NamedTuple):
    """A command that is over."""

    code: int
    data: str  #: stdout
    words: str  #: stderr


Run = Callable[..., Ended]
Serve = Callable[[Script], tuple[str, ...]]
AddPlugin = Callable[[str, str], None]
