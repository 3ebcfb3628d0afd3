"""TOML's values, each of the type it must have; what is wrong is said with its table and key."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any, TypeVar

from google.protobuf.descriptor import FieldDescriptor

from brokerport.reading import shown
from brokerport_opend.sandbox import symbols

T = TypeVar("T")

Table = Mapping[str, Any]


class ScenarioError(ValueError):
    """A scenario cannot be read, or what it says cannot be; the text names the file, the table and the key."""


_WORDS: dict[type, str] = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    dict: "a table",
    list: "a list",
    date: "a day, such as 2026-11-20 without quotes",
    datetime: "a day and a time, such as 2026-11-20 16:00:00 without quotes",
}
_WHOLE = {  # of what range
    FieldDescriptor.CPPTYPE_INT32: range(-(2**31), 2**31),
    FieldDescriptor.CPPTYPE_INT64: range(-(2**63), 2**63),
    FieldDescriptor.CPPTYPE_UINT64: range(2**64),
}


def typed(where: str, value: object, kind: type[T]) -> T:
    """The value, if it is of that very type: to TOML, true is no number, and a moment no day."""
    if type(value) is not kind:
        raise ScenarioError(f"{where} = {shown.value(value)} must be {_WORDS[kind]}")
    return value


def table(where: str, value: object, known: Collection[str], *, needed: Collection[str] = ()) -> Table:
    """A table that has no other keys than those known, and all that are needed."""
    told = typed(where, value, dict)
    if strangers := [key for key in told if key not in known]:
        raise ScenarioError(f"{where} has {shown.value(strangers[0])}; there are only {', '.join(known)}")
    if missing := [key for key in needed if key not in told]:
        raise ScenarioError(f"{where} lacks {', '.join(missing)}")
    return told


def symbol(where: str, value: object) -> str:
    """A text that is a symbol."""
    text = typed(where, value, str)
    try:
        return symbols.checked(text)
    except ValueError as error:
        raise ScenarioError(f"{where}: {error}") from error


def fill(where: str, message: Any, told: Table, fields: Mapping[str, str]) -> None:
    """Set the message's fields by the keys of a table; a key that it lacks leaves its field unset."""
    for key, name in fields.items():
        if key in told:
            setattr(message, name, _scalar(f"{where} {key}", told[key], message.DESCRIPTOR.fields_by_name[name].cpp_type))


def _scalar(where: str, value: object, cpp_type: int) -> object:
    if cpp_type == FieldDescriptor.CPPTYPE_STRING:
        return typed(where, value, str)
    if cpp_type == FieldDescriptor.CPPTYPE_DOUBLE:
        return _number(where, value)
    whole, allowed = typed(where, value, int), _WHOLE[cpp_type]
    if whole not in allowed:
        raise ScenarioError(f"{where} = {shown.value(whole)} must be from {allowed.start} to {allowed.stop - 1}")
    return whole


def _number(where: str, value: object) -> float:
    if type(value) is int and value.bit_length() <= 64:
        return float(value)
    return typed(where, value, float)
