"""The variables of the environment that a name has: ``BROKERPORT_NAME_SETTING``, in capitals."""

from __future__ import annotations

import os
import re

from brokerport.errors import InvalidRequestError

_PROFILE = re.compile(r"BROKERPORT_(.+)_PLUGIN")


def prefix(name: str) -> str:
    """What the variables of a name begin with.

    Raises:
        InvalidRequestError: It is no name.
    """
    if not isinstance(name, str) or not name:
        raise InvalidRequestError(f"{name!r} is no name; write the name of a broker")
    return f"BROKERPORT_{name.upper().replace('-', '_')}_"


def variable(name: str, key: str) -> str:
    """The one that holds a setting of a name."""
    return prefix(name) + key.upper()


def profiles() -> set[str]:
    """The names that a variable says the plugin of."""
    return {match[1].lower().replace("_", "-") for each in os.environ if (match := _PROFILE.fullmatch(each))}
