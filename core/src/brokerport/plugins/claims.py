"""Which plugins the installed distributions bring, by their metadata; what is broken in one hides no other."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from importlib.metadata import Distribution, EntryPoint, distributions

from attrs import field, frozen

from brokerport.errors import PluginError
from brokerport.logs import clean, log, said

GROUP = "brokerport"


@frozen
class Claim:
    """One distribution's word that it brings the broker ``name``; to people, whose a plugin is."""

    name: str
    value: str  #: of the entry point: the module, or the module and what in it
    distribution: str
    version: str
    _entry_point: EntryPoint = field(eq=False, repr=False)

    def __str__(self) -> str:
        return f"plugin {self.name!r} of {self.distribution} {self.version}"

    @property
    def module(self) -> str:
        """The module that holds the hook.

        Raises:
            PluginError: The entry point names none.
        """
        try:
            return self._entry_point.module
        except (AttributeError, AssertionError) as error:  # how importlib says that its pattern does not match; the second from 3.13 on
            text = f"{self} has an entry point that names no module, {self.name} = {self.value!r}"
            raise PluginError(f"{text}; write {self.name} = 'brokerport_{self.name}'; tell its author") from error

    def load(self) -> object:
        """Import it."""
        return self._entry_point.load()


def claims(name: str | None = None) -> list[Claim]:
    """Those of every distribution, or those to ``name`` alone, in alphabetical order.

    Where a distribution is found twice, the first on the path hides the second, as with modules.
    """
    found: dict[str, list[Claim]] = {}
    for distribution in distributions():
        if ours := _entry_points(distribution):
            called, version = _release(distribution)
            whose = called or f"a distribution without a name in {distribution.locate_file('')}", version or "of unknown version"
            found.setdefault(canonical(called or str(ours)), [Claim(each.name, each.value, *whose, each) for each in ours])
    told = (claim for each in found.values() for claim in each if name in (None, claim.name))
    return sorted(told, key=lambda claim: (claim.name, claim.distribution))


def canonical(distribution: str) -> str:
    """One spelling for all that name one distribution."""
    return re.sub(r"[-_.]+", "-", distribution).lower()


def _entry_points(distribution: Distribution) -> Iterable[EntryPoint]:
    # importlib's own entry_points() reads all distributions at once, and one file that is no text or has a line without "=" ends it.
    try:
        return distribution.entry_points.select(group=GROUP)
    except Exception as error:  # noqa: BLE001  # a stranger's file, and importlib does not say what it may raise
        _tell_once(_release(distribution)[0] or "a distribution without a name", said(error))
        return ()


def _release(distribution: Distribution) -> tuple[str | None, str | None]:
    """Its name and its version, as far as it tells them."""
    try:
        told = distribution.metadata
        return told.get_all("Name", [None])[0], told.get_all("Version", [None])[0]
    except Exception:  # noqa: BLE001  # there is no such file, or it is no text: the distribution may have a plugin nevertheless
        return None, None


@cache
def _tell_once(distribution: str, failure: str) -> None:
    log().warning("the entry points of %s cannot be read, so its plugins are not found: %s; install it again", distribution, clean(failure))
