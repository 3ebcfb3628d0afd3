"""What a class holds, by the code: names, types, and the ``#:`` comments beside them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Any, ForwardRef, NamedTuple

import attrs

import brokerport
from docs.parts.markdown import summary

PUBLIC = frozenset(brokerport.__all__)

_ABOVE = re.compile(r"((?:^ *#: .+\n)+) *(\w+)(?::| =)", re.MULTILINE)
_BESIDE = re.compile(r"^ *(\w+)(?::| =).*  #: (.+)$", re.MULTILINE)


class Field(NamedTuple):
    """One of them."""

    name: str
    type: str
    meaning: str


def fields(kind: type) -> Iterator[Field]:
    """The public fields of a class, in their order; of a class of values those that it inherits too."""
    bases = [*reversed(ours(kind) if attrs.has(kind) else own(kind))]
    types = {name: written(each) for base in bases for name, each in inspect.get_annotations(base).items()}
    said = {name: each for base in bases for name, each in comments(base).items()}
    names = attrs.fields_dict(kind) if attrs.has(kind) else types
    return (Field(name, types[name], said.get(name) or _of_type(types[name])) for name in names if not name.startswith("_"))


def properties(kind: type) -> Iterator[Field]:
    """Its public properties."""
    for name, each in members(kind).items():
        if isinstance(each, property) and each.fget:
            yield Field(name, written(inspect.get_annotations(each.fget)["return"]), summary(each))


def members(kind: type) -> dict[str, Any]:
    """What is public in the class itself."""
    every = {name: each for base in reversed(own(kind)) for name, each in vars(base).items()}
    return {name: each for name, each in every.items() if name == "__call__" or not name.startswith("_")}


def comments(kind: type) -> dict[str, str]:
    """The ``#:`` comments of a class, beside its fields or above them."""
    source = inspect.getsource(kind).replace("``", "`")
    above = {name: " ".join(line.strip().removeprefix("#: ") for line in lines.splitlines()) for lines, name in _ABOVE.findall(source)}
    return above | dict(_BESIDE.findall(source))


def ours(kind: type) -> list[type]:
    """The class and its bases, as far as they are of this project."""
    return [base for base in kind.__mro__ if base.__module__.startswith("brokerport")]


def own(kind: type) -> list[type]:
    """The class and those of its bases that have no section of their own."""
    return [base for base in ours(kind) if base is kind or base.__name__ not in PUBLIC]


def written(annotation: Any) -> str:
    """A type as people write it."""
    if isinstance(annotation, ForwardRef):
        return annotation.__forward_arg__
    if isinstance(annotation, str):
        return re.sub(r"^ClassVar\[(.+)\]$", r"\1", annotation)
    return annotation.__name__ if isinstance(annotation, type) else re.sub(r"\b(?:[A-Za-z_]\w*\.)+", "", str(annotation))


def _of_type(words: str) -> str:
    """What the first of our classes in a type says of itself: of a field that nobody commented on."""
    return next((summary(getattr(brokerport, each)) for each in re.findall(r"\w+", words) if each in PUBLIC), "")
