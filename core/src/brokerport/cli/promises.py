"""Whether an answer is what the annotations of its class promise: nobody else looks at what a plugin answers before it is shown."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import attrs

from brokerport.errors import PluginError
from brokerport.logs import clean
from brokerport.questions import Question


def check(broker: str, question: Question[..., Any], answer: object) -> None:
    """Pass what is as promised.

    Raises:
        PluginError: It is not; the text names the broker and the first field that is wrong.
    """
    if broken := next(_wrong(answer, question.answer, question.name), None):
        raise PluginError(f"{broker} broke a promise: {broken}; tell the plugin's author")


def _wrong(value: object, promised: Any, path: str) -> Iterator[str]:
    if not isinstance(value, _classes(promised)):
        yield f"{path} is {clean(repr(value))}, of {type(value).__name__}"
    elif isinstance(value, tuple):
        for place, item in enumerate(value):
            yield from _wrong(item, get_args(promised)[0], f"{path}[{place}]")
    elif attrs.has(type(value)):
        for name, kind in _fields(value.__class__).items():  # type: ignore[arg-type]  # mypy takes no class for hashable
            yield from _wrong(getattr(value, name), kind, f"{path}.{name}")


@cache
def _classes(promised: Any) -> tuple[type, ...]:
    """What an instance may be of; where a fraction may stand, a whole number may."""
    options = get_args(promised) if get_origin(promised) in (Union, UnionType) else (promised,)
    return (*(get_origin(each) or each for each in options), *((int,) if float in options else ()))


@cache
def _fields(cls: type) -> dict[str, Any]:
    """The annotations of an attrs class; to read them takes longer than to check a row."""
    hints = get_type_hints(cls)
    return {name: hints[name] for name in attrs.fields_dict(cls)}
