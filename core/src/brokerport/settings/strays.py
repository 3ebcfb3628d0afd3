"""What is said and means nothing: a misspelt setting would otherwise be a default in disguise."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from brokerport.errors import InvalidRequestError, near
from brokerport.logs import log
from brokerport.reading import shown
from brokerport.settings import environment
from brokerport.settings.config_file import ConfigFile
from brokerport.settings.profile import CHOICES, Profile

Names = Callable[[], Iterable[str]]

_seen: set[tuple[Path, frozenset[str]]] = set()  # the tables that were looked through for those of nobody


def refuse(where: str, given: Iterable[str], known: Iterable[str]) -> None:
    """Raise InvalidRequestError for the first that is not among the ``known`` settings."""
    for key in given:
        if key not in (names := [*known]):
            raise InvalidRequestError(f"{where}: there is no setting {shown.value(key)}; {near(key, names)}there are {', '.join(names)}")


def refuse_variables(said: Profile, known: Iterable[str], others: Names) -> None:
    """Every variable that begins like this name's is one of the ``known`` settings, or begins like a longer name's.

    ``others`` tells the names of all brokers; it is asked only where something may be theirs.
    """
    prefix = environment.prefix(said.name)
    keys = [key.upper() for key in known]
    strange = [
        each for each in os.environ if each.startswith(prefix) and each.removeprefix(prefix) not in (*keys, *map(str.upper, CHOICES))
    ]
    if strange:
        longer = _longer(prefix, {*said.file.tables, *environment.profiles(), *others()})
        for variable in strange:
            if not variable.startswith(longer):
                refuse(variable, [variable.removeprefix(prefix)], keys)


def look_through(name: str, file: ConfigFile, others: Names) -> None:
    """Refuse a table that is meant for ``name`` and spelt otherwise; tell the log once of those that are of no broker and no profile."""
    loose = {each for each, table in file.tables.items() if each != name and "plugin" not in table} - environment.profiles()
    twins = {each for each in loose if environment.prefix(each) == environment.prefix(name)}
    for each in sorted(twins - {*others()} if twins else ()):
        raise InvalidRequestError(f"{file.table(each)} is of no broker; did you mean [brokers.{name}]?")
    look = file.path, frozenset(loose)
    if loose and look not in _seen:
        _seen.add(look)
        for each in sorted(loose - (names := {*others()})):
            hint = f'{near(each, {name, *names})}a profile says plugin = "NAME"'
            log().warning("%s is of no broker that is installed, and is not used; %s", file.table(each), hint)


def _longer(prefix: str, names: Iterable[str]) -> tuple[str, ...]:
    """The prefixes of names that begin with this one."""
    return tuple(each for each in map(environment.prefix, names) if each != prefix and each.startswith(prefix))
