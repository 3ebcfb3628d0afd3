"""Which columns a class of answers has, and how to get their values; by its annotations alone, whatever an answer holds."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import date, datetime
from enum import EnumType
from functools import cache
from numbers import Real
from operator import attrgetter
from types import NoneType, UnionType
from typing import Any, NamedTuple, TypeAlias, Union, get_args, get_origin, get_type_hints

import attrs

Step: TypeAlias = Callable[[Any], Any]
_get: Callable[[str], Step] = attrgetter

_KINDS = frozenset({bool, int, float, str, date, datetime})
_ALWAYS_BESIDE = ("source", "cursor")  # what is true of an answer and of none of its records


@attrs.frozen
class Leaf:
    """A column to be: what to do, step by step, to get from a record to its value."""

    name: str
    kind: type  #: that of the column; Real for ``int | float``
    steps: tuple[Step, ...]

    def values(self, records: Sequence[object]) -> list[Any]:
        """One a record; None where a step has nothing to go on from."""
        first, *others = self.steps
        values = [*map(first, records)]
        for step in others:
            values = [None if value is None else step(value) for value in values]
        return values


class Shape(NamedTuple):
    """The columns of a class of answers."""

    head: list[Leaf]  #: of the answer's own fields
    row: list[Leaf] | None  #: None: the answer is its own one record
    origin: list[Leaf]  #: where the answer is from, as columns
    beside: list[Leaf]  #: what belongs to no record


def shape_of(answer: Any) -> Shape:
    """By its class, and by those of its rows: a row of a subclass that the answer's class does not name has columns of its own."""
    return shape(answer.__class__, *dict.fromkeys(map(type, getattr(answer, "rows", ()))))


@cache
def shape(cls: type, *rows: type) -> Shape:
    """That of a class, with rows of these classes."""
    names = attrs.fields_dict(cls)
    made = Shape(
        head=[leaf for name in names if name not in {"rows", *beside(cls)} for leaf in _leaves(cls, name, name)],
        row=_row_leaves(cls, rows) if "rows" in names else None,
        origin=list(_leaves(cls, "source", "source")) if "source" in names else [],
        beside=[leaf for name in beside(cls) for leaf in _beside_leaves(cls, name)],
    )
    _check_names(cls, [leaf.name for leaf in (*made.head, *(made.row or ()), *made.origin)])
    return made


def _check_names(cls: type, names: list[str]) -> None:
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise TypeError(
            f"{cls.__name__} has two columns of the name {twice[0]}, and one would hide the other; rename one of the two fields"
        )


def beside(cls: Any) -> tuple[str, ...]:
    """The fields of an answer that belong to no record: its source, its cursor, and of one with rows what is no single value."""
    names = attrs.fields_dict(cls)
    return tuple(name for name in names if name in _ALWAYS_BESIDE or ("rows" in names and name != "rows" and _several(cls, name)))


def _several(cls: Any, name: str) -> bool:
    """Whether a field holds values of several names, or any number of them."""
    kind = _kind(cls, name)
    return _scalar(kind) is None and (attrs.has(kind) or _is_collection(kind))


def _is_collection(kind: Any) -> bool:
    plain = get_origin(kind) or kind
    return isinstance(plain, type) and issubclass(plain, Collection)


def _row_leaves(cls: type, rows: tuple[type, ...]) -> list[Leaf]:
    """The leaves of the class of the rows as it is promised, then those of fields that subclasses add."""
    promised = get_args(get_type_hints(cls)["rows"])[0]
    owners = {name: row for row in reversed((promised, *rows)) for name in attrs.fields_dict(row)}  # of each field, the first class
    names = dict.fromkeys(name for row in (promised, *rows) for name in attrs.fields_dict(row))
    return [leaf for name in names for leaf in _leaves(owners[name], name, name, get=_get if owners[name] is promised else _get_if_there)]


def _get_if_there(field: str) -> Step:
    """Gets what only some of the rows have."""
    return lambda row: getattr(row, field, None)


def _beside_leaves(cls: type, field: str) -> Iterator[Leaf]:
    if _is_collection(kind := _kind(cls, field)) and _scalar(kind) is None and not attrs.has(kind):
        yield Leaf(field, list, (_get(field),))
    else:
        yield from _leaves(cls, field, "" if field == "source" else field)


def _leaves(cls: type, field: str, name: str, before: tuple[Step, ...] = (), *, get: Callable[[str], Step] = _get) -> Iterator[Leaf]:
    """The columns of one field: itself, or those of the attrs class in it, named after both."""
    kind = _kind(cls, field)
    steps: tuple[Step, ...] = (*before, get(field))
    if scalar := _scalar(kind):
        yield Leaf(name, scalar[0], steps + scalar[1])
    elif attrs.has(kind):
        for inner in attrs.fields_dict(kind):
            yield from _leaves(kind, inner, "_".join(filter(None, (name, inner))), steps)
    else:
        raise TypeError(f"{cls.__name__}.{field} is {kind}, of which no column can be made")


def _scalar(kind: Any) -> tuple[type, tuple[Step, ...]] | None:
    """The kind of column that a type makes, and the steps to a value of it; None for a type that is not one column."""
    if kind in _KINDS:
        return kind, ()
    if isinstance(kind, EnumType):
        members: list[Any] = [*kind.__members__.values()]
        of = _common({type(member.value) for member in members})
        return None if of is None else (of, (attrgetter("value"),))
    if isinstance(kind, type) and issubclass(kind, str):
        return str, (str,)  # text with a meaning, as Market is
    if attrs.has(kind) and kind.__str__ is not object.__str__:
        return str, (str,)  # a value with a text of its own, as Symbol is
    either = _common(set(get_args(kind)) - {NoneType}) if _is_union(kind) else None
    return None if either is None else (either, ())


def _common(kinds: set[Any]) -> type | None:
    """The one kind of column that holds values of all these."""
    if kinds == {int, float}:
        return Real
    return kinds.pop() if len(kinds) == 1 and kinds <= _KINDS else None


def _kind(cls: type, field: str) -> Any:
    """The type of a field; ``int`` for ``int | None``; what joins more than that stays as it is."""
    annotation = get_type_hints(cls)[field]
    parts = [part for part in get_args(annotation) if part is not NoneType]
    return parts[0] if _is_union(annotation) and len(parts) == 1 else annotation


def _is_union(kind: Any) -> bool:
    return get_origin(kind) in (Union, UnionType)
