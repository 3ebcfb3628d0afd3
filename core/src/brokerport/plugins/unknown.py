"""Names that nothing answers to, and what to do about them."""

from __future__ import annotations

from brokerport.errors import UnknownBrokerError, near
from brokerport.settings import profile
from brokerport.settings.profile import Profile

#: what to do where no package is known that brings a broker
ONE_MORE = "install the plugin that brings it, from where its author says"


def unknown(said: Profile, names: tuple[str, ...]) -> UnknownBrokerError:
    """The error of a name that no broker has; ``names`` are those that there are."""
    name, asked = said.plugin, said.name
    installed = f"installed are {', '.join(names)}" if names else "no broker is installed"
    profiles = profile.names(said.file) if asked == name else ()  # what a profile names is never another profile
    there = f"; profiles are {', '.join(profiles)}" if profiles else ""
    of = "" if asked == name else f"the profile {asked!r} has plugin = {name!r}, and there is "
    return UnknownBrokerError(f"{of}no broker {name!r}; {installed}{there}; {_hint(said, (*names, *profiles))}")


def no_broker(plugin: object, names: tuple[str, ...]) -> UnknownBrokerError:
    """The error of a plugin, as people call it, that brings questions or markets, and no broker."""
    installed = f"installed brokers are {', '.join(names)}" if names else "no broker is installed"
    return UnknownBrokerError(f"{plugin} brings no broker, only what others are asked; {installed}; ask one of those by its name")


def _hint(said: Profile, there: tuple[str, ...]) -> str:
    from brokerport.blaming import clone  # only failures need it

    name = said.plugin
    if folders := clone.of_plugin(name):
        return f"pip install {' '.join(folders)}"
    if name in said.file.tables:
        return f'write plugin = "NAME", of the broker that it is a profile of, in {said.file.table(name)}, or {ONE_MORE}'
    return near(name, there).strip() or ONE_MORE
