"""The variables of the environment that a name has: ``BROKERPORT_NAME_SETTING``, in capitals."""

from __future__ import annotations

import os
import re

from brokerport.errors import InvalidRequestError
from brokerport.reading import shown

LONGEST_NAME = 100  # characters of a broker's name; a stray document is none

_PROFILE = re.compile(r"BROKERPORT_(.+)_PLUGIN")


def prefix(name: str) -> str:
    """What the variables of a name begin with.

    Raises:
        InvalidRequestError: It is no name.
    """
    if not isinstance(name, str) or not 0 < len(name) <= LONGEST_NAME:
        raise InvalidRequestError(f"{shown.value(name)} is no name; write the name of a broker")
    return f"BROKERPORT_{name.upper().replace('-', '_')}_"


def variable(name: str, key: str) -> str:
    """The one that holds a setting of a name."""
    return prefix(name) + key.upper()


def profiles() -> set[str]:
    """The names that a variable says the plugin of."""
    return {match[1].lower().replace("_", "-") for each in os.environ if (match := _PROFILE.fullmatch(each))}
