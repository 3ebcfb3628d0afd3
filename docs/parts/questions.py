"""The questions of core: what each takes, what comes back, and who answers it."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from typing import Any, get_args, get_type_hints

import attrs

from brokerport import QUESTIONS, About, Header, Question
from brokerport.models.headers import CURRENCY
from brokerport.questions import table as core
from docs.parts.fields import written
from docs.parts.markdown import code, summary, table, text
from docs.parts.names import Units, section

_SUBJECTS = {
    About.SYMBOL: "What it is about: text such as `'HK.00700'` or `'US.TSLA'`, or a `Symbol`.",
    About.MARKET: "What it is about: text such as `'HK'`, or a `Market`.",
}
_TIMEOUT = (code("timeout"), code("float | None"), code("None"), "Seconds for the whole call; None: those of the settings.")


def overview() -> str:
    """All of them, a row each."""
    rows = [
        (code(each.name), each.about.value, summary(each.signature), code(each.answer.__name__), code(each.provider.__name__))
        for each in QUESTIONS.values()
    ]
    return table(("Question", "About", "Asks for", "Answer", "Provider"), rows)


def sections() -> str:
    """A section for each: its arguments, then the classes of its module."""
    return "\n\n".join("\n\n".join(_parts(question)) for question in QUESTIONS.values())


def _parts(question: Question[..., Any]) -> Iterator[str]:
    constant = next(name for name, value in vars(core).items() if value is question)
    paged = f" `iter_{question.name}` gives its rows one by one." if question.paged else ""
    yield f"## {question.title}"
    yield f"{code(_call(question))}, as a value {code(constant)}.{paged}"
    yield text(question.signature).partition("\n\n**Args**")[0]  # they are the table below
    yield table(("Argument", "Type", "Default", "Meaning"), [*_arguments(question), _TIMEOUT])
    for kind in _classes(question):
        yield section(kind, 3, _units(question, kind))


def _call(question: Question[..., Any]) -> str:
    told = inspect.signature(question.signature)
    plain = [each.replace(annotation=each.empty) for each in told.parameters.values()]
    return f"{question.name}{told.replace(parameters=plain, return_annotation=told.empty)}"


def _arguments(question: Question[..., Any]) -> Iterator[tuple[str, ...]]:
    for each in question.said.parameters.values():
        meaning = each.argument.help or _SUBJECTS[question.about]
        later = " Not every broker takes it." if each.argument.added else ""
        yield code(each.name), code(written(each.annotation)), "" if each.required else code(repr(each.default)), meaning + later


def _classes(question: Question[..., Any]) -> list[type]:
    """The public classes of its module: the answer's, and the providers."""
    home = sys.modules[question.signature.__module__]
    return [each for name, each in vars(home).items() if name in core.__all__ and getattr(each, "__module__", None) == home.__name__]


def _units(question: Question[..., Any], kind: type) -> Units:
    """What the figures of a class count, by the names of its fields: those of the columns that they become."""
    before = _beginnings(question).get(kind, "")
    return {column.removeprefix(before): _unit(header) for column, header in question.columns.items() if column.startswith(before)}


def _unit(header: Header) -> str:
    return "the market's currency" if header.unit.name == CURRENCY else header.unit.name


def _beginnings(question: Question[..., Any]) -> dict[type, str]:
    """What the names of the columns begin with that come from a value within the answer or its rows, by the class of the value."""
    owners = filter(attrs.has, (question.answer, *get_args(get_type_hints(question.answer).get("rows"))))
    return {kind: f"{name}_" for owner in owners for kind, name in _values(owner)}


def _values(owner: type) -> Iterator[tuple[type, str]]:
    for name, hint in get_type_hints(owner).items():
        yield from ((kind, name) for kind in (hint, *get_args(hint)) if attrs.has(kind) and name != "rows")
