"""Which of the installed plugins bring a provider, by the package of its class."""

from __future__ import annotations

import re
from collections.abc import Sequence

from brokerport import Provider, registry
from brokerport.plugins.plugin import Plugin


def brought_by(provider: Provider) -> Sequence[Plugin]:
    """The plugins whose package has the provider's class, or its nearest base; several where brands share a protocol, else one or none."""
    installed = [plugin for plugin in registry.plugins() if plugin.entry_point is not None]
    for kind in type(provider).__mro__:
        package = _package(kind.__module__)
        if own := [plugin for plugin in installed if _package(plugin.entry_point) == package]:
            return own
        if any(_package(plugin.manifest.same_as) == package for plugin in installed):  # of one with an error no manifest is told
            return [plugin for plugin in installed if plugin.error or _package(plugin.manifest.same_as) == package]
    return ()


def whose(plugins: Sequence[Plugin]) -> str:
    """For people: their names, and where they come from."""
    return " or ".join(f"{plugin.name!r} of {plugin.distribution} {plugin.version}" for plugin in plugins)


def _package(module: str | None) -> str | None:
    """The first name of a module's, or of an entry point's."""
    found = re.match(r"\w+", module or "")
    return found and found[0]
