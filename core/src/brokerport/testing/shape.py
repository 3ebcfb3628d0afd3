"""Whether a value is what the annotations of its class promise; the fields that a subclass adds count as the others do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from itertools import zip_longest
from types import NoneType, UnionType
from typing import Any, ClassVar, Union, get_args, get_origin, get_type_hints

import attrs

#: promised as they are: a bool is no number, a datetime is no day, and a number of numpy's is no float
_EXACT = frozenset({bool, int, str, date, datetime, tuple})


def broken_promises(value: Any, path: str) -> Iterator[str]:
    """What about an attrs value is not as annotated, in words; nothing where all is well."""
    kind = type(value)
    hints = {name: hint for name, hint in get_type_hints(kind).items() if get_origin(hint) is not ClassVar and hint is not ClassVar}
    for name in hints.keys() - attrs.fields_dict(kind).keys():
        yield f"{path}.{name} is annotated, and no field: {kind.__name__} lacks @frozen"
    for name in attrs.fields_dict(kind):
        yield from _wrong(getattr(value, name), hints[name], f"{path}.{name}")


def leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Every value in an attrs value that holds no other, with its path: ``answer.rows[0].day``."""
    inner = list(_inner(value, path))
    if not inner and not isinstance(value, tuple):
        yield path, value
    for place, each in inner:
        yield from leaves(each, place)


def column(path: str) -> str:
    """What the value of a path is called in a table: ``day`` for ``answer.rows[0].day``, ``inflow_large`` for ``answer.inflow.large``."""
    return re.sub(r"^[^.]*\.(rows\[\d+\]\.)?", "", path).replace(".", "_")


def changeable(answer: Any, path: str) -> Iterator[str]:
    """Why an answer is no frozen value that a set can hold."""
    try:
        if hash(answer) != hash(attrs.evolve(answer)):
            yield f"{path} has two hashes for equal values"
    except TypeError as error:
        yield f"{path} cannot be hashed: {error}"
    yield from (f"{place} can be changed; it has to be frozen" for place in _open_to_change(answer, path))


def differences(first: Any, second: Any, path: str) -> Iterator[str]:
    """Where two answers or rows are not equal; their sources do not count."""
    for (place, one), (other_place, other) in zip_longest(leaves(first, path), leaves(second, path), fillvalue=("", None)):
        if one != other and not place.startswith(f"{path}.source."):
            yield f"{place or other_place} is {one!r} and {other!r}"


def _inner(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """What a value holds, with the path of each."""
    if isinstance(value, tuple):
        yield from ((f"{path}[{place}]", each) for place, each in enumerate(value))
    elif attrs.has(type(value)):
        yield from ((f"{path}.{name}", getattr(value, name)) for name in attrs.fields_dict(type(value)))


def _open_to_change(value: Any, path: str) -> Iterator[str]:
    """The paths of the attrs values in it, itself too, that are not frozen."""
    if attrs.has(type(value)) and not _refuses(value):
        yield path
    for place, each in _inner(value, path):
        yield from _open_to_change(each, place)


def _refuses(value: Any) -> bool:
    """Whether a value refuses to be changed, were it to what it is already."""
    try:
        for name in attrs.fields_dict(type(value)):
            setattr(value, name, getattr(value, name))
    except attrs.exceptions.FrozenInstanceError:
        return True
    return False


def _wrong(value: object, kind: Any, path: str) -> Iterator[str]:
    options = get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)
    fitting = next((each for each in options if _fits(value, each)), None)
    if value is None and NoneType not in options:
        yield f"{path} is None and has to be there"
    elif value is not None and fitting is None:
        yield f"{path} is {value!r}, of {type(value).__name__}; promised is {kind}"
    elif isinstance(value, tuple):
        item, *_ = (*get_args(fitting), Any)
        for place, each in enumerate(value):
            yield from _wrong(each, item, f"{path}[{place}]")
    elif attrs.has(type(value)):
        yield from broken_promises(value, path)
    elif isinstance(value, datetime) and value.utcoffset() is None:
        yield f"{path} is {value!r}, which names no time zone"


def _fits(value: object, option: Any) -> bool:
    kind = get_origin(option) or option
    if kind is Any or not isinstance(kind, type):
        return True  # nothing is promised that a class could tell
    if kind is float:
        return type(value) in (int, float)  # as type checkers have it
    return type(value) is kind if kind in _EXACT else isinstance(value, kind)
