"""Whether a value is what the annotations of its class promise."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import attrs


def broken_promises(value: Any, path: str) -> Iterator[str]:
    """What about an attrs value is not as annotated, in words; nothing where all is well."""
    hints = get_type_hints(type(value))
    for field in attrs.fields(type(value)):
        yield from _wrong(getattr(value, field.name), hints[field.name], f"{path}.{field.name}")


def leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Every value in an attrs value that holds no other, with its path: ``answer.rows[0].day``."""
    if isinstance(value, tuple):
        for place, item in enumerate(value):
            yield from leaves(item, f"{path}[{place}]")
    elif attrs.has(type(value)):
        for field in attrs.fields(type(value)):
            yield from leaves(getattr(value, field.name), f"{path}.{field.name}")
    else:
        yield path, value


def _wrong(value: object, kind: Any, path: str) -> Iterator[str]:
    options = get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)
    if value is None:
        if NoneType not in options:
            yield f"{path} is None and has to be there"
    elif isinstance(value, tuple):
        for place, item in enumerate(value):
            yield from broken_promises(item, f"{path}[{place}]")
    elif type(value) not in options and not (type(value) is int and float in options):
        yield f"{path} is {value!r}, of {type(value).__name__}; promised is {kind}"
    elif attrs.has(type(value)):
        yield from broken_promises(value, path)
    elif isinstance(value, datetime) and value.utcoffset() is None:
        yield f"{path} is {value!r}, which names no time zone"
