"""Settings that another one makes meaningless: none is passed over in silence.

A settings class says so of a field: ``field(default=11111, metadata={UNLESS: "sandbox"})`` means nothing where ``sandbox`` is on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from brokerport.errors import InvalidRequestError

UNLESS = "brokerport.unless"  #: in a field's metadata: the name of the setting that it means nothing beside


def dropped(kind: type, told: Mapping[str, Any], ranks: Mapping[str, int], where: Mapping[str, str]) -> dict[str, Any]:
    """The settings ``told`` for the class ``kind``, without those that a nearer one made meaningless.

    ``ranks`` tells how near each was said: a keyword argument beats the environment, and that the file. What was said further away was said
    for all calls, and this one wants something else; what was said as near or nearer was meant, and cannot be done.

    Raises:
        InvalidRequestError: One is as near as the one beside which it means nothing, or nearer.
    """
    others = {each.name: each.metadata[UNLESS] for each in attrs.fields(kind) if UNLESS in each.metadata}
    moot = {name: other for name, other in others.items() if name in told and told.get(other) is True}
    for name, other in moot.items():
        if ranks[name] >= ranks[other]:
            beside = where[other].removeprefix(where[name].removesuffix(name))  # one place is named once
            raise InvalidRequestError(f"{where[name]} means nothing beside {beside}; leave one of the two out, or set {other} to false")
    return {name: value for name, value in told.items() if name not in moot}
