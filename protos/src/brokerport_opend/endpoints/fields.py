"""Protobuf messages into attrs models: what is absent stays None, and never becomes zero."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, tzinfo
from enum import Enum
from typing import Any, Protocol, TypeVar, get_args, get_type_hints

import attrs
from attrs import frozen
from cattrs import Converter
from google.protobuf.message import Message
from google.protobuf.unknown_fields import UnknownFieldSet

from brokerport import BadReplyError
from brokerport.logs import quoted

M = TypeVar("M")
M_co = TypeVar("M_co", covariant=True)
E = TypeVar("E", bound=Enum)

Rule = Callable[[Message, tzinfo], Any]

#: how a value of the wire becomes one of a model's type; the other types are taken as they come
steps = Converter()

_LONGEST = 32  # characters of a time that Python's own error may repeat
_AS_THEY_COME = (int, float, bool)
_SILENT = ("", "N/A")  # texts that say nothing


def text(value: str | bytes) -> str:
    """Text, whatever came: protobuf hands on as bytes what is not UTF-8."""
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else value


def day(written: str) -> date:
    """A day as OpenD writes it: YYYY-MM-DD, in places DD/MM/YYYY."""
    try:
        return date.fromisoformat("-".join(reversed(written.split("/"))))  # strptime would cost more than ten rows
    except ValueError as error:
        raise BadReplyError(f"{quoted(written)} is no day; OpenD writes YYYY-MM-DD, in places DD/MM/YYYY") from _cause(error, written)


def wall_time(written: str, zone: tzinfo) -> datetime:
    """A time as OpenD writes it: YYYY-MM-DD HH:MM:SS in the market's own zone."""
    try:
        return datetime.fromisoformat(written).replace(tzinfo=zone)
    except ValueError as error:
        raise BadReplyError(f"{quoted(written)} is no time; OpenD writes YYYY-MM-DD HH:MM:SS") from _cause(error, written)


def _cause(error: ValueError, written: str) -> ValueError | None:
    """The error that repeats what was written, where that is not a gateway's whole novel."""
    return error if len(written) <= _LONGEST else None


def instant(stamp: float, zone: tzinfo) -> datetime:
    """A time from unix seconds, in the market's own zone."""
    try:
        return datetime.fromtimestamp(stamp, zone)
    except (ValueError, OverflowError, OSError) as error:
        raise BadReplyError(f"{stamp!r} is no time in unix seconds") from error


def by_number(members: Mapping[int, E], unknown: E) -> Callable[[int, type[E]], E]:
    """The step from a number to a member of an enum; ``unknown`` for a number that is not in the table."""
    return lambda number, _: members.get(number, unknown)


steps.register_structure_hook(str, lambda value, _: text(value))
steps.register_structure_hook(date, lambda value, _: day(text(value)))


def said(message: Message, name: str) -> Any:
    """A field's value, or None when it is absent or its text says nothing."""
    value = getattr(message, name)
    return value if (value or message.HasField(name)) and value not in _SILENT else None


# A timestamp of zero says nothing: the epoch is no market's midnight, and nothing here is that old.


@frozen
class Day:
    """A day, from its text; from the timestamp, in the market's own zone, when the text says nothing."""

    text: str
    stamp: str

    def __call__(self, message: Message, zone: tzinfo) -> date | None:
        """The day, or None when neither field says it."""
        try:
            return date.fromisoformat(getattr(message, self.text))  # what nearly every row has
        except (ValueError, TypeError):
            return self._otherwise(message, zone)

    def _otherwise(self, message: Message, zone: tzinfo) -> date | None:
        if (written := said(message, self.text)) is not None:
            return day(text(written))
        stamp = getattr(message, self.stamp)
        return instant(stamp, zone).date() if stamp else None


@frozen
class Time:
    """A time, from the timestamp, which is exact; from its text when there is none."""

    stamp: str
    text: str

    def __call__(self, message: Message, zone: tzinfo) -> datetime | None:
        """The time in the market's own zone, or None when neither field says it."""
        if stamp := getattr(message, self.stamp):
            return instant(stamp, zone)
        written = said(message, self.text)
        return None if written is None else wall_time(text(written), zone)


@frozen
class ClosedEnum:
    """A field declared with an enum's type: protobuf puts numbers that the enum lacks among the unknown fields."""

    name: str
    members: Mapping[int, Enum]
    unknown: Enum

    def __call__(self, message: Message, _: tzinfo) -> Enum | None:
        """The member; ``unknown`` for a number that is new; None when none was sent."""
        if message.HasField(self.name):
            return self.members.get(getattr(message, self.name), self.unknown)
        number = message.DESCRIPTOR.fields_by_name[self.name].number
        unknown: Any = UnknownFieldSet(message)  # the stubs lack its __iter__
        return self.unknown if any(field.field_number == number for field in unknown) else None


class Reader(Protocol[M_co]):
    """Makes a model of a message; ``more`` are those of its fields that no message holds."""

    def __call__(self, message: Message, zone: tzinfo, **more: object) -> M_co:
        """The model; ``zone`` is the market's own."""


def reader(model: type[M], /, **wire: str | Rule) -> Reader[M]:
    """A reader for ``model``: each of its fields by the name of the message's field, or by a rule.

    What each field takes is worked out once, here, and not again at every message.
    """
    rules = {name: _rule(field, kind) for name, field, kind in _typed(model, wire)}

    def read(message: Message, zone: tzinfo, **more: object) -> M:
        return model(**more, **{name: rule(message, zone) for name, rule in rules.items()})

    return read


def row_reader(model: type[M], /, **wire: str | Rule) -> Callable[[Message, tzinfo], M]:
    """The same for rows, of which a page has many: values go in by place, and numbers without a call each."""
    place = {attribute.name: index for index, attribute in enumerate(attrs.fields(model))}  # type: ignore[arg-type]  # an attrs class
    typed = _typed(model, wire)
    numbers = [(place[name], field) for name, field, kind in typed if isinstance(field, str) and kind in _AS_THEY_COME]
    ruled = [(place[name], _rule(field, kind)) for name, field, kind in typed if callable(field) or kind not in _AS_THEY_COME]
    blank = [None] * len(place)

    def read(message: Message, zone: tzinfo) -> M:
        values: list[Any] = blank.copy()
        has = message.HasField
        for index, field in numbers:
            # What is absent reads as zero: only a zero needs the question whether it was sent.
            if (value := getattr(message, field)) or has(field):
                values[index] = value
        for index, rule in ruled:
            values[index] = rule(message, zone)
        return model(*values)

    return read


def _typed(model: type, wire: Mapping[str, str | Rule]) -> list[tuple[str, str | Rule, Any]]:
    """The model's fields that a message holds: name, where from, and the type without its ``| None``."""
    kinds = get_type_hints(model)
    return [(name, field, _kind(kinds[name])) for name, field in wire.items()]


def _rule(field: str | Rule, kind: Any) -> Rule:
    if callable(field):
        return field
    if kind in _AS_THEY_COME:
        return lambda message, _: said(message, field)
    hook = steps.get_structure_hook(kind)

    def rule(message: Message, _: tzinfo) -> Any:
        value = said(message, field)
        return None if value is None else hook(value, kind)

    return rule


def _kind(annotation: Any) -> Any:
    return next((kind for kind in get_args(annotation) if kind is not type(None)), annotation)
