"""JSON schemas of a question: what it takes, and what comes back as JSON."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from enum import Enum
from numbers import Real
from types import NoneType, UnionType
from typing import Any, Literal, TypeAlias, Union, get_args, get_origin, get_type_hints

import attrs

from brokerport.models import Market, Symbol, columns
from brokerport.models.shape import beside
from brokerport.questions.question import Question
from brokerport.questions.signature import About, Parameter

Schema: TypeAlias = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def of_arguments(question: Question[..., Any]) -> Schema:
    """What a caller may pass, but for ``timeout``."""
    told = question.said.parameters
    required = [name for name, each in told.items() if each.required]
    arguments = _object({name: _argument(each) for name, each in told.items()}, required)
    about = {"$schema": DIALECT, "title": question.name, "description": question.doc.partition("\n\nArgs:")[0]}
    return {**about, **arguments, "additionalProperties": False}


def of_answer(question: Question[..., Any]) -> Schema:
    """What comes back, as ``--format json`` writes it: what belongs to no row, and the rows, with the columns that frames have.

    An answer of a subclass has further columns.
    """
    told = {name: _of(get_type_hints(question.answer)[name]) for name in beside(question.answer)}
    subject = {} if question.about is About.NOTHING else {question.about.value: _TEXT}
    row = {name: _column(kind) for name, kind in columns.kinds(question.answer).items()}
    rows = {"type": "array", "items": _object({**row, **subject}, [*row])}
    properties = {"question": {"const": question.name}, **subject, **told, "rows": rows}
    return {"$schema": DIALECT, "title": question.title, **_object(properties, [*properties])}


def _column(kind: type) -> Schema:
    found = next(make(kind) for known, make in _KINDS if issubclass(kind, known))
    return {"anyOf": [found, {"type": "null"}]}


def _argument(told: Parameter) -> Schema:
    default = {} if told.required else {"default": told.default}
    return {**_of(told.annotation), **({"description": told.argument.help} if told.argument.help else {}), **default}


def _of(kind: Any) -> Schema:
    """The schema of a type."""
    options = get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)
    schemas = [_one(each) for each in options]
    unlike = [each for place, each in enumerate(schemas) if each not in schemas[:place]]
    return unlike[0] if len(unlike) == 1 else {"anyOf": unlike}


def _one(kind: Any) -> Schema:
    if get_origin(kind) is Literal:
        return {"enum": list(get_args(kind))}
    if get_origin(kind) is tuple:
        return {"type": "array", "items": _of(get_args(kind)[0])}
    if isinstance(kind, type):
        if found := next((make(kind) for known, make in _KINDS if issubclass(kind, known)), None):
            return found
        if attrs.has(kind):
            return _record(kind)
    return {}


def _record(kind: type) -> Schema:
    hints = get_type_hints(kind)
    return _object({name: _of(hints[name]) for name in attrs.fields_dict(kind)}, list(attrs.fields_dict(kind)))


def _object(properties: dict[str, Schema], required: list[str]) -> Schema:
    return {"type": "object", "properties": properties, "required": required}


_TEXT: Schema = {"type": "string"}

#: the first that fits; a symbol and a market are their texts
_KINDS: tuple[tuple[type, Callable[[Any], Schema]], ...] = (
    (NoneType, lambda _: {"type": "null"}),
    (bool, lambda _: {"type": "boolean"}),
    (Symbol, lambda _: _TEXT),
    (Market, lambda _: _TEXT),
    (Enum, lambda kind: {"enum": [each.value for each in kind]}),
    (int, lambda _: {"type": "integer"}),
    (float, lambda _: {"type": "number"}),
    (datetime, lambda _: {"type": "string", "format": "date-time"}),
    (date, lambda _: {"type": "string", "format": "date"}),
    (str, lambda _: _TEXT),
    (Real, lambda _: {"type": "number"}),  # whole or not
)
