"""Profiles: what the TOML file and the environment say of a name, beside what its settings do.

With ``plugin = "OTHER"`` in its table, a name is another connection of that plugin's. Where two installed distributions have one name,
``distribution = "brokerport-other"`` says which to use.
"""

from __future__ import annotations

import os
from typing import Any

from attrs import Factory, field, frozen

from brokerport.errors import InvalidRequestError
from brokerport.reading import shown
from brokerport.settings import config_file, environment
from brokerport.settings.config_file import ConfigFile

#: what the table of a name holds beside settings, and what it names
CHOICES = {"plugin": "broker", "distribution": "distribution"}


@frozen
class Profile:
    """One name, and who answers to it."""

    name: str
    plugin: str  #: the broker that answers: the name itself, unless another is named
    distribution: str | None = None  #: whose plugin, where several have the name
    values: dict[str, Any] = field(factory=dict)  #: the settings of the file
    file: ConfigFile = field(default=Factory(lambda: ConfigFile(config_file.path())), eq=False, repr=False)  #: where all this was read

    @property
    def table(self) -> str:
        """Its table in the file, for people."""
        return self.file.table(self.name)


def read(name: str, file: ConfigFile) -> Profile:
    """What is said of ``name``; of one that nobody names, nothing.

    Raises:
        InvalidRequestError: The table cannot be.
    """
    environment.prefix(name)  # refuses what is no name
    table = file.tables.get(name, {})
    plugin, distribution = (_choice(name, key, file) for key in CHOICES)
    if distribution and plugin not in (None, name):
        hint = f"which distribution the plugin is of is said in [brokers.{plugin}], for all its profiles"
        raise InvalidRequestError(f"{file.table(name)} has a plugin and a distribution: {hint}")
    return Profile(name, plugin or name, distribution, {key: table[key] for key in table if key not in CHOICES}, file)


def each(file: ConfigFile) -> tuple[Profile, ...]:
    """Every name that stands for a broker of another name, in alphabetical order."""
    told = (read(name, file) for name in sorted({*file.tables, *environment.profiles()}))
    return tuple(profile for profile in told if profile.plugin != profile.name)


def names(file: ConfigFile) -> tuple[str, ...]:
    """The names that say which plugin they are of, whatever plugin that is, in alphabetical order."""
    return tuple(sorted({*environment.profiles(), *(name for name, table in file.tables.items() if "plugin" in table)}))


def _choice(name: str, key: str, file: ConfigFile) -> str | None:
    """The name that ``key`` has in the environment, else in the file."""
    value = os.environ.get(environment.variable(name, key), file.tables.get(name, {}).get(key))
    if value is None or (isinstance(value, str) and value):
        return value
    raise InvalidRequestError(f"[brokers.{name}] {key} = {shown.value(value)} in {file.path}: write the name of a {CHOICES[key]}")
