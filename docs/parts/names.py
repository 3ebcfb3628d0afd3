"""Public names, a section each: what a class or a function says of itself."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterator, Mapping
from enum import EnumType
from importlib import import_module
from pkgutil import resolve_name
from textwrap import dedent
from types import MappingProxyType
from typing import Any

from docs.parts.fields import PUBLIC, comments, fields, members, properties
from docs.parts.markdown import code, fenced, table, text

#: methods that are public for other rooms of core alone
INTERNAL = frozenset({"find", "forked"})

_TOLD = ("asynccontextmanager", "classmethod", "contextmanager")  # decorators that a caller has to know of

Units = Mapping[str, str]  # by the name of the field

_NONE: Units = MappingProxyType({})


def names(*dotted: str) -> str:
    """A section for each: ``brokerport.Registry``."""
    return "\n\n".join(section(resolve_name(each)) for each in dotted)


def module(name: str) -> str:
    """What a module says, and a section for each of its public classes and functions."""
    told = import_module(name)
    own = [each for key, each in vars(told).items() if not key.startswith("_") and getattr(each, "__module__", None) == name]
    return "\n\n".join([text(told), *map(section, own)])


def section(documented: Any, level: int = 2, units: Units = _NONE) -> str:
    """The section of a class or a function; ``units`` are those of its fields."""
    heading = f"{'#' * level} {documented.__qualname__}"
    body = _class(documented, level, units) if inspect.isclass(documented) else _function(documented)
    return "\n\n".join(filter(None, (heading, *body)))


def signature(function: Callable[..., Any]) -> str:
    """As it is written in the source, without its ``self``."""
    (head,) = ast.parse(dedent(inspect.getsource(function))).body
    assert isinstance(head, ast.FunctionDef | ast.AsyncFunctionDef)
    for arguments in (head.args.posonlyargs, head.args.args):
        arguments[:] = [each for each in arguments if each.arg not in ("self", "cls")]
    head.decorator_list = [each for each in head.decorator_list if ast.unparse(each) in _TOLD]
    head.body.clear()
    return ast.unparse(head).strip().removesuffix(":")


def _class(kind: type, level: int, units: Units) -> Iterator[str]:
    yield _bases(kind)
    yield text(kind)
    yield _members(kind) if isinstance(kind, EnumType) else ""
    yield _fields(kind, units)
    for name, each in members(kind).items():
        if _is_method(name, each):
            yield f"{'#' * (level + 1)} {kind.__name__}.{name}"
            yield from _function(getattr(kind, name))


def _bases(kind: type) -> str:
    """The public ones."""
    bases = [code(base.__name__) for base in kind.__bases__ if base.__name__ in PUBLIC]
    return f"Subclass of {' and '.join(bases)}." if bases else ""


def _members(kind: EnumType) -> str:
    said = comments(kind)
    every: Mapping[str, Any] = kind.__members__
    rows = [(code(name), code(repr(each.value)), said.get(name, "")) for name, each in every.items()]
    return table(("Member", "Value", "Meaning"), rows)


def _fields(kind: type, units: Units) -> str:
    """Those that the docstring does not tell of."""
    rows = [
        (code(each.name), code(each.type), units.get(each.name, ""), each.meaning)
        for each in (*fields(kind), *properties(kind))
        if f"\n* {code(each.name)}: " not in text(kind)
    ]
    return table(("Attribute", "Type", "Unit", "Meaning"), rows)


def _is_method(name: str, member: Any) -> bool:
    """Those that ask a question have their place among the questions."""
    return inspect.isroutine(member) and name not in INTERNAL and not hasattr(member, "question")


def _function(function: Callable[..., Any]) -> tuple[str, str]:
    return fenced(signature(function), "python"), text(function)
