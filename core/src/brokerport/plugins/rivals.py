"""Which of the plugins that claim a name is used for it, and why another is not."""

from __future__ import annotations

import os
from collections.abc import Sequence

from brokerport.errors import PluginError
from brokerport.plugins import look
from brokerport.plugins.claims import Claim, canonical
from brokerport.plugins.look import ALLOWED, allowed
from brokerport.reading import shown
from brokerport.settings import profile
from brokerport.settings.config_file import ConfigFile

SHOWN = 5  # rivals that an error names; five hundred would each be told of five hundred


def find(name: str) -> Claim | None:
    """The plugin of that name, whether or not it is used; as text, whose it is."""
    return next(iter(look.now().of(name)), None)


def chosen(rivals: Sequence[Claim], file: ConfigFile, expected: Claim | None = None) -> Claim:
    """The one to use of those that claim one name; one whose entry point is faulty stands in nobody's way.

    Raises:
        PluginError: It is none of them, or not the one that is ``expected``; says why.
    """
    name = rivals[0].name
    if not allowed(name):
        raise PluginError(f"{rivals[0]} is switched off: {ALLOWED}={shown.value(os.environ[ALLOWED])} does not name it; add it there")
    wanted = profile.read(name, file).distribution
    sound = [claim for claim in rivals if not claim.fault] or rivals
    fitting = [claim for claim in sound if wanted is None or canonical(wanted) == canonical(claim.distribution)]
    if not fitting:
        raise PluginError(f"the settings of {name} choose the distribution {wanted!r}; there is only {_listed(rivals)}")
    if len({claim.distribution for claim in fitting}) == 1 < len(fitting):
        values = " and ".join(repr(claim.value) for claim in fitting)
        raise PluginError(f"{fitting[0]} is named twice, as {values}; tell its author")
    if len(fitting) > 1:
        hint = f"uninstall all but one, or choose: [brokers.{name}] distribution = {fitting[0].distribution!r}"
        raise PluginError(f"{_listed(fitting)} have one name; {hint}")
    if expected not in (None, fitting[0]):
        raise PluginError(f"{expected} is not used: the settings choose {fitting[0]}")
    return fitting[0]


def _listed(rivals: Sequence[Claim]) -> str:
    told = [*map(str, rivals[:SHOWN]), *([f"{len(rivals) - SHOWN} more"] if len(rivals) > SHOWN else [])]
    return " and ".join(told)
