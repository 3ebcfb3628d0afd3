"""Packages that a stranger's code needs, and that are not installed, or of another version."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.machinery import PathFinder
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.metadata import distribution as installed

from brokerport.blaming import clone

#: whose a module is, where the distribution has another name
_DISTRIBUTIONS = {"google.protobuf": "protobuf", "google": "protobuf"}


def unmet(_: BaseException, distribution: str | None) -> str | None:
    """What the distribution says that it requires, and is not there: whatever failed, that has to be mended first."""
    lacking = dict(_lacking(distribution)) if distribution else {}
    if not lacking:
        return None
    found = " and ".join(f"{each} ({there or 'none'} is installed)" for each, there in lacking.items())
    return f"{distribution} requires {found}: pip install {' '.join(map(_from, lacking))}"


def _from(requirement: str) -> str:
    """What to tell pip."""
    return " ".join(clone.folders(re.split(r"[^\w.-]", requirement, maxsplit=1)[0])) or repr(requirement)


def missing(error: BaseException, distribution: str | None) -> str | None:
    """A module that is not there, and none of the package that imports it; where it is the distribution's own, no other brings it."""
    if not isinstance(error, ModuleNotFoundError) or not error.name:
        return None
    package = error.name.partition(".")[0]
    if package == _importing(error).partition(".")[0]:
        return None  # the package is incomplete
    if distribution and package in _own(distribution):
        return f"{package} is a part of {distribution}: install that again"
    there = PathFinder.find_spec(package)
    if there and there.origin is None:  # a namespace, which is of many distributions
        return _of_namespace(error.name)
    return f"pip install {'--upgrade ' if there else ''}{_DISTRIBUTIONS.get(package, package)}"


def _own(distribution: str) -> set[str]:
    """The packages that its entry points name."""
    try:
        return {each.module.partition(".")[0] for each in installed(distribution).entry_points}
    except Exception:  # noqa: BLE001  # a stranger's file, and importlib does not say what it may raise
        return set()


def _of_namespace(module: str) -> str | None:
    """The same of a module in a namespace, where it is known whose it is."""
    whose = _DISTRIBUTIONS.get(".".join(module.split(".")[:2]))
    return f"pip install --upgrade {whose}" if whose else None


def _lacking(distribution: str) -> Iterator[tuple[str, str | None]]:
    """Each requirement that is not met, and the version that is there."""
    from packaging.requirements import InvalidRequirement, Requirement  # only failures need it

    try:
        told = requires(distribution) or ()
    except Exception:  # noqa: BLE001  # a stranger's file, and importlib does not say what it may raise
        return
    for text in told:
        try:
            wanted = Requirement(text)
        except InvalidRequirement:
            continue
        if wanted.marker is None or wanted.marker.evaluate({"extra": ""}):
            there = _version(wanted.name)
            if there is None or not wanted.specifier.contains(there, prereleases=True):
                yield f"{wanted.name}{wanted.specifier}", there


def _version(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def _importing(error: BaseException) -> str:
    """The module in which it was raised."""
    trace, name = error.__traceback__, ""
    while trace is not None:
        name, trace = trace.tb_frame.f_globals.get("__name__", ""), trace.tb_next
    return name
