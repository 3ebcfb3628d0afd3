"""What is known of an installed plugin without asking it anything."""

from __future__ import annotations

from enum import StrEnum

from attrs import field, frozen

from brokerport.errors import PluginError
from brokerport.plugins.manifest import Manifest


class PluginState(StrEnum):
    """How far a plugin has come."""

    FOUND = "found"  #: installed, not imported yet
    LOADED = "loaded"  #: imported, its hooks were called
    FAILED = "failed"  #: it did not load; see the error
    SKIPPED = "skipped"  #: it is not used; the error says why, and what to do


@frozen
class Plugin:
    """One plugin's name, where it comes from, and what its manifest says."""

    name: str
    distribution: str | None  #: None for what an application registered itself
    version: str | None
    state: PluginState
    error: PluginError | None = None
    manifest: Manifest = field(factory=Manifest)
    entry_point: str | None = None  #: its value: the module that holds the hooks
