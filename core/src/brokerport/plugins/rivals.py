"""Which of the plugins that claim a name is used for it, and why another is not."""

from __future__ import annotations

import os
from collections.abc import Sequence

from brokerport.blaming.strangers import AUTHOR
from brokerport.errors import PluginError
from brokerport.plugins import manifest
from brokerport.plugins.claims import Claim, canonical, claims
from brokerport.plugins.manifest import Manifest, ManifestError
from brokerport.settings import profile
from brokerport.settings.config_file import ConfigFile

ALLOWED = "BROKERPORT_PLUGINS"  #: in the environment: the names of the plugins to use, with commas between; empty for none


def find(name: str) -> Claim | None:
    """The plugin of that name, whether or not it is used; as text, whose it is."""
    return next(iter(claims(name)), None)


def allowed(name: str) -> bool:
    """Whether the environment lets a plugin of that name be used."""
    listed = os.environ.get(ALLOWED)
    return listed is None or name in {each.strip() for each in listed.split(",")}


def chosen(rivals: Sequence[Claim], file: ConfigFile, expected: Claim | None = None) -> Claim:
    """The one to use of those that claim one name.

    Raises:
        PluginError: It is none of them, or not the one that is ``expected``; says why.
    """
    name = rivals[0].name
    if not allowed(name):
        raise PluginError(f"{rivals[0]} is switched off: {ALLOWED}={os.environ[ALLOWED]!r} does not name it; add it there")
    wanted = profile.read(name, file).distribution
    fitting = [claim for claim in rivals if wanted is None or canonical(wanted) == canonical(claim.distribution)]
    if not fitting:
        raise PluginError(f"the settings of {name} choose the distribution {wanted!r}; there is only {_listed(rivals)}")
    if len(fitting) > 1:
        hint = f"uninstall all but one, or choose: [brokers.{name}] distribution = {fitting[0].distribution!r}"
        raise PluginError(f"{_listed(fitting)} have one name; {hint}")
    if expected not in (None, fitting[0]):
        raise PluginError(f"{expected} is not used: the settings choose {fitting[0]}")
    return fitting[0]


def usable(claim: Claim) -> Manifest:
    """The manifest of a plugin that works with this core.

    Raises:
        PluginError: It does not, or its manifest cannot be read.
    """
    try:
        told = manifest.read(claim.module)
    except ManifestError as error:
        failure = PluginError(f"{claim} says nothing that can be read: {error}; {error.remedy or AUTHOR}")
        failure.remedy = error.remedy
        raise failure from error
    if not told.works_here():
        text = f"{claim} works with the plugin API {told.api}, and this brokerport has {manifest.API}"
        raise PluginError(f"{text}: pip install --upgrade brokerport {claim.distribution}")
    return told


def _listed(rivals: Sequence[Claim]) -> str:
    return " and ".join(map(str, rivals))
