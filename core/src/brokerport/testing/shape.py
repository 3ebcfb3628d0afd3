"""Whether a value is what the annotations of its class promise."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import zip_longest
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


def changeable(answer: Any) -> Iterator[str]:
    """Why an answer is no frozen value that a set can hold."""
    kind = type(answer).__name__
    try:
        if hash(answer) != hash(attrs.evolve(answer)):
            yield f"{kind} has two hashes for equal values"
    except TypeError as error:
        yield f"{kind} cannot be hashed: {error}"
    try:
        answer.symbol = answer.symbol
    except attrs.exceptions.FrozenInstanceError:
        return
    yield f"{kind} can be changed; it has to be frozen"


def differences(first: Any, second: Any, path: str) -> Iterator[str]:
    """Where two answers or rows are not equal; their sources do not count."""
    for (place, one), (other_place, other) in zip_longest(leaves(first, path), leaves(second, path), fillvalue=("", None)):
        if one != other and not place.startswith(f"{path}.source."):
            yield f"{place or other_place} is {one!r} and {other!r}"


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
