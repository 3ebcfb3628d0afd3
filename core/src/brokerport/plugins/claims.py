"""Which plugins the installed distributions bring, by their metadata; what is broken in one hides no other."""

from __future__ import annotations

import os
import re
from importlib.metadata import Distribution, EntryPoint, distributions
from itertools import islice

from attrs import frozen

from brokerport.errors import PluginError
from brokerport.logs import clean, log
from brokerport.plugins import metadata

GROUP = "brokerport"
MOST = 100  # plugins of one distribution; what comes after them is none

LONGEST = 64  # letters of a name
LONGEST_VALUE = 300  # characters of a module, and of what in it

#: of a broker: what a variable of the environment, a list and a cursor can hold
NAME = re.compile(rf"[A-Za-z0-9]([A-Za-z0-9_-]{{0,{LONGEST - 2}}}[A-Za-z0-9])?")


@frozen
class Claim:
    """One distribution's word that it brings the broker ``name``; to people, whose a plugin is."""

    name: str
    value: str  #: of the entry point: the module, or the module and what in it
    distribution: str
    version: str
    fault: str | None = None  #: what is wrong with the entry point, and what to do; None where nothing is

    def __str__(self) -> str:
        return f"plugin {clean(self.name)!r} of {self.distribution} {self.version}"

    @property
    def module(self) -> str:
        """The module that holds the hook.

        Raises:
            PluginError: The entry point is faulty.
        """
        self.check()
        return self._entry_point.module

    def check(self) -> None:
        """Raise PluginError where the entry point is faulty: nobody can ask for it, or it names no module."""
        if self.fault is not None:
            raise PluginError(f"{self} {self.fault}")

    def load(self) -> object:
        """Import it."""
        return self._entry_point.load()

    @property
    def _entry_point(self) -> EntryPoint:
        return EntryPoint(self.name, self.value, GROUP)


@frozen
class _Brought:
    """The plugins of one distribution."""

    key: str  # what others that are the same distribution have too
    claims: tuple[Claim, ...]


#: by the path of its entry points, and as they were then
_seen: dict[str, tuple[metadata.Stamp, _Brought | None]] = {}


def claims() -> list[Claim]:
    """Those of every distribution, in alphabetical order.

    Where a distribution is found twice, the first on the path hides the second, as with modules.
    """
    found: dict[str, tuple[Claim, ...]] = {}
    for distribution in distributions():
        if (told := _told(distribution)) is not None:
            found.setdefault(told.key, told.claims)
    return sorted((claim for each in found.values() for claim in each), key=lambda claim: (claim.name, claim.distribution))


def canonical(distribution: str) -> str:
    """One spelling for all that name one distribution."""
    return re.sub(r"[-_.]+", "-", distribution).lower()


def _told(distribution: Distribution) -> _Brought | None:
    """What it brings; read again only where its entry points are not what they were."""
    folder = metadata.folder(distribution)
    if folder is None:
        return _read(distribution, str(distribution.locate_file("")))
    path = os.path.join(folder, metadata.ENTRY_POINTS)  # noqa: PTH118  # a Path takes as long to make as all the rest
    if (stamp := metadata.stamp(path)) is None:
        return None
    seen = _seen.get(path)
    if seen is None or seen[0] != stamp:
        seen = _seen[path] = stamp, _read(distribution, folder)
    return seen[1]


def _read(distribution: Distribution, where: str) -> _Brought | None:
    text = metadata.read(distribution, metadata.ENTRY_POINTS)
    if text is None or f"[{GROUP}" not in text:
        return None
    told = dict.fromkeys(metadata.section(text, GROUP))  # an entry point that stands there twice is one
    called, version = metadata.release(distribution)
    origin = clean(called or f"a distribution without a name in {distribution.locate_file('')}")
    brought = tuple(Claim(*each, origin, clean(version or "of unknown version"), _fault(*each)) for each in islice(told, MOST))
    for claim in brought:
        if not NAME.fullmatch(claim.name):  # of which nobody can ask what is wrong
            log().warning("%s %s", claim, claim.fault)
    return _Brought(canonical(called) if called else f"{where} {brought}", brought) if brought else None


def _fault(name: str, value: str) -> str | None:
    if not NAME.fullmatch(name):
        return f"has a name that no broker can have, which is of up to {LONGEST} letters, digits and hyphens; tell its author"
    if len(value) > LONGEST_VALUE or not _names_a_module(value):
        return f"has an entry point that names no module, {name} = {clean(value)!r}; write {name} = 'brokerport_{name}'; tell its author"
    return None


def _names_a_module(value: str) -> bool:
    try:
        return bool(EntryPoint("", value, GROUP).module)
    except (AttributeError, AssertionError, ValueError):  # how importlib says that its pattern does not match, from version to version
        return False
