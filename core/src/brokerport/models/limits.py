"""Limits as manifests write them in TOML, and as they are told in JSON.

::

    quota = { requests = 30, seconds = 30 }             # at most 30 in any 30 seconds
    quota = { at_once = 5 }                             # at most 5 on their way at the same time
    quota = { per_second = 10, burst = 20 }             # 20 tokens, of which 10 come back in a second
    quota = { requests = 60, seconds = 1, shared = "quotes" }   # used up together with other questions
    quota = [{ per_second = 10, burst = 10 }, { at_once = 5 }]  # several
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from brokerport.models.quota import AtOnce, Bucket, Limit, Quota
from brokerport.reading import shown

#: the keys of each kind, which are all needed, and what they are called in it
KINDS: dict[type[Limit], dict[str, str]] = {
    Quota: {"requests": "requests", "seconds": "seconds"},
    AtOnce: {"at_once": "requests"},
    Bucket: {"per_second": "per_second", "burst": "burst"},
}
SHARED = "shared"
KNOWN = {SHARED, *(key for keys in KINDS.values() for key in keys)}


def limits_from(told: object) -> tuple[tuple[Limit, ...], tuple[str, ...]]:
    """The limits that a table says, or a list of tables; and the keys that say nothing to this version.

    A key that is not known is left out, and with it a table that without it says nothing: it may be of a later version.

    Raises:
        TypeError, ValueError: It is no table, a key is missing, or a number cannot be right.
    """
    tables = [_table(each) for each in (told if isinstance(told, list) else [told])]
    strange = {key: None for table in tables for key in table if key not in KNOWN}
    return tuple(limit for table in tables if (limit := _limit(table)) is not None), tuple(strange)


def as_tables(limits: Sequence[Limit]) -> dict[str, Any] | list[dict[str, Any]] | None:
    """The same the other way round: a table, a list of several, or None for no limits."""
    tables = [_as_table(limit) for limit in limits]
    return tables if len(tables) > 1 else next(iter(tables), None)


def _table(told: object) -> Mapping[str, Any]:
    if not isinstance(told, Mapping):
        raise TypeError(f"{shown.value(told)} must be a table or a list of tables, such as {{ requests = 30, seconds = 30 }}")
    return told


def _limit(table: Mapping[str, Any]) -> Limit | None:
    for kind, keys in KINDS.items():
        if keys.keys() <= table.keys():
            if others := KNOWN - {SHARED} - keys.keys() & table.keys():
                raise ValueError(
                    f"{shown.value(dict(table))} says {', '.join(sorted(others))} too; write a list of tables for several limits"
                )
            values = {name: table[key] for key, name in keys.items()}
            return kind(**values, shared=table.get(SHARED))
    if table.keys() <= KNOWN:
        raise ValueError(f"{shown.value(dict(table))} must have {', or '.join(' and '.join(keys) for keys in KINDS.values())}")
    return None


def _as_table(limit: Limit) -> dict[str, Any]:
    told = {key: getattr(limit, name) for key, name in KINDS[type(limit)].items()}
    return told if limit.shared is None else {**told, SHARED: limit.shared}
